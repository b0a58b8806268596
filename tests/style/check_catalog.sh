#!/bin/sh
# Every event that has an id in the journal is explained in the catalog, and nothing else is.
# usage: check_catalog.sh SOURCE_ROOT
cd "$1" || exit 1

ids=$(sed -nE 's/^[[:space:]]*E\([A-Z_]+, *"([0-9a-f]{32})"\).*/\1/p' daemon/log_events.h | sort)
explained=$(sed -nE 's/^-- ([0-9a-f]{32})$/\1/p' systemd/commd.catalog | sort)
failed=0

[ -n "$ids" ] || { echo 'daemon/log_events.h: no ids were found' >&2; exit 1; }
for id in $(printf '%s\n' "$ids" | uniq -d); do
	echo "daemon/log_events.h: two events have the id $id" >&2
	failed=1
done
[ "$ids" = "$explained" ] || {
	echo 'the ids of daemon/log_events.h and systemd/commd.catalog differ:' >&2
	printf '%s\n' "$ids" "$explained" | sort | uniq -u >&2
	failed=1
}

# A field that no line has would be shown as it is.
for field in $(grep -oE '@[A-Z_]+@' systemd/commd.catalog | tr -d @ | sort -u); do
	grep -q "\"$field" daemon/log.c || {
		echo "systemd/commd.catalog: no line has the field $field" >&2
		failed=1
	}
done
exit $failed
