#!/bin/bash
# commctl's verbs for consumer groups, offsets and settings, against an Apache Kafka and beside its own
# tools.
. "${COMMD_SOURCE_ROOT:?}/tests/lib/tap.sh"

[ -n "${COMMD_TEST_KAFKA:-}" ] || skip_all "this needs an Apache Kafka: tests/kafka/with-kafka"
# The last command of a pipe runs in this shell, so that run can set variables.
shopt -s lastpipe
plan 71

id=-$$
orders=orders$id logs=logs$id other=other$id group=billing$id
libs=$("$COMMD_SOURCE_ROOT/tests/kafka/fetch")
start_commd_kafka

# run ARGUMENT...: sets status, out and err; standard input is the caller's.
run()
{
	status=0
	commctl "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	out=$(cat "$tmp/out")
	err=$(cat "$tmp/err")
}

# tool CLASS ARGUMENT...: one of Kafka's own; its lines sorted, their words separated by single spaces.
tool()
{
	java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
		-Dlog4j2.configurationFile="$COMMD_SOURCE_ROOT/tests/kafka/log4j2.xml" \
		-cp "$libs/*" "$1" --bootstrap-server "$COMMD_TEST_KAFKA" "${@:2}" 2>"$tmp/tool" |
		tr -s ' ' | sort
}

# lines KIND [FIELDS]: the lines of a kind that were printed, their fields separated by spaces.
lines()
{
	awk -F'\t' -v kind="$1" '$1 == kind' "$tmp/out" | cut -f "${2:-2-}" | tr '\t' ' '
}

# reads N FILE: wait until the file has N lines.
reads()
{
	local deadline=$((SECONDS + 30))
	until [ "$(wc -l <"$2")" -ge "$1" ]; do
		[ $SECONDS -lt $deadline ] || return 1
		sleep 0.02
	done
}

# ---- offsets ----

run create-topic $orders -p 2
seq 10 | run send $orders -p 0 -t 1700000000000
seq 5 | run send $orders -p 1
run offsets $orders
is "offsets are told" "$out" $'0\t0\t10\t10\t-\n1\t0\t5\t5\t-'
run offsets $orders --json
ok "the same as JSON" jq -e --arg t "$orders" '.topic == $t and (.partitions | length) == 2 and
	.partitions[1] == {"partition": 1, "first": 0, "next": 5, "records": 5,
		"at_time": null}' "$tmp/out"
run offsets $orders -o @2023-11-14T23:00:00Z
is "and of a time" "$(cut -f5 <<<"$out" | paste -sd' ')" "- 0"
run offsets $orders -o s@1699999999999
is "the first at or after it" "$(cut -f5 <<<"$out" | paste -sd' ')" "0 0"
run offsets nosuch$id
is "a topic that is not there: exit code" "$status" 1
like "a topic that is not there is named" "$err" "^commctl: .*nosuch$id"

# ---- tail ----

run tail $orders -n 2 -e -f '%p:%s\n'
is "tail begins before the end of each partition" "$(sort <<<"$out" | paste -sd' ')" "0:10 0:9 1:4 1:5"
run tail $orders -n 0 -e
is "or at the end" "$status:$out" 0:
run tail $orders -e -c 100
is "or ten before it" "$(wc -l <<<"$out")" 15
in_background tail $orders -n 1 -p 1 >"$tmp/tail" 2>"$tmp/err"
ok "it prints what is there" reads 1 "$tmp/tail"
echo 6 | run send $orders -p 1
ok "and what comes" reads 2 "$tmp/tail"
kill -INT $pid
wait $pid
is "until Ctrl-C" "$? $(paste -sd' ' "$tmp/tail")" "0 5 6"

# ---- groups ----

