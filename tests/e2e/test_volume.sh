#!/bin/bash
# A million small records and three hundred large ones through commd and a real Kafka: sent by
# commctl and read by kcat, and the other way round. Each arrives once, unharmed and in order; their
# bytes are random, with newlines and NULs among them.
# shellcheck source=tests/lib/tap.sh
. "${COMMD_SOURCE_ROOT:?}/tests/lib/tap.sh"
set -o pipefail

seed=${VOLUME_SEED:-$RANDOM}
run=volume-$$-$(date +%s%N)
plan 18
diag "seed $seed: VOLUME_SEED=$seed repeats it"
start_commd_kafka

# What ends a record in kcat's input, in hexadecimal: longer than what chance could put into a record.
# Its bytes are above ASCII, for kcat looks for escapes once more in what it has unescaped.
RANDOM=$seed
delim=
for _ in 1 2 3 4 5 6 7 8; do
	printf -v byte %02x $((RANDOM % 128 + 128))
	delim+=$byte
done

commctl_sends() # TOPIC N SIZE
{
	"$RECORDS" write "$seed" "$2" "$3" | commctl send "$1" --framed
}

kcat_reads() # TOPIC N SIZE
{
	kcat -C -q -b "$commd_kafka" -t "$1" -o beginning -e -f '%p%R%s' |
		"$RECORDS" check "$seed" "$2" "$3"
}

kcat_sends() # TOPIC N SIZE
{
	"$RECORDS" write "$seed" "$2" "$3" "$delim" >"$tmp/records" &&
		kcat -P -q -b "$commd_kafka" -t "$1" -D "$(sed 's/../\\x&/g' <<<"$delim")" \
			-l "$tmp/records"
}

commctl_reads() # TOPIC N SIZE
{
	commctl receive "$1" -o beginning -e -f '%p%R%s' |
		"$RECORDS" check "$seed" "$2" "$3"
}

# A framed stream has no partition: read one after the other, and put it in front.
commctl_reads_frames() # TOPIC N SIZE
{
	local partition frame=$((4 + $3))
	for partition in 0 1 2 3; do
		commctl receive "$1" -p "$partition" -o beginning -e --framed |
			python3 -c '
import sys
frame, partition = int(sys.argv[1]), sys.argv[2].encode()
while record := sys.stdin.buffer.read(frame):
    sys.stdout.buffer.write(partition + record)
' "$frame" "$partition" || return
	done | "$RECORDS" check "$seed" "$2" "$3"
}

volume() # NAME N SIZE
{
	local out=$run-$1-out in=$run-$1-in
	ok "$1: a topic" commctl create-topic "$out" -p 4
	ok "$1: another" commctl create-topic "$in" -p 4
	ok "$1: commctl sends" commctl_sends "$out" "$2" "$3"
	ok "$1: and kcat reads the same" kcat_reads "$out" "$2" "$3"
	ok "$1: kcat sends" kcat_sends "$in" "$2" "$3"
	ok "$1: and commctl reads the same" commctl_reads "$in" "$2" "$3"
	ok "$1: framed as well" commctl_reads_frames "$in" "$2" "$3"
	ok "$1: the topic is deleted" commctl delete-topic "$out"
	ok "$1: and the other" commctl delete-topic "$in"
}

volume small 1000000 100
volume large 300 $((900 * 1024))
