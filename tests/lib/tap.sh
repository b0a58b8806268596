# Sourced by shell tests: TAP on stdout, a private directory, daemons that end with the test.
#
# COMMD and COMMCTL, the programs to test, come from meson. The test's directory is $tmp; the
# daemon's messages are shown only when something fails.
# shellcheck shell=bash
# shellcheck disable=SC2034  # commd_kafka and others are for the tests

set -u
tmp=$(mktemp -d "${TMPDIR:-/tmp}/commd-test.XXXXXX")
n_planned=-1
n_run=0
n_not_ok=0
n_daemons=0
daemons=() # processes of those that are to end well with the test, by number
daemon_limit_s=30 # more than commd allows itself at its end

diag()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

# plan N: the test makes N checks; any other number is a failure.
plan()
{
	n_planned=$1
	echo "1..$1"
}

# skip_all REASON: nothing of this can run here. A reason that begins with "kernel:" is the only
# kind that CI lets pass.
skip_all()
{
	n_planned=0
	echo "1..0 # SKIP $*"
	exit 0
}

result() # STATUS DESCRIPTION
{
	n_run=$((n_run + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n_run - $2"
	else
		n_not_ok=$((n_not_ok + 1))
		echo "not ok $n_run - $2"
	fi
	return "$1"
}

# ok DESCRIPTION COMMAND...: the command succeeds. Its output is shown if it does not.
ok()
{
	local description=$1 status=0
	shift
	"$@" >"$tmp/ok.out" 2>&1 || status=$?
	result "$((status != 0))" "$description" && return
	diag "exit status $status of: $*"
	diag "$(cat "$tmp/ok.out")"
	return 1
}

# is DESCRIPTION GOT WANTED: two texts are the same.
is()
{
	local status=0
	[ "$2" = "$3" ] || status=1
	result $status "$1" && return
	diag "got:    $2"
	diag "wanted: $3"
	return 1
}

# like DESCRIPTION GOT REGEX: an extended regular expression matches somewhere in the text.
like()
{
	local status=0
	[[ $2 =~ $3 ]] || status=1
	result $status "$1" && return
	diag "got:        $2"
	diag "wanted like $3"
	return 1
}

commctl()
{
	"$COMMCTL" --socket "$COMMD_SOCKET" "$@"
}

bail()
{
	echo "Bail out! $*"
	exit 1
}

# start_commd [ARGUMENT...]: a daemon with its embedded cluster. Sets commd_pid, commd_log,
# commd_kafka (HOST:PORT of the cluster) and COMMD_SOCKET.
start_commd()
{
	local line fd
	commd_new
	mkfifo "$commd_dir/stdout"
	commd_run "$commd_dir/stdout" --dev --socket "$COMMD_SOCKET" "$@"
	# Open for reading as long as the test runs, so that the daemon can always write.
	exec {fd}<"$commd_dir/stdout"
	while IFS= read -r -t "$daemon_limit_s" -u "$fd" line; do
		case $line in
		'kafka '*) commd_kafka=${line#kafka } ;;
		ready*)
			await commd_has_said_so
			return
			;;
		esac
	done
	bail "commd --dev did not become ready"
}

# start_commd_kafka [ARGUMENT...]: a daemon whose profile is the Kafka of COMMD_TEST_KAFKA.
# Lines in $commd_profile are added to the profile.
start_commd_kafka()
{
	[ -n "${COMMD_TEST_KAFKA:-}" ] ||
		bail "COMMD_TEST_KAFKA is not set: run this under tests/kafka/with-kafka"
	commd_new
	commd_kafka=$COMMD_TEST_KAFKA
	printf '%s\n' "bootstrap.servers=$COMMD_TEST_KAFKA" "${commd_profile:-}" \
		>"$commd_dir/profiles/default.conf"
	start_commd_files "$@"
}

# start_commd_files [ARGUMENT...]: a daemon with the commd.conf and profiles/ that the test has put
# into $commd_dir after commd_new.
start_commd_files()
{
	commd_run /dev/null --config "$commd_dir/commd.conf" --socket "$COMMD_SOCKET" "$@"
	await commd_listens
	await commd_has_said_so
}

# The log comes when it comes, but in its order.
commd_has_said_so()
{
	grep -q ' serves ' "$commd_log"
}

commd_listens()
{
	kill -0 "$commd_pid" 2>/dev/null || bail "commd ended at its start"
	socat -u OPEN:/dev/null "UNIX-CONNECT:$COMMD_SOCKET" 2>/dev/null
}

# await COMMAND...: ask every few milliseconds until it succeeds; for what tells nobody.
await()
{
	local deadline=$((SECONDS + daemon_limit_s))
	until "$@"; do
		[ $SECONDS -lt $deadline ] || bail "this does not come true: $*"
		sleep 0.02
	done
}

# stop_commd [SIGNAL]: end the daemon that was started last, by SIGTERM if no other is named.
# Returns its exit status, which is then the caller's to judge.
stop_commd()
{
	unset "daemons[$commd_number]"
	end_process "$commd_pid" "${1:-TERM}"
}

end_process() # PID SIGNAL; returns its exit status, that of SIGKILL if it does not end in time
{
	local deadline=$((SECONDS + daemon_limit_s))
	kill -s "$2" "$1" 2>/dev/null
	while kill -0 "$1" 2>/dev/null; do
		[ $SECONDS -lt $deadline ] || kill -s KILL "$1" 2>/dev/null
		sleep 0.02
	done
	wait "$1" 2>/dev/null
}

# commd_new: a directory for the next daemon, with an empty configuration. Sets commd_dir, commd_log
# and COMMD_SOCKET.
commd_new()
{
	commd_number=$n_daemons
	n_daemons=$((n_daemons + 1))
	commd_dir=$tmp/commd.$commd_number
	commd_log=$commd_dir/log
	commd_kafka=
	mkdir "$commd_dir" "$commd_dir/profiles"
	: >"$commd_dir/commd.conf"
	export COMMD_SOCKET=$commd_dir/sock
}

commd_run() # FILE_FOR_STDOUT ARGUMENT...
{
	local out=$1
	shift
	"$COMMD" "$@" >"$out" 2>"$commd_log" </dev/null &
	commd_pid=$!
	daemons[commd_number]=$commd_pid
}

# shellcheck disable=SC2317  # reached by the trap
tap_finish()
{
	local status=$? pid rc
	trap '' INT TERM HUP
	for pid in "${daemons[@]}"; do
		rc=0
		end_process "$pid" TERM || rc=$?
		if [ "$rc" -ne 0 ]; then
			diag "commd ended with status $rc"
			status=1
		fi
	done
	if [ "$n_run" -ne "$n_planned" ]; then
		diag "$n_run checks were made, $n_planned planned"
		status=1
	fi
	if [ "$status" -ne 0 ] || [ "$n_not_ok" -ne 0 ]; then
		tail -n 100 "$tmp"/commd.*/log >&2 2>/dev/null
		status=1
	fi
	rm -rf "$tmp"
	exit "$status"
}
trap tap_finish EXIT
trap 'exit 1' INT TERM HUP

# in_background ARG...: commctl in a session of its own, in which Ctrl-C is not ignored, as it is in background
# processes of a shell. Sets pid, which is its process group too.
in_background()
{
	python3 -c 'import os, signal, sys
os.setsid()
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$COMMCTL" --socket "$COMMD_SOCKET" "$@" <&0 &
	pid=$!
}
