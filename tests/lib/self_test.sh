#!/bin/bash
# The tools of the tests: do they notice what they are there to notice?
lib=$(dirname "$(realpath "$0")")
# shellcheck source-path=SCRIPTDIR
. "$lib/tap.sh"
plan 24

# ---- totals ----

log() # NAME RESULT [STDOUT]: one line of a meson test log
{
	printf '{"name": "%s", "result": "%s", "stdout": "%s"}\n' "$1" "$2" "${3:-}"
}

totals() # CI LOG...: the last line, and the exit status
{
	local status=0
	CI=$1 "$lib/totals" "${@:2}" >"$tmp/totals.out" 2>/dev/null || status=$?
	echo "$(tail -n 1 "$tmp/totals.out"); $status"
}

log a OK >"$tmp/good"
log b EXPECTEDFAIL >>"$tmp/good"
log c SKIP '1..0 # SKIP no such thing\n' >"$tmp/skip"
log d SKIP '1..0 # SKIP kernel: no namespaces\n' >"$tmp/kernel"
for result in FAIL ERROR TIMEOUT INTERRUPT UNEXPECTEDPASS; do
	log e "$result"
done >"$tmp/bad"
: >"$tmp/empty"

is "passes are counted" "$(totals '' "$tmp/good")" "2 passed, 0 failed; 0"
is "whatever is no pass is a failure" "$(totals '' "$tmp/bad")" "0 passed, 5 failed; 1"
is "logs are added up" "$(totals '' "$tmp/good" "$tmp/bad" "$tmp/skip")" \
	"2 passed, 5 failed, 1 skipped; 1"
is "a skip is a failure in CI" "$(totals true "$tmp/skip")" "0 passed, 1 failed; 1"
is "and only there" "$(totals '' "$tmp/skip")" "0 passed, 0 failed, 1 skipped; 0"
is "unless the kernel is the reason" "$(totals true "$tmp/kernel")" \
	"0 passed, 0 failed, 1 skipped; 0"
is "an empty log is a failure" "$(totals '' "$tmp/good" "$tmp/empty")" "2 passed, 1 failed; 1"
is "a missing log is a failure" "$(totals '' "$tmp/good" "$tmp/none")" "2 passed, 1 failed; 1"
log f FAIL 'ok 1 - a\nnot ok 2 - b\n' >"$tmp/told"
totals '' "$tmp/told" >/dev/null
is "what failed is told again" "$(paste -sd ';' "$tmp/totals.out")" \
	"  not ok 2 - b;failed: f (FAIL);0 passed, 1 failed"

# ---- judge, of what analyzers find ----

judge() # OPTION...: with the known findings on standard input, about two that are found
{
	local status=0
	cat >"$tmp/known"
	printf '%s\n' 'a.c:3: leak: leak of a[0]' 'a.c:7: leak: leak of a[0]' 'b.c:5:1: null: is NULL: b' |
		"$lib/../analyze/judge" "$@" "$tmp/known" >"$tmp/judge.out" || status=$?
	echo "$(sed "s,$tmp/,," "$tmp/judge.out" | paste -sd ';'); $status"
}

printf '%s\n' '# freed' 'a.c: leak: leak of a[0]' 'b.c: null: is *' >"$tmp/all"
is "what is known is none" "$(judge <"$tmp/all")" "; 0"
is "what is not known is told" "$(head -n 2 "$tmp/all" | judge)" "b.c:5:1: null: is NULL: b; 1"
is "each check and each file for itself" "$(sed 's/b.c/a.c/' "$tmp/all" | judge)" \
	"b.c:5:1: null: is NULL: b;known:3: not found any more: a.c: null: is *; 1"
is "what is not found any more is told" "$({ cat "$tmp/all"; echo 'c.c: x: y'; } | judge)" \
	"known:4: not found any more: c.c: x: y; 1"
is "unless only a part was looked at" \
	"$({ cat "$tmp/all"; echo 'c.c: x: y'; } | judge --part)" "; 0"
is "what nobody gives a reason for is told" "$(sed 1d "$tmp/all" | judge | cut -c 1-45)" \
	"known:1: nobody says why this is no finding: "

# ---- tap.sh ----

# A daemon as tap.sh sees one; it ends with the status of FAKE_STATUS.
cat >"$tmp/fake_commd" <<'EOF'
#!/bin/bash
trap 'exit ${FAKE_STATUS:-0}' TERM
echo "a message of the daemon, which serves nobody" >&2
printf '%s\n' 'socket nowhere' 'kafka 127.0.0.1:9' 'ready'
while :; do sleep 0.05; done
EOF
chmod +x "$tmp/fake_commd"

script() # STATUS_OF_THE_DAEMON: run the test on stdin
{
	mkdir -p "$tmp/scripts"
	{
		echo ". '$lib/tap.sh'"
		cat
	} >"$tmp/script"
	script_status=0
	COMMD=$tmp/fake_commd FAKE_STATUS=$1 TMPDIR=$tmp/scripts bash "$tmp/script" \
		>"$tmp/script.out" 2>"$tmp/script.err" || script_status=$?
}

script 0 <<'EOF'
plan 3
start_commd
ok "a command" true
is "two texts" "$commd_kafka" 127.0.0.1:9
like "a text" "one two" 't.o$'
EOF
is "a good test succeeds" "$script_status" 0
is "and says so" "$(cat "$tmp/script.out")" \
	"$(printf '%s\n' 1..3 'ok 1 - a command' 'ok 2 - two texts' 'ok 3 - a text')"
is "and leaves nothing behind" "$(ls "$tmp/scripts")" ""

script 0 <<'EOF'
plan 3
start_commd
ok "a command" false
is "two texts" a b
like "a text" "one two" 'x'
EOF
is "bad checks are noticed" "$(grep -c '^not ok' "$tmp/script.out")" 3
like "and the daemon's messages shown" "$(cat "$tmp/script.err")" "a message of the daemon"

script 3 <<'EOF'
plan 1
start_commd
ok "a command" true
EOF
is "a daemon that ends badly fails the test" "$script_status" 1

script 3 <<'EOF'
plan 1
start_commd
stop_commd
is "the status of one that the test ends is the test's" $? 3
EOF
is "unless the test has ended it" "$script_status" 0

script 0 <<'EOF'
plan 2
ok "a command" true
EOF
is "a check that is missing fails the test" "$script_status" 1
is "no daemon is left" "$(pgrep -f "$tmp/fake_commd")" ""