run receive $orders -g $group -e
is "a group reads" "$(wc -l <<<"$out")" 16
seq 3 | run send $orders -p 0
run groups
like "groups lists it" "$out" "(^|"$'\n'")$group"$'\t[A-Z][A-Za-z]+\tno'
run groups --json
ok "one object for each" jq -es --arg g "$group" 'any(.[]; .group == $g and .offsets_only == false)' "$tmp/out"
run groups $group
is "where it is, and what is left" "$(lines partition 3-6)" "$orders 0 10 13
$orders 1 6 6"
is "how many that is" "$(lines partition 7 | paste -sd' ')" "3 0"
run groups $group --json
ok "the same as JSON" jq -e --arg g "$group" --arg t "$orders" '.group == $g and .partitions[0].topic == $t and
	([.partitions[] | .lag] == [3, 0])' "$tmp/out"
like "Kafka's own tool agrees" "$(tool org.apache.kafka.tools.consumer.group.ConsumerGroupCommand \
	--describe --group $group)" "$group $orders 0 10 13 3 .*$group $orders 1 6 6 0 "
run lag $group
is "lag tells the sum" "$(lines group 2,4)" "$group 3"
is "of each topic" "$(lines topic)" "$orders 2 3"
is "and what is behind" "$(lines partition)" "$orders 0 10 13 3"
run lag $group --json
ok "the same as JSON" jq -e '.lag == 3 and .topics[0].lag == 3 and (.partitions | length) == 1' "$tmp/out"
in_background lag $group --watch=0.1 --json >"$tmp/watch" 2>"$tmp/err"
ok "lag --watch tells again and again" reads 2 "$tmp/watch"
seq 2 | run send $orders -p 1
n=$(wc -l <"$tmp/watch")
ok "and what has become of it" reads $((n + 3)) "$tmp/watch"
kill -INT $pid
wait $pid
is "until Ctrl-C" "$?" 0
is "it was 3, and is 5" "$(jq .lag "$tmp/watch" | uniq | paste -sd' ')" "3 5"
run groups nosuch$id $group
is "groups goes on after one that is not there" "$status $(lines group 2)" "1 $group"
like "which it names" "$err" "^commctl: .*nosuch$id"

# ---- reset ----

run reset $group -o beginning --dry-run
is "a dry run tells" "$out" "$orders"$'\t0\t0\n'"$orders"$'\t1\t0'
run lag $group
is "and does nothing" "$(lines group 4)" 5
run reset $group -o beginning --json
ok "reset tells where it goes on" jq -e --arg g "$group" '.group == $g and (.dry_run | not) and
	[.positions[] | .offset] == [0, 0]' "$tmp/out"
run receive $orders -g $group -c 1 -e
is "and there it goes on" "$status:$out" 0:1
run reset $group -o -3
is "so many before the end" "$(cut -f3 <<<"$out" | paste -sd' ')" "10 5"
run reset $group -t $orders:0:4 -t $orders:1:2
is "each where it is told" "$(cut -f2,3 <<<"$out" | paste -sd' ')" $'0\t4 1\t2'
run reset $group -t $orders:1 -o end
is "one partition" "$out" "$orders"$'\t1\t8'
run groups $group
is "the other stays" "$(lines partition 5 | paste -sd' ')" "4 8"
run reset $group -o @2023-11-14T23:00:00Z
is "a time" "$(cut -f3 <<<"$out" | paste -sd' ')" "10 0"
run reset $group -o end
run receive $orders -g $group -e
is "nothing is left at the end" "$status:$out" 0:
like "Kafka's own tool agrees" "$(tool org.apache.kafka.tools.consumer.group.ConsumerGroupCommand \
	--describe --group $group)" "$group $orders 0 13 13 0 .*$group $orders 1 8 8 0 "
