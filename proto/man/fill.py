"""
Fills in a manual page: prints the source with the lines that begin with @ replaced by what the
program, the header or the table they ask for says, so that the page cannot say anything else.

    @options                  the options of PROGRAM, from its --help
    @verbs                    its verbs, from the --help of each
    @exit-codes               its exit codes
    @keys                     the keys of commd.conf, from what the program TABLES prints
    @profile-keys             commd's own keys of a profile
    @counters                 what status counts
    @catalog                  what the journal explains, from CATALOG
    @about                    what HEADER, commclient.h, says of all functions
    @intro SECTION            what it says at the beginning of a section
    @prototypes NAME...       functions, as it declares them
    @functions NAME...        what it says about each
    @types NAME...            structs and enums, with their members
    @errors [NAME...]         all errors, from ERRORS, or those that functions return
    @markdown                 PAGE, a text in Markdown
"""

import argparse
import sys

import catalog
import header
import help
import markdown
import tables


def parts(args):
    """What the lines may ask for, by its name."""
    found = {}
    if args.program:
        found.update(help.parts(args.program))
    if args.tables:
        found.update(tables.parts(args.tables))
    if args.catalog:
        found.update(catalog.parts(args.catalog))
    if args.header:
        found.update(header.parts(args.header, args.errors))
    if args.markdown:
        found.update(markdown.parts(args.markdown))
    return found


def fill(line, known):
    name, *words = line[1:].split()
    if name not in known:
        sys.exit("there is no @%s here; there are: %s" %
                 (name, ", ".join("@" + other for other in sorted(known))))
    return known[name](*words)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", required=True)
    for option in "program", "tables", "catalog", "header", "errors", "markdown":
        parser.add_argument("--" + option)
    parser.add_argument("source")
    args = parser.parse_args()
    known = parts(args)
    with open(args.source, encoding="utf-8") as source:
        first, *lines = source.read().splitlines()
    print('%s "commd %s"' % (first, args.version))
    for line in lines:
        print(fill(line, known) if line.startswith("@") else line)


if __name__ == "__main__":
    main()
