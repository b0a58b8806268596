#!/bin/bash
# What operators see of a daemon through commctl.
. "${COMMD_SOURCE_ROOT:?}/tests/lib/tap.sh"

plan 33
start_commd
tab=$'\t'

# run ARGUMENT...: sets status, out and err.
run()
{
	status=0
	commctl "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	out=$(cat "$tmp/out")
	err=$(cat "$tmp/err")
}

# traced: a trace is under way.
traced()
{
	commctl status | grep -q "^counter${tab}traces${tab}1$"
}

commctl create-topic orders -p 1 >"$tmp/null"
printf 'one\ntwo\n' | commctl send orders
"$COMMCTL" --socket "$COMMD_SOCKET" receive orders -g workers >"$tmp/received" &
receiver=$!
await test -s "$tmp/received"

# ---- clients ----

run clients
is "clients succeeds" "$status" 0
is "each client has a line, and its columns" "$(awk -F'\t' '{ print NF }' "$tmp/out" | sort -u)" 17
like "the receiver with its process, user and group" "$out" \
	"commctl${tab}$receiver${tab}$(id -u)${tab}$(id -g)${tab}default${tab}[0-9]{13}${tab}msgpack${tab}"
like "one that asks in JSON" "$out" "commctl${tab}[0-9]+${tab}.*${tab}json${tab}"
like "nobody is held back" "$out" "${tab}-$"
run clients --json
ok "as JSON" jq -es --argjson pid "$receiver" 'map(select(.pid == $pid))[0] |
	.received == 2 and .subscriptions == 1 and .held == null' "$tmp/out"
run clients now
is "a word too many" "$status $err" \
	"2 commctl: clients: 'now' is one word too many; see: commctl clients --help"

# ---- consumers ----

run consumers
like "consumers with their topics" "$out" \
	"^consumer${tab}workers${tab}default${tab}reading${tab}1${tab}1${tab}0${tab}[0-9]${tab}-
topic${tab}workers${tab}default${tab}orders${tab}1${tab}0\$"
run consumers --json
ok "as JSON" jq -e '.group == "workers" and .topics[0].topic == "orders" and .error == null' \
	"$tmp/out"

# ---- brokers ----

some_broker()
{
	run brokers
	[ -n "$out" ]
}
await some_broker
like "the broker is up" "$out" "^127.0.0.1:[0-9]+${tab}1${tab}default${tab}UP${tab}"
run brokers --json
ok "as JSON" jq -e '.state == "UP" and .requests_total > 0 and .errors_total == 0' "$tmp/out"

# ---- metrics ----

run metrics
like "metrics are a text" "$out" '# TYPE commd_records_accepted_total counter
commd_records_accepted_total\{profile="default"\} 2'
run metrics --json
ok "as JSON" jq -e '.text | contains("commd_build_info")' "$tmp/out"

# ---- trace ----

commctl trace orders -c 2 -b 4 >"$tmp/trace" &
tracer=$!
await traced
printf 'a long value\n' | commctl send orders -k key
printf '\377\033\n' | commctl send orders
wait "$tracer"
is "trace succeeds" $? 0
is "each send has a line, and its columns" "$(awk -F'\t' '{ print NF }' "$tmp/trace" | sort -u)" 14
is "two sends" "$(wc -l <"$tmp/trace")" 2
like "a record that was acknowledged" "$(head -n 1 "$tmp/trace")" \
	"^[0-9]{13}${tab}commctl${tab}[0-9]+${tab}$(id -u)${tab}1${tab}15${tab}[0-9]+${tab}[0-9]+${tab}0${tab}2${tab}0${tab}key${tab}a lo${tab}-$"
like "bytes that are no text" "$(tail -n 1 "$tmp/trace")" "${tab}-${tab}base64:/xs=${tab}-$"

commctl trace orders -c 1 --json >"$tmp/trace" &
tracer=$!
await traced
printf 'x\nx\n' | commctl send orders -p 7 2>"$tmp/null"
wait "$tracer"
ok "what was refused, with the reason" jq -e '.failed == 1 and .handed_us == null and
	(.error.message | contains("has no partition 7"))' "$tmp/trace"
run trace orders -d 0.2
is "nothing came" "$status $out$err" "0 "
run trace
is "no topic" "$status $err" \
	"2 commctl: trace: needs the name of one topic; see: commctl trace --help"
run trace orders -d 61
is "too long" "$status $err" \
	"2 commctl: trace: -d: a trace lasts up to 60 seconds; see: commctl trace --help"
run trace orders -c 1001
is "too many" "$status $err" "1 commctl: max_sends: 1001 is not between 1 and 1000"

# ---- top ----

run top --json
is "top succeeds" "$status" 0
is "one object" "$(wc -l <"$tmp/out")" 1
# Whoever sends while it looks twice is seen.
commctl top --json -d 0.2 -n 1000000 >"$tmp/looks" &
top=$!
has_rates()
{
	printf 'x\n' | commctl send orders
	jq -c 'select(.sent_rate > 0 and .received_rate > 0 and .topics[0].sent_rate > 0 and
		.topics[0].persisted_rate > 0)' "$tmp/looks" 2>/dev/null | head -n 1 >"$tmp/out"
	[ -s "$tmp/out" ]
}
await has_rates
kill "$top"
wait "$top" 2>/dev/null
ok "rates" jq -e '.failed_rate == 0 and .error_rate == 0' "$tmp/out"
ok "topics, with their rates and lag" jq -e '.topics[0] | .topic == "orders" and .failed_rate == 0 and
	.lag != null' "$tmp/out"
ok "clients, consumers, brokers" jq -e --argjson pid "$receiver" '(.clients | any(.pid == $pid)) and
	.consumers[0].group == "workers" and .brokers[0].state == "UP"' "$tmp/out"
run top -d 0.05 -n 3
is "three times" "$(grep -c "^topic${tab}orders${tab}default${tab}" "$tmp/out")" 3
is "kinds of lines" "$(cut -f 1 "$tmp/out" | uniq | head -n 5 | paste -sd' ')" \
	"daemon topic client consumer broker"
run top -d 0
is "no time" "$status $err" \
	"2 commctl: top: -d needs seconds from 0.001 to 3600, not '0'; see: commctl top --help"
kill "$receiver"
wait "$receiver" 2>/dev/null

# ---- without a daemon ----

stop_commd
for verb in metrics top; do
	run $verb
	is "$verb without a daemon" "$status" 3
done
