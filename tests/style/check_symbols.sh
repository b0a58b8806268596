#!/bin/sh
# What the libraries export is what the header declares and the version script lists, and no more.
# usage: check_symbols.sh SOURCE_ROOT SHARED_LIBRARY STATIC_LIBRARY
set -eu
dir=$(mktemp -d "${TMPDIR:-/tmp}/symbols.XXXXXX")
trap 'rm -rf "$dir"' EXIT

# Comments are taken out, for they name functions too; what is left of "(*name" are types.
sed -E ':a; s|/\*([^*]\|\*+[^*/])*\*+/||g; /\/\*/{N; ba}' "$1/client/commclient.h" |
	grep -v '^typedef' | grep -oE '\bcomm_[a-z_]+\(' | tr -d '(' | sort -u >"$dir/header"
sed -n 's/^[[:space:]]*\(comm_[a-z_]*\);$/\1/p' "$1/client/libcommclient.sym" >"$dir/script"
nm -D --defined-only "$2" | awk '$2 == "T" { print $3 }' | sed -n 's/@@LIBCOMMCLIENT_0$//p' |
	sort -u >"$dir/exported"
nm -D --defined-only "$2" | awk '$2 != "A" { print $3 }' | sort -u |
	sed 's/@@LIBCOMMCLIENT_0$//' >"$dir/all"
nm --extern-only --defined-only "$3" | awk 'NF == 3 { print $3 }' | sort -u >"$dir/static"

status=0
for other in script exported all static; do
	diff -u --label "commclient.h" --label "$other" "$dir/header" "$dir/$other" || status=1
done
exit $status
