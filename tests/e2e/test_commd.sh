#!/bin/bash
# commd, the program: its command line, what it says about its configuration, and its signals.
# shellcheck source=tests/lib/tap.sh
. "${COMMD_SOURCE_ROOT:?}/tests/lib/tap.sh"

plan 96

# run ARGUMENT...: sets status, out and err. A commd that begins to serve is ended, with status 124.
run()
{
	status=0
	timeout "$daemon_limit_s" "$COMMD" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	out=$(cat "$tmp/out")
	err=$(cat "$tmp/err")
}

# ---- the command line ----

run --version
is "--version succeeds" "$status" 0
like "and tells the version" "$out" '^commd [0-9]+\.[0-9]+\.[0-9]+$'
run --help
is "--help succeeds" "$status" 0
is "and is no error" "$err" ""
for option in "--config FILE" "--socket PATH" --dev --check-config --version --help; do
	like "the help names $option" "$out" " $option "
done
run -h
like "-h is --help" "$out" "^usage: commd "

wrong() # WANTED ARGUMENT...: the command line is refused
{
	local wanted=$1
	shift
	run "$@"
	is "commd $*: exit status" "$status" 64
	like "commd $*: says why" "$err" "$wanted"
	like "commd $*: and where to look" "$err" "try commd --help$"
}

wrong "'--socked'" --socked x
wrong "'--config' requires an argument" --config
wrong "'--dev' doesn't allow an argument" --dev=1
wrong "^commd: start: no such argument" start

# ---- the configuration ----

dir=$tmp/etc
conf=$dir/commd.conf
mkdir -p "$dir/profiles"
printf '%s\n' 'bootstrap.servers=127.0.0.1:1' >"$dir/profiles/default.conf"

# accepted WHAT LINE...: a commd.conf of these lines is good.
accepted()
{
	local what=$1
	shift
	printf '%s\n' "$@" >"$conf"
	run --check-config --config "$conf"
	is "$what is accepted" "$status" 0
	is "$what: there is nothing to say" "$out$err" ""
}

# refused WANTED LINE...: it is not, by commd itself in the same words.
refused()
{
	local wanted=$1 checked
	shift
	printf '%s\n' "$@" >"$conf"
	run --check-config --config "$conf"
	is "$*: checked" "$status" 78
	like "$*: with file and line" "$err" "^commd: $conf:$wanted$"
	checked=$err
	run --config "$conf"
	is "$*: started" "$status" 78
	is "$*: in the same words" "$err" "$checked"
}

accepted "an empty file" ""
accepted "a good file" '# a comment' '[socket]' 'path = sock' 'mode = 0600' '[limits]' \
	'message-max = 1M' '[timeouts]' 'shutdown-ms = 0'
refused '2: unknown key "conections" in \[limits\]; did you mean "connections"\?' \
	'[limits]' 'conections = 5'
refused '1: unknown section \[limit\]; did you mean \[limits\]\?' '[limit]'
refused '2: key "mode" does not belong in \[limits\] but in \[socket\]' '[limits]' 'mode = 0600'
refused '2: "connections" cannot be "many"; it is a whole number from 1 to 1000000' \
	'[limits]' 'connections = many'
refused '2: "mode" cannot be "999"; it is an octal number from 0 to 0777' '[socket]' 'mode = 999'
refused '4: section \[socket\] has begun before, in line 1' \
	'[socket]' 'mode = 0600' '[limits]' '[socket]'

refused '3: "allow" cannot be "write"; it is some of produce, consume, administer, status' \
	'[rule clients]' 'users = root' 'allow = write'
refused '2: there is no user "nobody-of-this-name" on this host' \
	'[rule clients]' 'users = root nobody-of-this-name' 'allow = produce'
refused '3: there is no group "no-group-of-this-name" on this host' \
	'[rule clients]' '' 'groups = no-group-of-this-name' 'deny = produce'
accepted "a rule" '[rule clients]' 'users = root @commd 4711' 'groups = root' 'topics = a-* [bc]?' \
	'allow = produce consume'

run --check-config --config "$tmp/none.conf"
is "a file that is not there" "$status" 78
is "is named" "$err" "commd: $tmp/none.conf: cannot be read: No such file or directory"
run --check-config --config "$COMMD_SOURCE_ROOT/etc/commd.conf"
is "the files to begin with are good" "$status $err" "0 "

# ---- profiles ----

: >"$conf"
printf '%s\n' 'bootstrap.servers=127.0.0.1:1' 'acks=al' >"$dir/profiles/one.conf"
printf '%s\n' 'bootstrap.servers=127.0.0.1:1' '' 'client.ids=me' >"$dir/profiles/three.conf"
printf '%s\n' 'security.protocol=ssl' "ssl.ca.location=$tmp/ca.pem" \
	'bootstrap.servers=127.0.0.1:1' >"$dir/profiles/two.conf"
