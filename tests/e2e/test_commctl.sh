#!/bin/bash
# commctl with a daemon and its embedded cluster: what goes in comes out, byte by byte, and is told
# truly.
. "${COMMD_SOURCE_ROOT:?}/tests/lib/tap.sh"

# The last command of a pipe runs in this shell, so that run can set variables.
shopt -s lastpipe
plan $((${COMMD_TEST_KAFKA:+2} + 89))

# On a Kafka that others use as well, topics and groups have names of their own.
id=
if [ -n "${COMMD_TEST_KAFKA:-}" ]; then
	id=-$$
	start_commd_kafka
else
	start_commd
fi
one=one$id many=many$id keys=keys$id bytes=bytes$id files=files$id
numbers=numbers$id slow=slow$id long=long$id shared=shared$id times=times$id live=live$id only=only$id

# Exit codes that have been met; these two are by test_commctl_alone.sh.
met=([3]=1 [4]=1)

# run ARGUMENT...: sets status, out and err; standard input is the caller's.
run()
{
	status=0
	commctl "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	met[status]=1
	out=$(tr -d '\0' <"$tmp/out")
	err=$(cat "$tmp/err")
}

# all TOPIC ARGUMENT...: everything in the topic, by run.
all()
{
	run receive -o beginning -e "$@"
}

# ---- the daemon ----

run ping -c 3 -i 0.001
is "ping succeeds" "$status" 0
like "ping prints number, time, clock, version" "$out" \
	$'^1\t[0-9]+\t[0-9]+\t[0-9.]+\n2\t[^\n]*\n3\t[^\n]*$'
run ping --json
ok "ping prints JSON" jq -e '.ping == 1 and .us >= 0 and .time_ms > 1e12' "$tmp/out"
run ping --profile nosuch
is "an unknown profile is a bad configuration" "$status" 78
like "an unknown profile is named" "$err" '^commctl: .*nosuch'

# ---- topics ----

run create-topic $one -p 1
is "create-topic succeeds" "$status" 0
is "create-topic says so" "$out" $'created\t'"$one"
run create-topic $many -p 3
run create-topic $one -p 1
is "a topic is not created twice" "$status" 1
like "why it is not" "$err" "^commctl: .*$one"
run topics
like "topics lists them, sorted" "$out" \
	"$many"$'\t3\t[0-9]+\t\n(.*\n)?'"$one"$'\t1\t'
run topics $many
is "a topic's partitions are listed" "$(cut -f1 <<<"$out" | paste -sd' ')" "0 1 2"
run topics $many --json
ok "the same as JSON" jq -e --arg t "$many" '.topic == $t and .error == null and (.partitions | length) == 3' \
	"$tmp/out"

# ---- in and out ----

printf 'a\nb\n\nlast' | run send $one
is "send succeeds" "$status" 0
is "send is silent" "$out$err" ""
all $one
is "receive prints the lines" "$(paste -sd, "$tmp/out")" "a,b,,last"
is "receive succeeds" "$status" 0
all $one -f '%t/%p/%o/%K/%S/%h.'
is "a format is followed" "$out" "$one/0/0/-1/1/.$one/0/1/-1/1/.$one/0/2/-1/0/.$one/0/3/-1/4/."
run receive $one -o -2 -e -c 1
is "the last but one" "$out" ""
run receive $one -o 1 -c 1
is "from an offset, so many" "$out" b

run create-topic $keys -p 1
printf 'k1:v1\nbare\n:v3\nk4:\n' | run send $keys -K : -k other -H 'h=1' -H none -t 1700000000123
all $keys -f '%k=%s %T %h\n'
is "keys, headers and times arrive" "$out" \
	'k1=v1 1700000000123 h=1,none=NULL
other=bare 1700000000123 h=1,none=NULL
=v3 1700000000123 h=1,none=NULL
k4= 1700000000123 h=1,none=NULL'
all $keys -J
ok "the same as JSON, with kcat's keys" jq -es --arg t "$keys" '.[0] | .topic == $t and .partition == 0 and
	.offset == 0 and .ts == 1700000000123 and .headers == ["h", "1", "none", null] and
	.key == "k1" and .payload == "v1"' "$tmp/out"

