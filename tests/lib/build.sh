# Sourced by tests/try and tests/check: build trees below build/, silent unless something fails.
# shellcheck shell=bash

# quietly COMMAND...: show its output only if it fails.
quietly()
{
	local log
	log=$(mktemp)
	if ! "$@" >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		echo "failed: $*" >&2
		return 1
	fi
	rm -f "$log"
}

# configure DIR OPTION...: once, and again only when the options are others than last time.
configure()
{
	local dir=$1
	shift
	if [ ! -f "$dir/build.ninja" ]; then
		rm -rf "$dir"
		quietly meson setup "$dir" "$@" || return
	elif [ "$(cat "$dir/options" 2>/dev/null)" != "$*" ]; then
		quietly meson configure "$dir" "$@" || return
	fi
	echo "$*" >"$dir/options"
}
