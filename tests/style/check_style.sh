#!/bin/sh
# What every source has in common, so that nobody has to discuss it.
# usage: check_style.sh SOURCE_ROOT
cd "$1" || exit 1
failed=0

# refuse SENTENCE: fails and shows the lines on standard input, if there are any
refuse()
{
	found=$(cat)
	[ -z "$found" ] || ! printf '%s:\n%s\n\n' "$1" "$found" >&2
}

sources=$(find client daemon proto tests -name '*.[ch]' | sort)
texts=$(find client daemon proto tests etc systemd ./*.* -path '*/corpus/*' -prune -o -type f \
	\( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' -o -name '*.md' -o -name 'meson*' \
	-o -name '*.conf' -o -name '*.scd' -o -name "*.service*" -o -name "*.socket" \) -print | sort)

# Strings, characters and /* comments */ are taken out first: "http://" is none.
for file in $sources; do
	sed -E "s/\"([^\"\\\\]|\\\\.)*\"/\"\"/g; s/'([^'\\\\]|\\\\.)+'/''/g" "$file" |
		sed -E 's|/\*.*\*/||; s|/\*.*||; s|^[[:space:]]*\*.*||' |
		grep -n '//' | sed "s|^|$file:|"
done | refuse 'a comment is written /* like this */' || failed=1

grep -nE '[[:space:]]+$' $texts |
	refuse 'there is white space at the end of a line' || failed=1
grep -nwE 'TODO|FIXME|XXX' $texts | grep -v '^tests/style/check_style.sh:' |
	refuse 'what is left to do is not kept in sources' || failed=1

if command -v clang-format >/dev/null; then
	clang-format --dry-run -Werror $sources || failed=1
else
	echo 'clang-format is not installed: the format is not checked' >&2
fi

exit $failed
