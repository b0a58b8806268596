#!/bin/bash
# JSON lines: by socat as people do it, and by commctl call.
. "${COMMD_SOURCE_ROOT:?}/tests/lib/tap.sh"

plan 37
start_commd
line="[^"$'\n'"]*"

# lines: what the daemon answers to the lines on standard input.
lines()
{
	socat -t 10 - "UNIX-CONNECT:$COMMD_SOCKET"
}

# run ARGUMENT...: sets status, out and err; standard input is the caller's.
run()
{
	status=0
	commctl "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	out=$(cat "$tmp/out")
	err=$(cat "$tmp/err")
}

# ---- socat ----

printf '{"method":"ping"}' | lines >"$tmp/out"
ok "a ping without an end of line" jq -e '.result.time_ms > 1e12 and has("id") == false' "$tmp/out"
printf '{"id":7,"method":"ping"}\r\n' | lines >"$tmp/out"
ok "a ping with an id and CR LF" jq -e '.id == 7 and .result.time_ms > 1e12' "$tmp/out"

is "a topic is created" \
	"$(echo '{"method":"create_topic","params":{"topic":"t","partitions":1}}' | lines)" \
	'{"result":{}}'
is "records are sent" "$(echo '{"method":"send","params":{"topic":"t","records":["hi",
	{"value":"ho","key":"k","headers":[["h","x"]]},{"value":{"base64":"/w=="}}]}}' |
	tr -d '\n\t' | lines)" \
	'{"result":{"outcomes":[{"count":3,"partition":0,"offset":0,"error":null,"maybe_persisted":false}]}}'

# A script is a file of lines: each is done before the next begins.
lines >"$tmp/out" <<'END'
{"method":"subscribe","params":{"group":"g","topics":["t"]}}
{"method":"receive","params":{"subscription":1}}

{"method":"list_topics","params":{"topic":"t"}}
{"method":"unsubscribe","params":[1]}
{"method":"delete_topic","params":{"topic":"t"}}
END
is "a script has an answer to each line" "$(wc -l <"$tmp/out")" 5
is "a subscription" "$(sed -n 1p "$tmp/out")" '{"result":{"subscription":1,"positions":[]}}'
ok "records come" jq -es '.[1].result.topics[0] | .topic == "t" and (.records[0] |
	.value == "hi" and .key == null and .offset == 0 and .headers == [])' "$tmp/out"
ok "a topic with its partitions" jq -es '.[2].result.topics[0] | .name == "t" and
	.partitions[0].replicas == [1]' "$tmp/out"
is "the last two" "$(tail -n 2 "$tmp/out" | paste -sd' ')" '{"result":{}} {"result":{}}'

printf '{"id":1,"method":"send","params":{"topic":"t","records":[{"vlaue":"hi"}]}}\n{"oops\n{"method":"ping"}\n' |
	lines >"$tmp/out"
ok "a misspelt name is told" jq -es '.[0].id == 1 and .[0].error.name == "COMM_EBAD_VALUE" and
	.[0].error.detail == "records[0].vlaue" and (.[0].error.message |
	contains("did you mean \"value\"?"))' "$tmp/out"
ok "a line that is not JSON is told where" jq -es '.[1].error.code == 1 and (.[1].error.message |
	test("column [0-9]+"))' "$tmp/out"
ok "the next line is read" jq -es '.[2].result.time_ms > 1e12' "$tmp/out"

# ---- commctl call ----

run call ping
is "call succeeds" "$status" 0
like "call prints the result" "$out" '^\{"time_ms":[0-9]+\}$'
run call create_topic '{"topic": "c", "partitions": 1}'
is "call with named parameters" "$status $out" "0 {}"
run call send - <<'END'
{
	"topic": "c",
	"records": ["a\u0000b", {"value": "é"}]
}
END
is "parameters from standard input" "$out" \
	'{"outcomes":[{"count":2,"partition":0,"offset":0,"error":null,"maybe_persisted":false}]}'
run call send '["c", ["x"]]'
is "positional parameters" "$(jq -c '.outcomes[0].offset' "$tmp/out")" 2
commctl receive c -o beginning -c 1 -f '%s' | cmp -s - <(printf 'a\0b')
is "a NUL comes through" "${PIPESTATUS[1]}" 0
run call hello
is "another profile is not named" "$status" 0
run --profile nosuch call ping
is "an unknown profile is a bad configuration" "$status" 78
like "an unknown profile is named" "$err" "^commctl: ${line}nosuch"
run call send '{"topic": "nosuch", "records": [null]}'
is "a topic that does not exist: exit code" "$status" 1
like "a topic that does not exist: one line, by the daemon" "$err" "^commctl: ${line}nosuch$line\$"
run call pong
like "a method that does not exist" "$status $err" '^1 commctl: there is no method "pong"; did you mean "ping"\?$'
run call receive '{"subscription": 3}'
like "what belongs to a connection is of no use" "$status $err" '^1 commctl: .*no subscription 3$'
run call send '{"topic": }'
is "parameters that are not JSON: exit code" "$status" 2
like "parameters that are not JSON: where" "$err" "^commctl: call: ${line}column 11$line--help\$"
run call
is "no method: exit code" "$status" 2

# ---- what there is ----

run methods
like "the methods are listed" "$out" $'(^|\n)send\tsends records to a topic(\n|$)'
run methods send
like "a method: its parameters" "$out" $'^params\ttopic\ttext\trequired\t'
like "a method: what they are made of" "$out" $'\nrecord\tvalue\tbytes\tnullable\t'
run methods --json
ok "everything that types name is explained" jq -e '[.parts[].name] as $known |
	([.methods[] | .params[], .result[]] + [.parts[].fields[]]) |
	all(.type | sub("^list of "; "") | sub(", at most [0-9]+$"; "") |
		. as $type | $known + ["integer", "text", "bytes", "true or false"] | index($type))' \
	"$tmp/out"
run methods snd
like "a method that there is not" "$status $err" '^1 commctl: .*no method "snd"; did you mean "send"\?$'

# ---- a daemon that does not answer ----

socat "UNIX-LISTEN:$tmp/mute,fork" "EXEC:cat" &
echo_pid=$!
await test -S "$tmp/mute"
run --socket "$tmp/mute" call ping
like "an answer that is none" "$status $err" "^1 commctl: an answer of commd on $tmp/mute is not understood"
kill $echo_pid
wait $echo_pid 2>/dev/null
socat -u "UNIX-LISTEN:$tmp/deaf" "OPEN:/dev/null" &
deaf_pid=$!
await test -S "$tmp/deaf"
run --socket "$tmp/deaf" --timeout 0.05 call ping
like "no answer in time" "$status $err" "^5 commctl: no answer from commd on $tmp/deaf$line\$"
wait $deaf_pid
stop_commd KILL
run call ping
like "nobody there" "$status $err" "^3 commctl: ${line}nobody listens there"
run --socket "$tmp/nowhere" call ping
like "no socket there" "$status $err" "^3 commctl: ${line}nowhere${line}nobody listens there"