run --check-config --config "$conf"
is "bad profiles are found" "$status" 78
is "each of them" "$(wc -l <"$tmp/err")" 3
like "a bad value, with file and line" "$err" \
	"(^|"$'\n'")commd: $dir/profiles/one.conf:2: Invalid value [^"$'\n'"]*acks\""
like "an unknown property, with the one that was meant" "$err" "$dir/profiles/three.conf:3: No such \
configuration property: \"client.ids\"; did you mean \"client.id\"\?"
like "a file that is not there, in the line that names it" "$err" \
	"$dir/profiles/two.conf:2: ssl.ca.location failed: [^"$'\n'"]*; \
$tmp/ca.pem: No such file or directory"
printf '%s\n' '[limits]' 'consumer = 1' >"$conf"
run --check-config --config "$conf"
is "a bad file besides does not hide them" "$status $(wc -l <"$tmp/err")" "78 4"

# A bad profile is the trouble of those who use it: commd starts, and says what is wrong.
commd_new
cp "$dir"/profiles/*.conf "$commd_dir/profiles"
start_commd_files
for profile in one two three; do
	like "a daemon that starts says so of $profile.conf" "$(cat "$commd_log")" \
		"warning: $commd_dir/profiles/$profile.conf:[23]: "
done
like "and of no other" "$(grep -c warning "$commd_log")" 3
ok "and serves" commctl ping -c 1

# ---- signals ----

stop_commd INT
is "SIGINT is an end in order" $? 0
ok "of which no socket is left" test ! -e "$COMMD_SOCKET"

# A cluster that can be stopped in the middle of something, and a commd that uses it.
start_commd
cluster_pid=$commd_pid
cluster=$commd_kafka
ok "a topic" commctl create-topic t

start_at_cluster() # SHUTDOWN_MS
{
	commd_new
	printf '%s\n' '[timeouts]' 'request-ms = 3600000' "shutdown-ms = $1" >"$commd_dir/commd.conf"
	printf '%s\n' "bootstrap.servers=$cluster" 'message.timeout.ms=3600000' \
		>"$commd_dir/profiles/default.conf"
	start_commd_files
	ok "it sends" commctl send t <<<first
}

# A send of "v" to the topic "t" by hand, which nothing ends.
send_that_hangs()
{
	kill -STOP "$cluster_pid"
	printf '\224\0\1\244send\222\241t\221\304\1v' |
		socat -t 3600 - "UNIX-CONNECT:$COMMD_SOCKET" >"$commd_dir/answer" &
	socat_pid=$!
	await one_is_in_flight
}

one_is_in_flight()
{
	commctl --json status | jq -e '.profiles[0].in_flight == 1' >/dev/null
}

start_at_cluster 200
send_that_hangs
stop_commd TERM
is "SIGTERM is an end in order while a send hangs" $? 0
wait "$socat_pid"
kill -CONT "$cluster_pid"
like "which is answered" "$(tr -d '\0' <"$commd_dir/answer")" COMM_ESHUTDOWN
is "once, to its number" "$(xxd -p -l 3 "$commd_dir/answer")" 940101

start_at_cluster 3600000
send_that_hangs
kill -TERM "$commd_pid"
await grep -q 'stopping; 1 requests are in flight' "$commd_log"
stop_commd TERM
is "a second SIGTERM ends it at once" $? 1
wait "$socat_pid"
kill -CONT "$cluster_pid"
is "and answers nothing" "$(wc -c <"$commd_dir/answer")" 0
like "as the log says" "$(cat "$commd_log")" 'again: exiting at once; 1 requests get no answer'

# ---- reading it again ----

commd_new
printf '%s\n' 'bootstrap.servers=127.0.0.1:1' >"$commd_dir/profiles/default.conf"
start_commd_files
out=$(commctl reload)
is "nothing has changed" "$?:$out" 0:
printf '%s\n' '[limits]' 'consumers = 8' '[socket]' 'backlog = 64' >"$commd_dir/commd.conf"
printf '%s\n' 'bootstrap.servers=127.0.0.1:1' >"$commd_dir/profiles/orders.conf"
is "commctl reload tells what has changed" "$(commctl reload)" \
	$'socket.backlog\t1024 -> 64\tafter a restart\nlimits.consumers\t64 -> 8\tnow\nprofile orders\tadded\tnow'
is "and as JSON what still needs a restart" "$(commctl --json reload | jq -c .)" \
	'{"what":"socket.backlog","how":"1024 -> 64","needs_restart":true}'
echo nonsense >>"$commd_dir/commd.conf"
status=0
err=$(commctl reload 2>&1) || status=$?
is "what is wrong is a failure" "$status" 1
like "that tells file and line" "$err" \
	"$commd_dir/commd.conf:5: \"nonsense\" is not key = value; nothing was changed$"
stop_commd
is "its end is in order" $? 0
