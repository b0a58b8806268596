#!/bin/bash
# commctl bench: what it measures adds up, and it leaves nothing behind.
. "${COMMD_SOURCE_ROOT:?}/tests/lib/tap.sh"
plan 40

# run ARGUMENT...: sets status, out and err.
run()
{
	status=0
	commctl "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	out=$(cat "$tmp/out")
	err=$(cat "$tmp/err")
}

# field N: of the line of tabs.
field()
{
	cut -f "$1" <<<"$out"
}

# rises FIELD...: the numbers of these fields do not become smaller.
rises()
{
	local n before=0
	for n; do
		[ "$(field "$n")" -ge $before ] || return
		before=$(field "$n")
	done
}

# is_between FIELD MIN MAX
is_between()
{
	awk -v n="$(field "$1")" "BEGIN { exit !(n >= $2 && n <= $3) }"
}

no_topic()
{
	local topics
	topics=$(commctl topics) && ! grep -q commctl-bench <<<"$topics"
}

start_commd

run bench send --records 3000 --clients 3 --size 200
is "send succeeds" "$status" 0
is "and has nothing to say" "$err" ""
is "the line has all columns" "$(awk -F '\t' '{ print NF }' <<<"$out")" 12
is "which says what" "$(field 1)" send
is "by how many" "$(field 2)" 3
is "all records are sent" "$(field 3)" 3000
is "none failed" "$(field 4)" 0
ok "the latencies are in order" rises 8 9 10 11 12
ok "records and seconds make the rate" awk -F '\t' '{ d = $3 / $5 - $6; exit d * d > 0.01 * $6 * $6 }' "$tmp/out"
ok "and the bytes" awk -F '\t' '{ d = $6 * 200 / 1048576 - $7; exit d * d > 0.01 }' "$tmp/out"
ok "its topic is gone" no_topic

commctl create-topic mine -p 2 >/dev/null
run bench send mine --records 100 --window 1 --json
is "send to a topic that is named" "$status" 0
for member in '"bench":"send"' '"topic":"mine"' '"clients":1' '"done":100' '"failed":0' \
	'"p50_us":[0-9]+' '"p999_us":[0-9]+' '"max_us":[0-9]+'; do
	like "JSON has $member" "$out" "$member"
done
# One more that is not counted.
is "it has the records" "$(commctl receive mine -o beginning -e -f '%S\n' | sort | uniq -c | tr -s ' \n' ' ')" \
	" 1 0 100 100 "

run bench receive mine --clients 2
is "receive reads what is there" "$(field 1-4 | tr '\t' ' ')" "receive 2 202 0"
run bench receive --records 2500 --size 10
is "or fills a topic" "$(field 1-4 | tr '\t' ' ')" "receive 1 2500 0"
ok "which is gone" no_topic

run bench send mine --records 200 --rate 400 --clients 2
is "a rate sends all" "$(field 3)" 200
ok "in its time" is_between 5 0.49 30

run bench ping --records 50 --clients 2
is "ping" "$(field 1-4 | tr '\t' ' ')" "ping 2 50 0"

run bench send nowhere --records 10
is "a topic that is not there: exit code" "$status" 1
like "and why" "$err" "1 of 1 clients had errors; the first: topic nowhere: "
run bench
is "without a word it is wrong" "$status" 2
run bench receive --rate 5
is "receive has no rate" "$status" 2

# A terminal would interrupt the clients as well.
in_background bench send --records 1000000 --rate 500 --clients 2 >"$tmp/out" 2>&1
bench=$pid
has_two_clients()
{
	[ "$(commctl clients | grep -c 'commctl bench')" -eq 2 ]
}
await has_two_clients
kill -INT -- -$bench
status=0
wait $bench || status=$?
is "an interrupt is its exit code" "$status" 130
out=$(cat "$tmp/out")
is "and shows what there was" "$(field 1,2 | tr '\t' ' ')" "send 2"
ok "the topic is gone, too" no_topic

in_background bench send mine --records 1000000 --rate 500 --clients 2 >/dev/null 2>&1
bench=$pid
await has_two_clients
kill -KILL $bench
wait $bench 2>/dev/null
no_clients()
{
	local clients
	clients=$(commctl clients) && ! grep -q 'commctl bench' <<<"$clients"
}
ok "clients without a parent end" await no_clients

printf '%s\n' '[quota]' 'connections = 2' >"$tmp/quota.conf"
commd_new
printf '%s\n' 'bootstrap.servers=127.0.0.1:1' >"$commd_dir/profiles/default.conf"
cp "$tmp/quota.conf" "$commd_dir/commd.conf"
commd_run /dev/null --config "$commd_dir/commd.conf" --socket "$COMMD_SOCKET" --dev
await commd_listens
await sh -c "'$COMMCTL' ping >/dev/null 2>&1"
run bench ping --records 10 --clients 2
like "a client too many is told" "$err" "1 of 2 clients had errors; the first: user .* quota of connections, 2 of 2"
is "the others go on: exit code" "$status" 6
is "with their part" "$(field 3)" 5

# May start no process. Root may always: it becomes somebody else, who needs a commctl that he can read.
bench_alone()
{
	if [ "$(id -u)" -eq 0 ]; then
		chmod 755 "$tmp" "$commd_dir"
		chmod 666 "$COMMD_SOCKET"
		cp "$COMMCTL" "$tmp/commctl"
		setpriv --reuid=65534 --regid=65534 --clear-groups prlimit --nproc=1 \
			"$tmp/commctl" --socket "$COMMD_SOCKET" bench "$@"
	else
		prlimit --nproc=1 "$COMMCTL" --socket "$COMMD_SOCKET" bench "$@"
	fi
}
status=0
# What looks for leaks is a process as well.
err=$(ASAN_OPTIONS=detect_leaks=0 bench_alone ping --records 10 --clients 2 2>&1 >/dev/null) || status=$?
is "clients that cannot be started: exit code" "$status" 1
like "and why" "$err" "2 of 2 clients had errors; the first: client 1 could not be started: "
