#!/bin/sh
# The static library as users get it: one object, in which only what the shared library exports too
# can be seen from outside. Without this every function that two of our files share could clash with
# one of the program.
# usage: seal_archive.sh LD OBJCOPY AR IN.a OUT.a
set -eu
ld=$1 objcopy=$2 ar=$3 in=$4 out=$5
object=$out.o

trap 'rm -f "$object"' EXIT
"$ld" -r --whole-archive -o "$object" "$in"
"$objcopy" --localize-hidden "$object"
rm -f "$out"
"$ar" rcs "$out" "$object"
