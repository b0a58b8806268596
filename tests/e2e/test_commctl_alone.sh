#!/bin/bash
# commctl without a daemon: its command line, its help, and what it says when nobody answers.
. "${COMMD_SOURCE_ROOT:?}/tests/lib/tap.sh"

verbs="send receive tail topics describe offsets create-topic add-partitions alter-topic delete-topic
groups lag reset delete-group status ping reload call methods"
line="[^"$'\n'"]*"
plan 147

export COMMD_SOCKET=$tmp/none/sock

# run ARGUMENT...: sets status, out and err.
run()
{
	status=0
	"$COMMCTL" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	out=$(cat "$tmp/out")
	err=$(cat "$tmp/err")
}

# wrong WANTED ARGUMENT...: the command line is refused in one line that says WANTED.
wrong()
{
	local wanted=$1
	shift
	run "$@"
	is "commctl $*: exit code" "$status" 2
	like "commctl $*: says why" "$err" "^commctl: $line$wanted$line--help$"
}

run --help
is "help succeeds" "$status" 0
is "help is no error" "$err" ""
for verb in $verbs; do
	like "help names $verb" "$out" "  $verb "
done
for verb in $verbs; do
	run "$verb" --help
	like "help of $verb has three examples" "$out" \
		"Examples:"$'\n'"  $line"$'\n'"  $line"$'\n'"  $line$"
done
run send -h
like "-h is --help" "$out" "Usage: commctl send"
run --version
like "the version is told" "$out" '^commctl [0-9]+\.[0-9]+\.[0-9]+$'

wrong "a verb is missing"
wrong "no verb 'snd'; did you mean send" snd
wrong "no verb 'xyzzy' among .*send" xyzzy
wrong "no option --foo" --foo
wrong "no option --foo" ping --foo
wrong "no option -x" ping -x
wrong "--socket needs a value" ping --socket
wrong "-c needs a value" ping -c
wrong "--json takes no value" ping --json=1
wrong "-c needs a whole number" ping -c 1x
wrong "--timeout needs seconds" --timeout 0 ping
wrong "one word too many" ping pong
wrong "one word too many" status of-it
wrong "one word too many" topics a b
wrong "name of one topic" create-topic
wrong "-s needs KEY=VALUE" create-topic t -s retention
wrong "name of a topic" delete-topic
wrong "name of a topic" send
wrong "leave out -D" send t --framed -D ,
wrong "leave out --framed" send t --framed file
wrong "-K needs bytes" send t -K ''
wrong "broker or queued" send t --ack all
wrong "name of a topic" receive
wrong "-o is beginning" receive t -o somewhere
wrong "add -g GROUP" receive t -o stored
wrong "-o is beginning, end or stored" receive t -g g -o 17
wrong "leave out -g" receive t -g g -p 0
wrong "for one topic" receive t u -p 0
wrong "does not understand '%q'" receive t -f '%s %q'
wrong "only one of" receive t -J --framed
wrong "is a pattern, which needs a group" receive '^t'
wrong "is a pattern, which needs a group" tail t '^u'
wrong "-n needs a whole number" tail t -n -1
wrong "no option -g" tail t -g g
wrong "name of a topic" describe
wrong "name of one topic" offsets
wrong "-o is s@MS or @2026" offsets t -o beginning
wrong "and -p N" add-partitions t
wrong "-p needs a whole number" add-partitions t -p 0
wrong "-s KEY=VALUE or -d KEY" alter-topic t
wrong "-s needs KEY=VALUE" alter-topic t -s retention
wrong "name of one group" lag
wrong "--watch needs seconds" lag g --watch=never
wrong "name of one group" reset -o end
wrong "where to?" reset g
wrong "where to?" reset g -t a:0:1 -t b
wrong "-t is TOPIC" reset g -o end -t a:b
wrong "-o is beginning, end, N" reset g -o stored
wrong "name of a group" delete-group

run ping
is "nobody listens: exit code" "$status" 3
like "nobody listens: one line, with the socket" "$err" "^commctl: $line$tmp/none/sock$line$"
run --socket "$tmp/other" --timeout 1 topics
is "the socket can be given" "$status" 3
like "the socket given is the one" "$err" "$tmp/other"
run send t
is "send to nobody: exit code" "$status" 3

# $tmp is closed to everybody else; root needs to become somebody else to see it.
mkdir "$tmp/closed"
chmod 0 "$tmp/closed"
COMMCTL_PLAIN=$COMMCTL
as_stranger()
{
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$COMMCTL_PLAIN" "$@"
	else
		"$COMMCTL_PLAIN" "$@"
	fi
}
COMMCTL=as_stranger
run --socket "$tmp/closed/sock" ping
is "no permission: exit code" "$status" 4
like "no permission: one line, with the socket" "$err" \
	"^commctl: $line$tmp/closed/sock$line$"
