# Sourced after tap.sh: the examples of README.md.
# shellcheck shell=bash

readme=$COMMD_SOURCE_ROOT/README.md

# block LANGUAGE NUMBER: what is in the README's fenced block of that number.
block()
{
	awk -v open='```'"$1" -v number="$2" '
		$0 == "```" { inside = 0 }
		inside { print }
		$0 == open { inside = ++n == number }
	' "$readme"
}
