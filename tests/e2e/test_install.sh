#!/bin/bash
# What `meson install` installs is all that a user needs: programs are built with it, against the
# shared library and against the static one, and run with the daemon that comes with it.
# shellcheck source=tests/lib/tap.sh
. "${COMMD_SOURCE_ROOT:?}/tests/lib/tap.sh"
# shellcheck source=tests/lib/readme.sh
. "$COMMD_SOURCE_ROOT/tests/lib/readme.sh"

plan 13

root=$tmp/root
ok "it is installed" meson install -C "$BUILD_ROOT" --no-rebuild --destdir "$root"
is "that is all of it, but for the manual" \
	"$(find "$root" -path '*/man/man?' -prune -o -type f -printf '%f\n' -o -type l -printf '%f\n' |
		LC_ALL=C sort)" \
	"_commctl
_commd
commclient.h
commclient.pc
commclient_errors.h
commctl
commctl.bash
commd
commd.bash
commd.catalog
commd.conf
commd.conf
commd.conf
commd.service
commd.socket
default.conf
libcommclient.a
libcommclient.so
libcommclient.so.0
$(basename "$(find "$root" -name 'libcommclient.so.0.*')")"

installed() # NAME: its path
{
	find "$root" -name "$1" ! -type d
}

PKG_CONFIG_PATH=$(dirname "$(installed commclient.pc)")
# What is installed finds librdkafka where the system has it; the tests may have another.
LD_LIBRARY_PATH=$(dirname "$(installed libcommclient.so)"):$RDKAFKA_LIBDIR
COMMD=$(installed commd)
COMMCTL=$(installed commctl)
export PKG_CONFIG_PATH LD_LIBRARY_PATH PKG_CONFIG_SYSROOT_DIR=$root

like "the version is that of the daemon" "$("$COMMD" --version)" \
	"^commd $(pkg-config --modversion commclient | sed 's/\./\\./g')$"

# ---- the manual: a page by the name of each function, if there is scdoc to write them ----

missing=$(man=$(dirname "$(installed commctl.1)")/..
	command -v scdoc >/dev/null || exit 0
	for name in $(sed -n 's/^\t\(comm_[a-z_]*\);$/\1.3/p' "$COMMD_SOURCE_ROOT/client/libcommclient.sym") \
		commctl.1 libcommclient.3 commd.conf.5 commd-protocol.7 commd.8; do
		[ -s "$man/man${name##*.}/$name" ] || echo "$name"
	done)
is "and every page of the manual" "$missing" ""

# ---- a program, built in both ways ----

mkdir "$tmp/work"
block c 1 >"$tmp/work/hello.c"

# build NAME OPTIONS_OF_PKG_CONFIG [OPTION_OF_CC...]: as a user would who knows pkg-config.
build()
{
	local name=$1 words
	words=$(pkg-config --cflags --libs ${2:+$2} commclient) || return
	# shellcheck disable=SC2086  # a list of words
	cc -std=c99 -Wall -Wextra -Werror -o "$tmp/work/$name" "$tmp/work/hello.c" "${@:3}" $words
}

needed() # NAME: whether it needs the shared library of ours when it runs
{
	readelf -d "$tmp/work/$1" | grep -c 'NEEDED.*libcommclient' || true
}

# shellcheck disable=SC2086  # a list of words, or none
ok "a program is built" build shared "" ${README_CC_ARGS:-}
is "with the shared library" "$(needed shared)" 1
ok "and with -static" build static --static -static
is "without it" "$(needed static)" 0

start_commd
ok "a topic can be created" commctl create-topic greetings
is "the first works" "$("$tmp/work/shared" 2>&1)" hello
ok "its topic can be seen and deleted" commctl delete-topic greetings
unset LD_LIBRARY_PATH
ok "and created again" commctl create-topic greetings
is "the second works without any library" "$("$tmp/work/static" 2>&1)" hello
