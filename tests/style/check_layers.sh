#!/bin/sh
# Who may include whom: client and daemon know proto, proto knows nobody.
# usage: check_layers.sh SOURCE_ROOT
cd "$1" || exit 1
failed=0

# refuse SENTENCE: fails and shows the lines on standard input, if there are any
refuse()
{
	found=$(cat)
	[ -z "$found" ] || ! printf '%s:\n%s\n\n' "$1" "$found" >&2
}

# includes PATTERN PATH...: include lines of C sources and headers below PATH
includes()
{
	pattern=$1
	shift
	grep -rnE --include='*.[ch]' "^[[:space:]]*#[[:space:]]*include[[:space:]]*$pattern" "$@"
}

includes '"' proto | grep -vE 'include "proto/' |
	refuse 'proto includes nothing but proto' || failed=1
includes '"daemon/' client proto |
	refuse 'client and proto do not know the daemon' || failed=1
includes '"client/' daemon proto |
	refuse 'daemon and proto do not know the client' || failed=1
includes '"tests/' client daemon proto |
	refuse 'nothing but the tests knows the tests' || failed=1
includes '<(librdkafka/)?rdkafka' client daemon proto |
	grep -vE '^daemon/kafka_[a-z_]*\.[ch]:' |
	refuse 'only daemon/kafka_* includes librdkafka' || failed=1
includes '"daemon/kafka_' client daemon proto | grep -vE '^daemon/kafka_[a-z_]*\.[ch]:' |
	refuse 'the others see daemon/kafka.h, and nothing behind it' || failed=1
includes '<msgpack' client daemon proto tests | grep -vE '^proto/[a-z0-9_]*\.c:' |
	refuse 'only proto/*.c includes msgpack' || failed=1
includes '<uv\.h>' client proto |
	refuse 'only the daemon has a loop' || failed=1
includes '<(uv\.h|sys/socket\.h)>' daemon | grep -E '^daemon/(config|acl|quota)[a-z_]*\.[ch]:' |
	refuse 'configuration, permissions and quotas know no loop and no socket' || failed=1

# The header that is installed finds its neighbour beside itself.
includes '"' client daemon proto tests | grep -vE 'include "(client|daemon|proto|tests)/' |
	grep -vE '^client/commclient\.h:.*"commclient_[a-z]*\.h"' |
	refuse 'an include in quotes begins at the root' || failed=1

exit $failed
