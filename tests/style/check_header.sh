#!/bin/sh
# The public header serves every C and C++ program, whatever its compiler warns of.
# usage: check_header.sh SOURCE_ROOT BUILT_HEADERS
set -eu
dir=$(mktemp -d "${TMPDIR:-/tmp}/header.XXXXXX")
trap 'rm -rf "$dir"' EXIT

# As it is when installed: nothing else of the project can be found.
cp "$1/client/commclient.h" "$2/commclient_errors.h" "$dir"
cat >"$dir/use.c" <<'END'
#include "commclient.h"

int main(void)
{
	struct comm_record record = COMM_RECORD_INIT;

	return record.partition == -1 && COMM_EBROKER > 0 ? 0 : 1;
}
END
cp "$dir/use.c" "$dir/use.cc"

warnings='-Wall -Wextra -Werror -pedantic'
# shellcheck disable=SC2086  # lists of words
for cc in gcc clang; do
	command -v $cc >/dev/null || continue
	# long long came with C99; stdint.h has it all the same.
	$cc -std=c89 $warnings -Wno-long-long -Wstrict-prototypes -fsyntax-only "$dir/use.c"
	$cc -std=c11 $warnings -Wstrict-prototypes -fsyntax-only "$dir/use.c"
done
# shellcheck disable=SC2086
for cxx in g++ clang++; do
	command -v $cxx >/dev/null || continue
	for std in c++98 c++11 c++20; do
		$cxx -std=$std $warnings -Wno-long-long -fsyntax-only "$dir/use.cc"
	done
done
