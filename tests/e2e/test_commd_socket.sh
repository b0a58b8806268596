#!/bin/bash
# commd's socket: whose it is, who may use it, and what becomes of what is there already.
# shellcheck source=tests/lib/tap.sh
. "${COMMD_SOURCE_ROOT:?}/tests/lib/tap.sh"

plan 52

# run ARGUMENT...: sets status and err. A commd that begins to serve is ended, with status 124.
run()
{
	status=0
	timeout "$daemon_limit_s" "$COMMD" --config "$commd_dir/commd.conf" "$@" \
		>/dev/null 2>"$tmp/err" </dev/null || status=$?
	err=$(cat "$tmp/err")
}

answers()
{
	commctl ping -c 1 >/dev/null 2>&1
}

pid_that_serves()
{
	commctl --json status | jq .pid
}

# ---- what is there already ----

commd_new
start_commd_files
run --socket "$COMMD_SOCKET"
is "a socket that is in use is refused" "$status" 1
is "in a sentence" "$err" "commd: error: $COMMD_SOCKET: another commd listens there already"
is "and the first goes on" "$(pid_that_serves)" "$commd_pid"

stop_commd KILL
is "one that is killed" $? 137
ok "leaves its socket behind" test -S "$COMMD_SOCKET"
start_commd_files
is "which the next one replaces" "$(pid_that_serves)" "$commd_pid"
like "and says so" "$(cat "$commd_log")" "$COMMD_SOCKET was left behind by a daemon that is gone"
stop_commd
is "which ends in order" $? 0
ok "and removes it" test ! -e "$COMMD_SOCKET"

# One of which it cannot be said whether it is in use. Root may connect to any, unless it gives that up.
without_privileges=()
if [ "$(id -u)" -eq 0 ]; then
	without_privileges=(setpriv --bounding-set=-dac_override,-dac_read_search)
fi
run_without_privileges()
{
	status=0
	timeout "$daemon_limit_s" "${without_privileges[@]}" "$COMMD" --config "$commd_dir/commd.conf" "$@" \
		>/dev/null 2>"$tmp/err" </dev/null || status=$?
	err=$(cat "$tmp/err")
}
commd_new
start_commd_files
chmod 000 "$COMMD_SOCKET"
run_without_privileges --socket "$COMMD_SOCKET"
is "a socket that may not be connected to is refused" "$status" 1
is "in a sentence" "$err" "commd: error: $COMMD_SOCKET is a socket that may be in use, for connecting to it \
says: Permission denied; remove it or choose another path"
chmod 600 "$COMMD_SOCKET"
is "and left to who serves it" "$(pid_that_serves)" "$commd_pid"
stop_commd KILL
chmod 500 "$commd_dir"
run_without_privileges --socket "$COMMD_SOCKET"
is "one that is left behind and cannot be removed is told" "$status $err" "1 commd: error: $COMMD_SOCKET was left \
behind by a daemon that is gone, and cannot be removed: Permission denied; remove it or choose another path"
chmod 700 "$commd_dir"

# Another program's, which takes datagrams.
commd_new
status=0
timeout "$daemon_limit_s" python3 -c 'import socket, subprocess, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
sys.exit(subprocess.run(sys.argv[2:]).returncode)' "$COMMD_SOCKET" "$COMMD" --config "$commd_dir/commd.conf" 	--socket "$COMMD_SOCKET" 2>"$tmp/err" </dev/null || status=$?
is "a socket for datagrams is refused" "$status $(cat "$tmp/err")" "1 commd: error: $COMMD_SOCKET is a socket that may be in use, for connecting to it says: Protocol wrong type for socket; remove it or choose another path"
ok "and left alone" test -S "$COMMD_SOCKET"

commd_new
echo precious >"$commd_dir/file"
mkdir "$commd_dir/directory"
ln -s file "$commd_dir/link"
ln -s nothing "$commd_dir/dangling"
for name in file directory link dangling; do
	run --socket "$commd_dir/$name"
	is "no socket but a $name: refused" "$status" 1
	like "no socket but a $name: in a sentence" "$err" \
		"$commd_dir/$name exists and is not a socket; remove it or choose another path"
done
is "and nothing is harmed" "$(cd "$commd_dir" && cat file link && readlink link dangling)" \
	$'precious\nprecious\nfile\nnothing'

run --socket "$commd_dir/none/sock"
is "a directory that is not there" "$status" 1
like "is told" "$err" "cannot listen on $commd_dir/none/sock: .*its directory does not exist"
run --socket "$commd_dir/$(printf '%0120d' 0)"
is "a path that is too long for a socket" "$status" 78
like "is told" "$err" "is longer than 107 characters"
for name in "" @; do
	run --socket "$name"
	is "a name without a character, \"$name\"" "$status $err" \
		"78 commd: --socket: \"$name\" is no name; give a path, or @NAME for an abstract one"
done

# A socket that has been taken away from it is not its own any more.
commd_new
start_commd_files
first_pid=$commd_pid
rm "$COMMD_SOCKET"
path=$COMMD_SOCKET
commd_new
COMMD_SOCKET=$path
start_commd_files
end_process "$first_pid" TERM
is "who has lost its socket ends in order" $? 0
is "and leaves the new one alone" "$(pid_that_serves)" "$commd_pid"
unset 'daemons[commd_number - 1]'

# ---- without files ----

