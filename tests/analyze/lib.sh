# Sourced by the checks of sources: how they are run over many, and how findings are judged.
# shellcheck shell=bash

analyze=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
root=$(realpath "$analyze/../..")
check=${0##*/}
export LC_ALL=C

# each FUNCTION BUILD_ROOT [SOURCE...]: call FUNCTION with every line of units, as many at once as there
# are processors, in the root of the sources, where what it says about them begins.
each()
{
	export -f "${1?}"
	"$analyze/units" "${@:2}" >"$tmp/units"
	(cd "$root" && xargs -r -d '\n' -n 1 -P "$(nproc)" bash -c "$1 \"\$1\"" -) <"$tmp/units"
}

# judge FILE SOURCE...: print those of the findings in FILE that are none of the known ones, and figures.
# Fails if there are any. With SOURCEs other known ones may be missing.
judge()
{
	local known=$analyze/$check.known status=0
	"$analyze/judge" ${2:+--part} "$known" <"$1" || status=$?
	printf '%d files, %d findings known to be none\n' "$(wc -l <"$tmp/units")" \
		"$(grep -cE '^[^#]' "$known")"
	return $status
}

command -v "$check" >/dev/null || {
	echo "$check is not installed"
	exit 77
}
[ $# -ge 1 ] && [ -f "$1/compile_commands.json" ] || {
	echo "usage: $check BUILD_ROOT [SOURCE...]" >&2
	exit 2
}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/commd-analyze.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
