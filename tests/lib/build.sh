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

# configure DIR OPTION...: have a build tree with these options. Those of earlier calls stay, and
# nothing is done when all are set already.
configure()
{
	local dir=$1 option missing=()
	shift
	if [ ! -f "$dir/build.ninja" ]; then
		rm -rf "$dir"
		quietly meson setup "$dir" "$@" || return
		printf '%s\n' "$@" >"$dir/options"
		return
	fi
	for option; do
		grep -qxFe "$option" "$dir/options" 2>/dev/null || missing+=("$option")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	quietly meson configure "$dir" "${missing[@]}" || return
	printf '%s\n' "${missing[@]}" >>"$dir/options"
}
