#!/bin/bash
# commctl check: for each thing that can be wrong with a host's set-up its cause and the next step.
# What a secured Kafka refuses is in test_secured.py.
# shellcheck source=tests/lib/tap.sh
. "${COMMD_SOURCE_ROOT:?}/tests/lib/tap.sh"

plan 35

# check ARGUMENT...: sets status, and out to what is wrong but for this host's clock, which is its own.
check()
{
	status=0
	commctl check --timeout 5 "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	out=$(grep -v -e '^ok' -e '^warning	clock	' "$tmp/out")
}

# The kernel of this host may know that nothing keeps its clock right: both are said exactly.
clock_lines()
{
	printf '%s\n' "ok	clock	-	this host's clock is kept right	-" \
		"warning	clock	clock	nothing keeps this host's clock right	$timesync"
}
timesync='timedatectl, and systemctl enable --now systemd-timesyncd or chrony'

# ---- all is well ----

start_commd
check
is "a daemon that is well" "$status" 0
is "has nothing wrong" "$out" ""
ok "its clock is looked at" grep -qxFf <(clock_lines) "$tmp/out"
ok "its disk" grep -qxF "ok	disk	-	there is room in $commd_dir	-" "$tmp/out"
ok "its brokers" grep -qxF "ok	brokers	-	1 brokers answer, with 0 topics	-" "$tmp/out"
is "each is an object" "$(commctl check --json | jq -r 'select(.check == "brokers") | .state')" ok

check nothing
is "a topic that is missing" "$status" 1
is "is to be created" "$out" "problem	topic nothing	topic	topic nothing: \
UNKNOWN_TOPIC_OR_PART: Broker: Unknown topic or partition	create it: commctl create-topic NAME"

commctl create-topic it >/dev/null
check -w it
is "one that can be read and written" "$status" 0
ok "has the record" test "$(commctl receive it -o beginning -e)" = "commctl check"
ok "and is told" grep -qxF "ok	topic it	-	it can be read and written	-" "$tmp/out"
commctl call send "{\"topic\": \"it\", \"records\": [{\"value\": \"v\", \
\"timestamp_ms\": $(($(date +%s) + 1000))000}]}" >/dev/null
check it
is "a clock that is behind" "$status" 0
like "is a warning" "$out" "^warning	topic it	clock	its newest record is [0-9]+ seconds ahead \
of this host's clock	see timedatectl here and on the host that has sent it$"

check -w
is "nothing to write to" "$status" 2
is "is a mistake" "$(cat "$tmp/err")" \
	"commctl: check: -w needs the name of a topic to write to; see: commctl check --help"

check --profile none
is "a profile that is missing" "$status" 78
like "is to be added" "$out" "^problem	daemon	profile-missing	there is no profile \"none\"	\
an administrator adds one as .*profiles/none.conf$"

# ---- nobody answers ----

kill -STOP "$commd_pid"
check --timeout 1
kill -CONT "$commd_pid"
is "a daemon that hangs" "$status" 5
is "is to be started again" "$out" "problem	daemon	no-answer	commd on $COMMD_SOCKET does not \
answer	systemctl restart commd, and see journalctl -u commd"

stop_commd KILL
check
is "a daemon that is down" "$status" 3
is "is to be looked at" "$out" "problem	socket	not-running	cannot reach commd on $COMMD_SOCKET: \
nobody listens there	is it running? try: systemctl status commd"

rm "$COMMD_SOCKET"
check
is "no socket" "$status" 3
is "is to be enabled" "$out" "problem	socket	no-socket	there is no socket $COMMD_SOCKET	\
systemctl enable --now commd.socket, or say where it is with --socket or \$COMMD_SOCKET"

: >"$COMMD_SOCKET"
check
is "a file instead of it" "$status" 3
is "is told" "$out" "problem	socket	no-socket	$COMMD_SOCKET is not a socket	\
see [socket] path in commd.conf"

# ---- the brokers and their profiles ----

commd_new
printf '%s\n' bootstrap.servers=127.0.0.1:1 >"$commd_dir/profiles/default.conf"
printf '%s\n' bootstrap.servers=127.0.0.1:1 acks=most >"$commd_dir/profiles/bad.conf"
printf '#!/bin/sh\nulimit -n 256\nexec "%s" "$@"\n' "$COMMD" >"$tmp/commd"
chmod +x "$tmp/commd"
COMMD=$tmp/commd start_commd_files
# Why no broker answers is known once one was asked.
is_down()
{
	commctl check --timeout 1 >/dev/null 2>&1
	[ "$(commctl call status | jq -r '.profiles[] | select(.name == "default") | .state')" = down ]
}
await is_down
check --timeout 2
is "brokers that cannot be reached" "$status" 1
like "are told with the reason" "$out" "problem	brokers	brokers	no answer from the Kafka brokers \
of profile default: [^	]*127.0.0.1:1[^	]*: Connection refused	see whether the broker runs, and \
bootstrap.servers of the profile"
like "so is another profile that is wrong" "$out" "problem	profile bad	profile-bad	\
[^	]*/bad.conf:2: [^	]*acks[^	]*	-"
like "and too few descriptors" "$out" "problem	descriptors	descriptors	commd \(pid [0-9]+\) may \
open only 256 files and connections	LimitNOFILE=65536 in commd.service, or ulimit -n"
check --profile bad
is "the same of the profile that is used" "$status" 78
like "with file and line" "$out" "^problem	daemon	profile-bad	[^	]*/bad.conf:2: [^	]*acks"

# ---- permission and room ----

chmod 0600 "$COMMD_SOCKET"
# A stranger: as somebody else if this is root.
as_stranger()
{
	if [ "$(id -u)" -eq 0 ]; then
		chmod 755 "$tmp" "$commd_dir"
		cp "$COMMCTL" "$tmp/commctl"
		ASAN_OPTIONS=detect_leaks=0 setpriv --reuid 65534 --regid 65534 --clear-groups \
			"$tmp/commctl" --socket "$COMMD_SOCKET" "$@"
	else
		chmod 0 "$COMMD_SOCKET"
		commctl "$@"
	fi
}
status=0
out=$(as_stranger check 2>&1 | grep -v -e '^ok' -e '^warning	clock	') || true
like "no permission" "$out" "^problem	daemon	denied	permission denied on $COMMD_SOCKET: only its \
owner may connect \(mode 0?[06]*0, group [^ ]+\)	ask who runs commd, or see mode and \
group in commd.socket or commd.conf$"
as_stranger check >/dev/null 2>&1 || status=$?
is "has its exit code" "$status" 4

# A disk of its own, which is full but for the socket.
full=$tmp/full
mkdir "$full"
cat >"$tmp/in_full" <<-'END'
	mount -t tmpfs -o size=64k none "$1" || exit 77
	head -c 200k /dev/zero >"$1/file" 2>/dev/null
	"$COMMCTL" check --socket "$1/sock"
END
status=0
out=$(unshare --mount --map-root-user bash "$tmp/in_full" "$full" 2>/dev/null) || status=$?
if [ -z "$out" ]; then
	ok "kernel: no mounts of one's own # SKIP" true
	ok "kernel: no mounts of one's own # SKIP" true
else
	is "a disk that is full" "$status" 1
	ok "is told" grep -qxF "problem	disk	disk-full	the disk of $full is full: 0 bytes are \
left	make room: df -h $full; du -xh $full | sort -h | tail" <<<"$out"
fi
