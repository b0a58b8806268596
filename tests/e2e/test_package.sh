#!/bin/bash
# The Debian packages: what is in which of them, and what Debian's own checks say.
# shellcheck source=tests/lib/tap.sh
. "${COMMD_SOURCE_ROOT:?}/tests/lib/tap.sh"

for tool in dpkg-buildpackage dh lintian; do
	command -v $tool >/dev/null || skip_all "$tool is not installed"
done
plan 12

ok "they are built" "$COMMD_SOURCE_ROOT/tests/package"
paths=$("$COMMD_SOURCE_ROOT/tests/package" | grep -v -- -dbgsym_)
is "three of them" "$(echo "$paths" | sed 's|.*/||; s|_.*||' | xargs)" \
	"commd libcommclient-dev libcommclient0"

deb() # NAME: its path
{
	echo "$paths" | grep "/$1_"
}

files() # NAME: what it installs
{
	dpkg-deb -c "$(deb "$1")" | awk '$1 !~ /^d/ { print $6 }' | sed 's|^\./||'
}

# Each package has a changelog and a copyright beside that.
files libcommclient0 >"$tmp/lib"
is "the library is alone in its package" "$(grep -v ^usr/share/doc/ "$tmp/lib" | sed 's|.*/||' | sort | xargs)" \
	"libcommclient.so.0 libcommclient.so.0.$(sed -nE "s/^[[:space:]]*version: '0\.([^']+)',.*/\1/p" \
		"$COMMD_SOURCE_ROOT/meson.build")"
files libcommclient-dev >"$tmp/dev"
is "what programs are built with is in another" \
	"$(grep -v ^usr/share/ "$tmp/dev" | sed 's|.*/||' | LC_ALL=C sort | xargs)" \
	"commclient.h commclient.pc commclient_errors.h libcommclient.a libcommclient.so"
files commd >"$tmp/commd"
for path in usr/sbin/commd usr/bin/commctl usr/lib/sysusers.d/commd.conf; do
	ok "the daemon's has $path" grep -qx "$path" "$tmp/commd"
done
is "its configuration is the administrator's" \
	"$(dpkg-deb --ctrl-tarfile "$(deb commd)" | tar -xO ./conffiles | xargs)" \
	"/etc/commd/commd.conf /etc/commd/profiles/default.conf"

mkdir "$tmp/root"
dpkg-deb -x "$(deb commd)" "$tmp/root"
dynamic=$(readelf -dW "$tmp/root/usr/sbin/commd")
like "the daemon is hardened" "$dynamic" "Flags: NOW PIE"
like "and needs Kafka's library" "$dynamic" "NEEDED.*librdkafka"
ok "commctl does not" eval "! readelf -dW '$tmp/root/usr/bin/commctl' | grep librdkafka"

mapfile -t list <<<"$paths"
ok "Debian's checks find no error" lintian --allow-root --no-tag-display-limit --fail-on error "${list[@]}"
