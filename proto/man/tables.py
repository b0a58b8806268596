"""Keys of configuration files and counters, as the program that knows them prints them."""

import subprocess

import scd


def read(program):
    """Rows of: what it is about (section, key, profile or counter), and what it says."""
    out = subprocess.run([program], check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
    return [line.split("\t") for line in out.splitlines()]


def key(name, absent, allowed, doc):
    """absent is what stands for it where it is not set, behind "="; empty: nothing does."""
    default = {"": "There is no default.", "=": "Default: nothing"}.get(
        absent, "Default: *%s*" % scd.escape(absent[1:]))
    return scd.item("*%s*" % scd.escape(name),
                    scd.line(scd.escape("%s It is %s." % (doc, allowed)) + " " + default))


def section(name, doc):
    return scd.join("## [%s]" % name, scd.line(scd.escape(doc)))


def parts(program):
    rows = read(program)

    def keys():
        return scd.join(*(section(*row[1:]) if row[0] == "section" else key(*row[1:])
                          for row in rows if row[0] in ("section", "key")))

    def meanings(table):
        return scd.join(*(scd.item("*%s*" % scd.escape(row[1]), scd.line(scd.escape(row[2])))
                          for row in rows if row[0] == table))

    return {"keys": keys, "profile-keys": lambda: meanings("profile"),
            "counters": lambda: meanings("counter")}