start_dev() # XDG_RUNTIME_DIR
{
	commd_new
	mkdir "$commd_dir/here"
	(cd "$commd_dir/here" && XDG_RUNTIME_DIR=$1 exec "$COMMD" --dev >"$commd_dir/out" \
		2>"$commd_log" </dev/null) &
	commd_pid=$!
	daemons[commd_number]=$commd_pid
	await grep -q ^ready "$commd_dir/out"
	COMMD_SOCKET=$(sed -n 's/^socket //p' "$commd_dir/out")
}

mkdir "$tmp/runtime"
start_dev "$tmp/runtime"
is "one for development is where a user's sockets are" "$COMMD_SOCKET" "$tmp/runtime/commd.sock"
is "and served there" "$(pid_that_serves)" "$commd_pid"
stop_commd
start_dev ""
is "or where one is" "$COMMD_SOCKET" ./commd.sock
is "and served there, too" "$(cd "$commd_dir/here" && pid_that_serves)" "$commd_pid"
stop_commd

# ---- who may use it ----

# A group to give the socket to: root may choose any, others one of their own.
if [ "$(id -u)" -eq 0 ]; then
	group=$(getent group | cut -d: -f1 | grep -vxm1 "$(id -gn)")
else
	group=$(id -Gn | tr ' ' '\n' | tail -n 1)
fi

commd_new
printf '%s\n' '[socket]' 'path = beside' 'mode = 0624' "group = $group" >"$commd_dir/commd.conf"
COMMD_SOCKET=$commd_dir/beside
umask 077
commd_run /dev/null --config "$commd_dir/commd.conf"
await commd_listens
is "mode and group are as configured" "$(stat -c %a:%G "$COMMD_SOCKET")" "624:$group"
umask 022

commd_new
printf '%s\n' '[socket]' 'group = no-such-group' >"$commd_dir/commd.conf"
run --socket "$COMMD_SOCKET"
is "an unknown group is an error" "$status" 1
like "in a sentence" "$err" 'there is no group "no-such-group"'
ok "that leaves no socket behind" test ! -e "$COMMD_SOCKET"

# ---- no file at all ----

commd_new
COMMD_SOCKET=@$commd_dir/abstract
printf '%s\n' '[socket]' "path = $COMMD_SOCKET" >"$commd_dir/commd.conf"
commd_run /dev/null --config "$commd_dir/commd.conf"
await answers
is "an abstract name" "$(pid_that_serves)" "$commd_pid"
stop_commd
: >"$commd_dir/commd.conf"
commd_run /dev/null --config "$commd_dir/commd.conf" --socket "$COMMD_SOCKET"
await answers
is "also as an argument" "$(pid_that_serves)" "$commd_pid"
run --socket "$COMMD_SOCKET"
is "that is in use is refused" "$status" 1
like "in a sentence" "$err" 'Address already in use'

# ---- one that is passed ----

# Become commd, with sockets and files passed as systemd does it: s=PATH a socket, f=PATH a file.
cat >"$tmp/activate" <<'END'
import os, socket, sys

end = sys.argv.index("--")
passed = []
for arg in sys.argv[1:end]:
    if arg[0] == "f":
        passed.append(os.open(arg[2:], os.O_RDONLY))
        continue
    s = socket.socket(socket.AF_UNIX)
    s.bind(arg[2:])
    s.listen(16)
    passed.append(os.dup(s.detach()))
for i, fd in enumerate(passed):
    os.dup2(fd, 100 + i)
for i in range(len(passed)):
    os.dup2(100 + i, 3 + i)
os.environ.update(LISTEN_FDS=str(len(passed)), LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[end + 1], sys.argv[end + 1:])
END

activate() # WHAT...: sets status and err
{
	status=0
	timeout "$daemon_limit_s" python3 "$tmp/activate" "$@" -- "$COMMD" \
		--config "$commd_dir/commd.conf" 2>"$tmp/err" </dev/null || status=$?
	err=$(cat "$tmp/err")
}

commd_new
printf '%s\n' '[socket]' 'path = elsewhere' >"$commd_dir/commd.conf"
python3 "$tmp/activate" "s=$COMMD_SOCKET" -- "$COMMD" --config "$commd_dir/commd.conf" \
	2>"$commd_log" </dev/null &
commd_pid=$!
daemons[commd_number]=$commd_pid
await answers
await commd_has_said_so
is "a socket that is passed is served" "$(pid_that_serves)" "$commd_pid"
like "and named in the log" "$(cat "$commd_log")" "serves $COMMD_SOCKET$"
ok "instead of the configured one" test ! -e "$commd_dir/elsewhere"
printf '%s\n' '[socket]' 'path = nowhere' 'mode = 0600' 'backlog = 64' >"$commd_dir/commd.conf"
is "of what is said about it only the backlog is used" "$(commctl reload)" \
	$'socket.backlog\t1024 -> 64\tafter a restart'
stop_commd
is "its end is in order" $? 0
ok "and leaves the socket to whoever has made it" test -S "$COMMD_SOCKET"

commd_new
activate "s=$commd_dir/1" "s=$commd_dir/2"
is "two sockets are refused" "$status $err" \
	"78 commd: error: 2 sockets were passed; one is expected"
activate "f=/dev/null"
is "and what is no socket" "$status $err" \
	"78 commd: error: the descriptor that was passed is not a listening Unix stream socket"