run create-topic $bytes -p 1
printf '\0\0\0\7a\nb\0c\xff\xfe\xff\xff\xff\xff\0\0\0\0' >"$tmp/frames"
run send $bytes --framed <"$tmp/frames"
is "framed records are sent" "$status" 0
run receive $bytes -o beginning -e --framed
ok "framed records come back byte by byte" cmp "$tmp/out" "$tmp/frames"
run receive $bytes -o beginning -e --json
is "bytes are base64" "$(jq -r 'select(.offset == 0) | .enc + " " + .payload' "$tmp/out")" \
	"base64 $(printf 'a\nb\0c\xff\xfe' | base64)"
is "null and empty are two things" "$(jq -c 'select(.offset > 0) | .payload' "$tmp/out" |
	paste -sd' ')" 'null ""'
printf 'x\0y\0' | run send $bytes -D '\0' -Z
run receive $bytes -o -2 -e -D ';'
is "other delimiters" "$out" "x;y;"
printf 'x\n\n' | run send $bytes -Z
run receive $bytes -o -1 -e -f '%S'
is "-Z makes empty values null" "$out" "-1"

head -c 100000 /dev/urandom >"$tmp/file"
run create-topic $files -p 1
run send $files -k name "$tmp/file" -f "$tmp/file" - <"$tmp/file"
is "files are sent" "$status" 0
all $files -D '' -c 1
is "a delimiter is not empty" "$status" 2
run receive $files -o beginning -c 1 -f %s
ok "a file is one record" cmp "$tmp/out" "$tmp/file"
all $files -f '%k %S\n'
is "each file is one" "$out" $'name 100000\nname 100000\nname 100000'
run send $files "$tmp/nosuch" "$tmp/file"
is "a file that is not there: exit code" "$status" 6
like "a file that is not there is named" "$err" "commctl: $tmp/nosuch: No such file"
like "the others are sent" "$err" "sent 2 acknowledged 1 failed 1$"

# ---- many ----

run create-topic $numbers -p 1
seq 100000 >"$tmp/numbers"
run send $numbers --json <"$tmp/numbers"
is "100000 lines are sent" "$status" 0
ok "the account is right" jq -e '.sent == 100000 and .acknowledged == 100000 and .failed == 0 and
	.unknown == 0 and (.interrupted | not)' "$tmp/out"
all $numbers
ok "100000 lines come back in order" cmp "$tmp/out" "$tmp/numbers"
head -c 900000 /dev/zero | tr '\0' x >"$tmp/long"
{ cat "$tmp/long" && echo && head -c 20000000 /dev/zero | tr '\0' x && echo && echo ok; } >"$tmp/input"
run create-topic $long -p 1
run send $long <"$tmp/input"
is "one line too long: exit code" "$status" 6
like "one line too long is told by its number" "$err" "commctl: line 2: .*16 MiB"
like "the lines around it are sent" "$err" "sent 3 acknowledged 2 failed 1$"
all $long -f '%S '
is "they arrive" "$out" "900000 2 "

# refused: two lines, twelve that are too long for the brokers, one, two too long.
{
	seq 2
	for n in $(seq 15); do
		[ "$n" -ne 13 ] || echo 15
		head -c 1100000 /dev/zero | tr '\0' x
		echo
	done
} >"$tmp/refused"
run send $long <"$tmp/refused"
is "many failed lines: exit code" "$status" 6
is "the first ones are told with their reason" "$(grep -c '^commctl: line [0-9]*: ' "$tmp/err")" 10
is "all of them by their numbers" "$(tail -n 2 "$tmp/err")" "commctl: failed lines: 3-14, 16-18
sent 18 acknowledged 3 failed 15"
run send $long --json <"$tmp/refused"
is "with --json each is an object" "$(jq -c 'select(.error) | .number' "$tmp/out" | sort -n | paste -sd' ')" \
	"3 4 5 6 7 8 9 10 11 12 13 14 16 17 18"
