#!/bin/bash
# A record that fits into no message of the protocol, in a real Kafka between two that do: those come,
# and it is told where the other is.
# shellcheck source=tests/lib/tap.sh
. "${COMMD_SOURCE_ROOT:?}/tests/lib/tap.sh"

topic=too-big-$$-$(date +%s%N)
size=17000000
plan 14
start_commd_kafka

kcat_sends() # FILE
{
	kcat -P -q -b "$commd_kafka" -t "$topic" -p 0 -X message.max.bytes=20000000 "$1"
}

# receives ARGUMENT...: sets status, out and err.
receives()
{
	status=0
	commctl receive "$topic" -e "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	out=$(paste -sd' ' "$tmp/out")
	err=$(cat "$tmp/err")
}

printf first >"$tmp/first"
head -c $size /dev/urandom >"$tmp/large"
printf last >"$tmp/last"
ok "a topic" commctl create-topic "$topic" -p 1 -s max.message.bytes=20000000
ok "with three records" eval 'kcat_sends $tmp/first && kcat_sends $tmp/large && kcat_sends $tmp/last'

passed_over="^commctl: topic $topic, partition 0, offset 1: .*$size bytes.*"
receives -o beginning
is "those that fit come" "$out" "first last"
like "the other is told, and counted" "$err" \
	"$passed_over"$'\n'"received 2 records, passed over 1$"
is "some failed: exit code" "$status" 6
receives -o beginning -c 1
is "unless it was not reached" "$status$err" 0

receives -g "$topic"
is "a group gets the same" "$status $out" "6 first last"
receives -g "$topic"
is "once" "$status$out$err" 0

receives -o 1 -c 1 -J
is "it does not count for -c" "$status $(jq -r .payload "$tmp/out")" "6 last"
# As the last of its partition it is followed by nothing that could be acknowledged.
is_read() # GROUP
{
	[ "$(commctl lag "$1" --json | jq .lag)" = 0 ]
}

ok "one that is the last" kcat_sends "$tmp/large"
receives -g "$topic" -o beginning
is "a group is told of it" "$status $out" "6 "
like "where it is" "$err" "^commctl: topic $topic, partition 0, offset 3: "
receives -g "$topic"
is "once" "$status$out$err" 0
await is_read "$topic"
ok "the topic is deleted" commctl delete-topic "$topic"