run reset nosuch$id -o end
is "a group that is not there: exit code" "$status" 1
in_background receive $orders -g $group >"$tmp/reader" 2>"$tmp/err"
seq 1 | run send $orders -p 0
ok "somebody reads" reads 1 "$tmp/reader"
run reset $group -o beginning
is "a group that is read is not moved" "$status" 1
like "why it is not" "$err" "^commctl: .*$group"
run delete-group $group
is "nor deleted" "$status" 1
run groups $group
is "its member is here" "$(lines member 6 | sort -u)" yes
has_no_lag()
{
	run status
	[ "$(lines subscription 6,10-12)" = "$group 0 0 no" ]
}
ok "status tells of the lag" await has_no_lag
kill -INT $pid
wait $pid
run delete-group $group nosuch$id
is "delete-group goes on after a failure" "$status:$out" "1:deleted"$'\t'"$group"
run groups
is "it is gone" "$status:$(grep -F "$group" "$tmp/out")" 0:

# ---- patterns ----

run create-topic $logs-a -p 1
run create-topic $logs-b -p 1
run create-topic $other -p 1
echo a | run send $logs-a
echo b | run send $logs-b
echo c | run send $other
run receive "^$logs-" -g pattern$id -c 2
is "a pattern reads what matches it" "$(sort <<<"$out" | paste -sd' ')" "a b"
in_background receive "^$logs-" -g pattern$id >"$tmp/pattern" 2>"$tmp/err"
run create-topic $logs-c -p 1
echo d | run send $logs-c
ok "also what is created later" reads 1 "$tmp/pattern"
kill -INT $pid
wait $pid
is "and nothing else" "$(cat "$tmp/pattern")" d

# ---- what heals while it is read ----

says()
{
	grep -qs "$1" "$tmp/err"
}
run create-topic $other-gone -p 1
seq 9 | run send $other-gone
in_background receive $other $other-gone -g healing$id >"$tmp/healing" 2>"$tmp/err"
ok "two topics are read" reads 10 "$tmp/healing"
commctl delete-topic $other-gone >/dev/null
ok "that one is gone is told" await says "^commctl: .*$other-gone"
echo 2 | commctl send $other
ok "and the other is read on" reads 11 "$tmp/healing"
commctl create-topic $other-gone -p 1 >/dev/null
seq 3 5 | commctl send $other-gone
ok "also the one that is there again" reads 14 "$tmp/healing"
ok "that it is another is told" says "another .* of this name"
kill -INT $pid
wait $pid
is "to have told is no failure" "$?" 0

# ---- settings and partitions ----

run create-topic $other-s -p 1 -s retention.ms=86400000
run describe $other-s
is "describe tells the partitions" "$(lines partition 3-)" "0 1 1 1"
like "and what is set" "$(lines setting 3-)" "(^|"$'\n'")retention.ms 86400000 topic no"
is "but no defaults" "$status:$(lines setting 5 | grep -x default)" 0:
run describe $other-s --all
like "unless all are asked for" "$(lines setting 3,5)" "(^|"$'\n'")segment.ms default"
run describe $other-s --json
ok "the same as JSON" jq -e '.settings[] | select(.name == "retention.ms") | .value == "86400000" and
	.source == "topic"' "$tmp/out"
run alter-topic $other-s -s cleanup.policy=compact -d retention.ms
is "alter-topic says so" "$status:$out" "0:altered"$'\t'"$other-s"
like "Kafka's own tool agrees" "$(tool kafka.admin.ConfigCommand --describe --entity-type topics \
	--entity-name $other-s)" "cleanup.policy=compact sensitive=false"
run describe $other-s
is "what was set is a default again" "$status:$(lines setting 3 | grep -x retention.ms)" 0:
run alter-topic $other-s -s nosuch.setting=1
is "a setting that is not there: exit code" "$status" 1
like "a setting that is not there is named" "$err" "^commctl: .*nosuch.setting"
run add-partitions $other-s -p 3
is "add-partitions says so" "$status:$out" "0:partitions"$'\t'"$other-s"$'\t3'
run topics $other-s
is "there are as many" "$(wc -l <<<"$out")" 3
run add-partitions $other-s -p 2
is "there are never fewer: exit code" "$status" 1