ok "which says why" jq -es '.[0] | .error == "COMM_ETOO_BIG" and (.message | length > 0) and
	.maybe_persisted == false and (has("file") | not)' "$tmp/out"
ok "the account comes last" jq -es '.[-1] | .sent == 18 and .acknowledged == 3 and .failed == 15' "$tmp/out"
run send $files --json "$tmp/nosuch"
ok "a file's has its name" jq -es --arg f "$tmp/nosuch" '.[0] | .file == $f and .error == null' "$tmp/out"

# ---- groups ----

run create-topic $shared -p 1
seq 10 | run send $shared
run receive $shared -g workers$id -c 3
is "a group begins at the beginning" "$(paste -sd' ' <<<"$out")" "1 2 3"
run receive $shared -g workers$id -c 2
is "it goes on where it stopped" "$(paste -sd' ' <<<"$out")" "4 5"
run receive $shared -g workers$id -c 2 --ack none
is "without acknowledgement" "$(paste -sd' ' <<<"$out")" "6 7"
run receive $shared -g workers$id -e
is "they come again" "$(paste -sd' ' <<<"$out")" "6 7 8 9 10"
run receive $shared -g workers$id -W 0.2
is "nothing left: exit code" "$status" 5
like "nothing left: says so" "$err" "^commctl: no record came in 0.2 s$"
commctl receive $shared -g full$id -e >/dev/full 2>"$tmp/err"
is "output that cannot be written: exit code" "$?" 1
like "output that cannot be written is told" "$(cat "$tmp/err")" "^commctl: .*No space left"
run receive $shared -g full$id -c 1
is "nor is it acknowledged" "$out" 1

# ---- times ----

run create-topic $times -p 1
for ms in 1000 2000 3000 4000; do
	echo $ms | run send $times -t $ms
done
run receive $times -o beginning -o e@3000
is "up to a time" "$(paste -sd' ' <<<"$out")" "1000 2000"
# The embedded cluster cannot look a time up.
if [ -n "${COMMD_TEST_KAFKA:-}" ]; then
	run receive $times -o s@2000 -o e@4000
	is "from a time to a time" "$(paste -sd' ' <<<"$out")" "2000 3000"
	run receive $times -o @1970-01-01T00:00:03Z -e
	is "from a date" "$(paste -sd' ' <<<"$out")" "3000 4000"
fi
run receive $times -o 9223372036854775807x
is "an offset that is none" "$status" 2

# ---- signals and pipes ----

# reads N FILE: wait until the file has N lines.
reads()
{
	local deadline=$((SECONDS + 20))
	until [ "$(wc -l <"$2")" -ge "$1" ]; do
		[ $SECONDS -lt $deadline ] || return 1
		sleep 0.02
	done
}

run create-topic $live -p 1
seq 3 | run send $live
in_background receive $live -g live$id >"$tmp/live" 2>"$tmp/err"
ok "receive waits for more" reads 3 "$tmp/live"
seq 4 5 | run send $live
ok "receive prints them when they come" reads 5 "$tmp/live"
kill -INT $pid
wait $pid
is "Ctrl-C ends receive: exit code" "$?" 0
run receive $live -g live$id -e
is "what was printed is acknowledged" "$status:$out" 0:

in_background receive $live -g counted$id -c 10 >"$tmp/live" 2>"$tmp/err"
ok "receive -c waits for as many" reads 5 "$tmp/live"
kill -INT $pid
status=0
wait $pid || status=$?
met[status]=1
is "Ctrl-C before there are as many: exit code" "$status" 130
is "what had come is printed" "$(paste -sd' ' "$tmp/live")" "1 2 3 4 5"
is "and how much that is" "$(cat "$tmp/err")" "received 5 records"
run receive $live -g counted$id -e -c 10
is "it is acknowledged" "$out" ""
is "the end before there are as many is no interruption" "$status" 0

