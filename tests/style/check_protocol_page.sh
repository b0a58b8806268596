#!/bin/sh
# The tables of proto/README.md are those of the schema.
# usage: check_protocol_page.sh SCHEMA_PAGE README [--refresh]
set -eu

page=$1
readme=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

{
	sed '/^<!-- schema:begin -->$/q' "$readme"
	echo
	"$page"
	echo
	sed -n '/^<!-- schema:end -->$/,$p' "$readme"
} >"$dir/README.md"

if [ "${3-}" = --refresh ]; then
	cat "$dir/README.md" >"$readme"
elif ! diff -u "$readme" "$dir/README.md"; then
	echo "proto/README.md differs from the schema; its last section says how to refresh it" >&2
	exit 1
fi
