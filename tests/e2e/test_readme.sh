#!/bin/bash
# README.md: its commands run, its program compiles and runs, its request is answered as it says,
# and its description of the tree is of this tree.
# shellcheck source=tests/lib/tap.sh
. "${COMMD_SOURCE_ROOT:?}/tests/lib/tap.sh"
# shellcheck source=tests/lib/readme.sh
. "$COMMD_SOURCE_ROOT/tests/lib/readme.sh"

plan 13

# Where the reader has installed everything, the test has its build tree.
mkdir "$tmp/bin" "$tmp/work"
ln -s "$COMMCTL" "$tmp/bin/commctl"
printf '#!/bin/sh\nexec %s %s "$@"\n' "$(command -v cc)" "$README_CC_ARGS" >"$tmp/bin/cc"
chmod +x "$tmp/bin/cc"
export PATH=$tmp/bin:$PATH
# A reader's paths have no spaces, which would take apart what pkg-config says; a build tree's may have some.
ln -s "$BUILD_ROOT" "$tmp/build"
ln -s "$COMMD_SOURCE_ROOT" "$tmp/source"
sed "s|^prefix=.*|prefix=$tmp/build|; s|^srcdir=.*|srcdir=$tmp/source|" \
	"$README_PKG_CONFIG_PATH/commclient-uninstalled.pc" >"$tmp/commclient.pc"
export PKG_CONFIG_PATH=$tmp LD_LIBRARY_PATH=$README_LIBRARY_PATH

# runs LANGUAGE_BLOCK_NUMBER: runs a sh block in the reader's directory. Sets out.
runs()
{
	out=$(cd "$tmp/work" && block sh "$1" | sh -eu 2>&1)
}

is "there is one program" "$(grep -c '^```c$' "$readme")" 1
is "there are four blocks of commands" "$(grep -c '^```sh$' "$readme")" 4

start_commd

ok "the commands run" runs 1
runs 1
like "and print what was sent" "$out" $'(^|\n)first\nsecond\n0\t'

block c 1 >"$tmp/work/hello.c"
runs 2
is "the program compiles and runs" "$?" 0
is "and prints what it should" "$out" $'created\tgreetings\nhello'

runs 3
is "lines of JSON are answered" "$(head -n 2 <<<"$out")" "$(sed -n 's/^    \({"result.*\)/\1/p' "$readme")"
ok "what they have sent is received" jq -e '.result.topics[0] | .topic == "notes" and
	(.records | length) == 1 and .records[0].value == "hi"' <(sed -n 4p <<<"$out")
ok "and they are explained" jq -e '.result.methods[0].name == "send"' <(sed -n 5p <<<"$out")

runs 4
wanted=$(sed -n 's/^    \(9401[0-9a-f]*\)$/\1/p' "$readme")
like "the request is answered" "$out" '^[0-9a-f]+$'
is "as the README says, but for the time" "${out:0:12} ${#out}" "${wanted:0:12} ${#wanted}"

# listed: names in the table of the tree, the top level of which is complete.
listed=$(sed -nE 's/^\| `([^`]+)` \|.*/\1/p' "$readme")
missing=$(cd "$COMMD_SOURCE_ROOT" && for name in $listed; do [ -e "$name" ] || echo "$name"; done)
is "what it lists is there" "$missing" ""
unlisted=$(cd "$COMMD_SOURCE_ROOT" && for name in */ tests/*/; do
	case $name in build*/) continue ;; esac
	grep -qxF "$name" <<<"$listed" || echo "$name"
done)
is "and what is there is listed" "$unlisted" ""