mkfifo "$tmp/pipe"
exec 9<>"$tmp/pipe"
in_background send $live <"$tmp/pipe" 2>"$tmp/err"
seq 6 1005 >&9
printf 'not a whole line' >&9
run receive $live -g live$id -c 1000 -W 20
is "lines are sent while the input stays open" "$(tail -n 1 <<<"$out")" 1005
kill -INT $pid
wait $pid
is "Ctrl-C ends send: exit code" "$?" 0
exec 9>&-
is "what was read is told" "$(cat "$tmp/err")" "commctl: stopped after line 1000
sent 1000 acknowledged 1000 failed 0"

run create-topic $slow -p 1
printf a >"$tmp/a"
printf b >"$tmp/b"
mkfifo "$tmp/fifo"
in_background send $slow "$tmp/a" "$tmp/b" "$tmp/fifo" 2>"$tmp/err"
run receive $slow -o beginning -c 2 -W 20 -f '%s,'
is "files are sent while the next takes its time" "$out" "a,b,"
printf c >"$tmp/fifo"
wait $pid
is "which is sent when it ends: exit code" "$?" 0
run receive $slow -o -1 -e -f '%s,'
is "as a whole" "$out" "c,"

in_background send $slow "$tmp/a" "$tmp/fifo" "$tmp/b" 2>"$tmp/err"
# It has opened it when this goes on.
exec 8>"$tmp/fifo"
printf half >&8
kill -INT $pid
exec 8>&-
wait $pid
is "Ctrl-C ends the wait for a file: exit code" "$?" 130
is "what was not sent is told" "$(cat "$tmp/err")" "commctl: not sent: $tmp/fifo, and all files behind it
sent 1 acknowledged 1 failed 0"
run receive $slow -o -1 -e -f '%s,'
is "half a file is not sent" "$out" "a,"

commctl receive $live -o beginning 2>"$tmp/err" | head -n 1 >"$tmp/out"
is "a reader that leaves ends receive" "${PIPESTATUS[0]} $(cat "$tmp/out" "$tmp/err")" "141 1"

# ---- status and the end ----

run status
like "status tells of the daemon" "$out" $'(^|\n)daemon\tversion\t[0-9.]+\n'
like "status tells of the profile" "$out" $'\nprofile\tdefault\tup\t[0-9]+'
like "status tells of the topics" "$out" $'\ntopic\t'"$numbers"$'\tdefault\t100000\t100000\t0\t0'
run status --json
ok "the account of the daemon balances" jq -e '.profiles[] | select(.name == "default") |
	.accepted > 100000 and .accepted == .persisted + .failed + .in_flight' "$tmp/out"
ok "so does that of each topic" jq -e --arg t "$numbers" '(.topics[] | select(.topic == $t) |
	.persisted == 100000) and all(.topics[]; .accepted == .persisted + .failed + .in_flight)' "$tmp/out"
run delete-topic nosuchtopic $one
is "delete-topic goes on after a failure, and tells it" "$status $out" $'1 deleted\t'"$one"

# ---- limits ----

mkdir "$tmp/profiles"
echo "bootstrap.servers=$commd_kafka" >"$tmp/profiles/default.conf"
printf '[limits]\nconsumers = 1\n' >"$tmp/conf"
start_commd --config "$tmp/conf"
run create-topic $only -p 1
echo first | run send $only
in_background receive $only -o beginning >"$tmp/only" 2>"$tmp/err"
ok "the only consumer reads" reads 1 "$tmp/only"
run receive $only
is "there is no other: exit code" "$status" 7
like "there is no other: says so" "$err" "^commctl: .*consumers"
kill -INT $pid
wait $pid

run --help
is "each exit code of the help has been met" "${!met[*]}" \
	"$(sed -nE '/^Exit codes:/,/^$/s/^ *([0-9]+) .*/\1/p' "$tmp/out" | paste -sd' ')"
