#!/bin/sh
# The stripped library is a few dozen KiB, needs libc alone, and no threads.
# usage: check_library_size.sh SHARED_LIBRARY
set -eu
limit=65536
dir=$(mktemp -d "${TMPDIR:-/tmp}/size.XXXXXX")
trap 'rm -rf "$dir"' EXIT

strip -o "$dir/lib" "$1"
size=$(stat -c %s "$dir/lib")
echo "$size bytes"
[ "$size" -le $limit ] || {
	echo "that is more than $limit" >&2
	exit 1
}
others=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
	grep -vE '^(libc\.so|libc\.musl|ld-linux)' || true)
[ -z "$others" ] || {
	echo "it needs $others" >&2
	exit 1
}
if nm -D --undefined-only "$1" | grep -E ' (pthread_create|thrd_create|clone3?|exit|abort|signal|sigaction|printf|puts|syslog)(@|$)'; then
	echo "a library does not do that" >&2
	exit 1
fi
