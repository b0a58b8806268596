#!/bin/bash
# The Debian packages under a systemd of their own, in a container: see tests/systemd/inside.
set -u
cd "${COMMD_SOURCE_ROOT:?}" || exit 1
command -v dpkg-buildpackage >/dev/null || {
	echo "1..0 # SKIP dpkg-buildpackage is not installed"
	exit 0
}
mapfile -t packages < <(tests/package | grep -v -- -dbgsym_)
[ ${#packages[@]} -eq 3 ] || {
	echo "Bail out! there are no packages"
	exit 1
}
out=$(tests/systemd/boot tests/systemd/inside tests/systemd/steady.c tests/lib/tap.sh \
	daemon/log_events.h "${packages[@]}")
status=$?
if [ $status -eq 77 ]; then
	echo "1..0 # SKIP $out"
	exit 0
fi
printf '%s\n' "$out"
exit $status
