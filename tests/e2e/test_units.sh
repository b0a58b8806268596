#!/bin/bash
# The units that `meson install` installs: systemd finds nothing to complain about, and a commd that
# was taken over could not do much.
# shellcheck source=tests/lib/tap.sh
. "${COMMD_SOURCE_ROOT:?}/tests/lib/tap.sh"

command -v systemd-analyze >/dev/null || skip_all "systemd-analyze is not installed"
plan 9

root=$tmp/root
ok "it is installed" meson install -C "$BUILD_ROOT" --no-rebuild --destdir "$root"
unit=$(find "$root" -name commd.service)

# The pages that the units name are looked for where they were installed, and nowhere else. Only a build without
# scdoc has none.
man=yes
MANPATH=$(dirname "$(dirname "$(find "$root" -name 'commd.8*')")")
export MANPATH
command -v scdoc >/dev/null || man=no

ok "the units are well formed, and what they run is there" systemd-analyze verify \
	--recursive-errors=no --man=$man --root="$root" commd.service commd.socket
sed -i 's/^RestartSec=/RestartSecs=/' "$unit"
ok "a misspelt setting would be seen" eval "! systemd-analyze verify --recursive-errors=no \
	--man=no --root='$root' commd.service commd.socket"
sed -i 's/^RestartSecs=/RestartSec=/' "$unit"
ok "the exposure of the service is at most 1.2" systemd-analyze security --no-pager \
	--offline=true --threshold=12 "$unit"


mkdir -p "$root/var/lib/systemd/catalog"
ok "the journal takes the catalog" journalctl --root="$root" --update-catalog
like "and knows what to say" "$(journalctl --root="$root" --list-catalog)" "commd: commd serves"

mkdir "$tmp/etc"
ok "the user and the groups are well formed" systemd-sysusers --root="$tmp" \
	"$(find "$root" -path '*/sysusers.d/*')"
is "and there" "$(cut -d: -f1 "$tmp/etc/passwd" "$tmp/etc/group" | sort -u | xargs)" \
	"commd commd-clients"
# Only root may give a directory away.
if [ "$(id -u)" -eq 0 ]; then
	systemd-tmpfiles --create --root="$tmp" "$(find "$root" -path '*/tmpfiles.d/*')"
	is "profiles are for its eyes only" "$(stat -c %a:%U:%g "$tmp/etc/commd/profiles")" \
		"2750:root:$(awk -F: '$1 == "commd" { print $3 }' "$tmp/etc/group")"
else
	result 0 "profiles are for its eyes only # SKIP only root may give a directory away"
fi
