#!/usr/bin/env python3
"""The manual pages are clean, say all that there is, and nothing that there is not.

usage: check_man.py PAGES TABLES SCHEMA_PAGE
with COMMD_SOURCE_ROOT, COMMD and COMMCTL as meson sets them.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from tap import Tap

root = pathlib.Path(os.environ["COMMD_SOURCE_ROOT"])
pages_dir = pathlib.Path(sys.argv[1])
tap = Tap()

# Pages of others that ours refer to.
OTHERS = {"kcat(1)", "systemctl(1)", "journalctl(1)", "poll(2)", "sd_listen_fds(3)", "sd_notify(3)",
          "regex(7)", "systemd(1)", "systemd.service(5)", "systemd.exec(5)"}

# What mandoc says of every page that scdoc writes.
SCDOC_HABITS = re.compile(r"skipping paragraph macro|^$")


def out(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def text(path):
    return (root / path).read_text(encoding="utf-8")


class Page:
    """A page as it was built: its macros, and its words without their fonts."""

    def __init__(self, path):
        self.path = path
        self.name = path.name
        roff = path.read_text(encoding="utf-8")
        self.roff = roff
        self.words = re.sub(r"\\f[BIRP]", "", re.sub(r"\\&", "", roff)).replace("\\e", "\\")
        self.bold = re.findall(r"\\fB(.*?)\\fR", re.sub(r"\\&", "", roff), re.S)
        self.sections = re.findall(r"^\.SH (.*)$", roff, re.M)
        title = re.search(r"^\.SH NAME\n\.P\n((?:.+\n)+)", self.words, re.M).group(1)
        self.names = re.split(r",\s+", title.replace("\n", " ").split(" - ")[0])

    def has(self, word):
        return re.search(r"(?<![\w.-])%s(?![\w-])" % re.escape(word), self.words) is not None


pages = {path.name: Page(path) for path in sorted(pages_dir.glob("*.[1-8]"))}
header = text("client/commclient.h")
functions = re.findall(r"^\t(comm_\w+);$", text("client/libcommclient.sym"), re.M)
errors = re.findall(r"E\((\d+), (\w+),", text("proto/errors.h"))


def nothing(found, description, advice):
    """There are no such faults; each is told with what to do about it."""
    found = sorted(set(found))
    tap.ok(not found, description, *("%s: %s" % (one, advice) for one in found))


def check_lint():
    if not shutil.which("mandoc"):
        print("# mandoc is not installed: the pages are not linted")
        return
    for page in pages.values():
        lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page.path], check=False,
                              stdout=subprocess.PIPE, encoding="utf-8").stdout
        nothing([line for line in lint.splitlines() if not SCDOC_HABITS.search(line)],
                "%s is clean" % page.name, "see mandoc -T lint")
        nothing([name for name in ("NAME", "DESCRIPTION", "SEE ALSO")
                 if name not in page.sections], "%s has its sections" % page.name,
                "add # and this title to its source")


def check_functions():
    described = [name for page in pages.values() if page.name.endswith(".3")
                 for name in page.names]
    nothing(set(functions) - set(described), "every function has a page",
            "name it on the first line and in @prototypes of a page in client/man/")
    nothing(set(described) - set(functions) - {"libcommclient"}, "every page is about one",
            "libcommclient.sym has no such function; take it out of client/man/")
    nothing([name for name in described if described.count(name) > 1], "and only one page is",
            "it is on the first line of two pages in client/man/")
    for page in pages.values():
        if page.name.endswith(".3") and page.name != "libcommclient.3":
            nothing([name for name in page.names if not re.search(r"\b%s\(struct|\b%s\((const|int|"
                     r"void)" % (name, name), page.words)], "%s shows how each is called" %
                    page.name, "add it to @prototypes in client/man/%s.scd" % page.name)
            nothing([name for name in page.names if not name.endswith(("_free", "_async")) and
                     not re.search(r"^\.SS .*\b%s\(\)" % name, page.words, re.M)],
                    "and says what it does",
                    "add it to @functions in client/man/%s.scd" % page.name)


def check_examples():
    """Those of the library's pages are programs, or parts of them."""
    with tempfile.TemporaryDirectory() as tmp:
        shutil.copy(root / "client/commclient.h", tmp)
        shutil.copy(root / "proto/errors.h", tmp + "/commclient_errors.h")
        for source in sorted((root / "client/man").glob("*.scd")):
            for code in re.findall(r"^```\n(#include.*?)^```$", source.read_text(encoding="utf-8"),
                                   re.M | re.S):
                if "{" not in code:
                    continue
                cc = subprocess.run(
                    ["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I", tmp,
                     "-x", "c", "-"], input=code.replace("\\\\", "\\"), check=False,
                    stderr=subprocess.PIPE, encoding="utf-8")
                tap.ok(not cc.returncode, "the example of %s compiles" % source.stem, cc.stderr)


def check_keys(program):
    page = pages["commd.conf.5"]
    rows = [line.split("\t") for line in out(program).splitlines()]
    nothing([row[1] for row in rows if row[0] in ("key", "profile") and not page.has(row[1])],
            "every key is in commd.conf(5)",
            "add @keys or @profile-keys to daemon/man/commd.conf.5.scd")
    nothing([row[1] for row in rows if row[0] == "counter" and not pages["commd.8"].has(row[1])],
            "every counter is in commd(8)", "add @counters to daemon/man/commd.8.scd")
    shipped = re.findall(r"^#?([a-z][a-z-]*) = ", text("etc/commd.conf"), re.M)
    nothing([key for key in shipped if not page.has(key)], "and every one of etc/commd.conf",
            "daemon/config.h knows no such key")
    known = re.findall(r'^\t\{ "([a-z._]+)", "([^"]+)" \}', text("daemon/kafka_conf.c"), re.M)
    dev = re.search(r"consuming_dev\[\] = \{\n(.*?)^\};", text("daemon/kafka_conf.c"), re.M | re.S)
    nothing(["%s=%s" % pair for pair in known if "=".join(pair) not in page.words and
             '{ "%s", "%s" }' % pair not in dev.group(1)], "and what commd sets itself",
            'add it below "What commd sets" of daemon/man/commd.conf.5.scd')
    told = re.findall(r"\b([a-z.]+)=(\w+)", part(page, "What commd sets"))
    nothing(["%s=%s" % pair for pair in told
             if pair not in known + [("acks", "all"), ("enable.idempotence", "true")]],
            "and nothing else", "daemon/kafka_conf.c does not set it")
    refused = re.findall(r'^\t\{ "([*a-z._]+)",', text("daemon/profile_parse.c"), re.M)
    nothing([key for key in refused if key.lstrip("*") not in page.words],
            "and what a profile cannot set",
            'add it below "What a profile cannot set" of daemon/man/commd.conf.5.scd')
    told = re.findall(r"\b[a-z]+[._][a-z._]+\b", part(page, "What a profile cannot set"))
    nothing([key for key in told if key not in refused], "and nothing else",
            "daemon/profile_parse.c does not refuse it")


def check_protocol(program):
    page = pages["commd-protocol.7"]
    methods = re.findall(r"^### (\w+)$", out(program), re.M)
    nothing([name for name in methods if not re.search(r'^\.SS "?%s"?$' % name, page.words, re.M)],
            "every method and part of a message is in commd-protocol(7)",
            "refresh proto/README.md as its last section says")
    for name in "commd-protocol.7", "comm_strerror.3":
        nothing(["COMM_" + error for _, error in errors if not pages[name].has("COMM_" + error)],
                "every error is in %s" % name, "it is in proto/errors.h")


def getopt_of(source):
    """The options that a source gives to getopt_long(), and whether each needs a value."""
    found = {"--" + name: need == "required" for name, need in re.findall(
        r'^\t+\{ "([a-z-]+)", (no|required|optional)_argument', source, re.M)}
    for letters in re.findall(r'(?:options_init|getopt_long)\([^;]*?"([a-zA-Z:]*)"', source):
        found.update({"-" + letter: bool(colon) for letter, colon in
                      re.findall(r"([a-zA-Z])(:?)", letters)})
    return found


def completes_value(verb, option):
    """Whether commctl takes what follows the option for its value: then no other option may come."""
    return "--help" not in out(os.environ["COMMCTL"], "completion", "words", "--", verb, option,
                               "--h")


def options_in(words):
    return set(re.findall(r"(?<![\w-])--?[a-zA-Z][a-z-]*", words))


def part(page, title):
    """A subsection, or a section."""
    found = re.search(r'^\.S[SH] "?%s"?$(.*?)(?=^\.S[SH] |\Z)' % re.escape(title), page.words,
                      re.M | re.S)
    return found.group(1) if found else ""


def check_commctl():
    page = pages["commctl.1"]
    verbs = re.findall(r'^\t\.name = "([a-z-]+)",', "".join(
        path.read_text(encoding="utf-8") for path in sorted((root / "client/commctl").glob("*.c"))),
        re.M)
    nothing([verb for verb in verbs if not part(page, verb)], "every verb is in commctl(1)",
            "add it to verbs[] in client/commctl/verb.c")
    nothing([verb for verb in verbs if "`%s`" % verb not in text("README.md")],
            "and in the table of README.md", "add it to the table below \"What else there is\"")
    for path in sorted((root / "client/commctl").glob("*.c")):
        source = path.read_text(encoding="utf-8")
        for verb in re.findall(r'^\t\.name = "([a-z-]+)",', source, re.M):
            options = getopt_of(source)
            nothing(options.keys() - options_in(part(page, verb)),
                    "every option of commctl %s is there" % verb,
                    "say in the help of client/commctl/%s what it does" % path.name)
            nothing([option for option in options
                     if completes_value(verb, option) != options[option]],
                    "and completed with a value if it needs one",
                    "client/commctl/%s and its help differ on whether it has a value" % path.name)
    nothing(getopt_of(text("client/commctl/options.c")).keys() - options_in(part(page, "OPTIONS")),
            "and those of all verbs", "say in client/commctl/verb.c what it does")
    codes = re.findall(r"^\tCTL_\w+ = (\d+)", text("client/commctl/ctl.h"), re.M)
    nothing([code for code in codes
             if not re.search(r"^%s$" % code, part(page, "EXIT STATUS"), re.M)],
            "and every exit code", "say in client/commctl/verb.c what it means")


def check_commd():
    page = pages["commd.8"]
    source = text("daemon/options.c")
    nothing(getopt_of(source).keys() - options_in(part(page, "OPTIONS")),
            "every option is in commd(8)",
            "say in the help of daemon/options.c what it does")
    codes = {"SUCCESS": 0, "FAILURE": 1, "USAGE": os.EX_USAGE, "CONFIG": os.EX_CONFIG}
    status = {codes[name] for name in re.findall(r"\bEX(?:IT)?_(SUCCESS|FAILURE|USAGE|CONFIG)\b",
                                                 source + text("daemon/main.c"))}
    nothing([str(code) for code in status
             if not re.search(r"^%s$" % code, part(page, "EXIT STATUS"), re.M)],
            "and every exit status", "add it to daemon/man/commd.8.scd")
    handled = re.findall(r"uv_signal_start\([^;]*, (SIG[A-Z]+)\)", "".join(
        path.read_text(encoding="utf-8") for path in sorted((root / "daemon").glob("*.c"))))
    nothing([name for name in handled if not re.search(r"\b%s\b" % name, part(page, "SIGNALS"))],
            "and every signal", "add it to SIGNALS of daemon/man/commd.8.scd")
    events = re.findall(r'\bE\([A-Z_]+, "([0-9a-f]{32})"\)', text("daemon/log_events.h"))
    nothing([number for number in events if number not in page.words], "and every MESSAGE_ID",
            "explain it in systemd/commd.catalog")
    fields = re.findall(r'"(COMMD_[A-Z]+)[="]', text("daemon/log.c"))
    nothing([field for field in fields if field not in page.words], "and every field of the journal",
            "add it to JOURNAL of daemon/man/commd.8.scd")
    read = re.findall(r'getenv\("(\w+)"\)', "".join(
        path.read_text(encoding="utf-8") for path in sorted((root / "daemon").glob("*.c"))))
    nothing([name for name in read if name not in part(page, "ENVIRONMENT")],
            "and what is read of the environment",
            "add it to ENVIRONMENT of daemon/man/commd.8.scd")


def check_nothing_else():
    """Names in the pages are of things that there are."""
    every = "".join(path.read_text(encoding="utf-8") for directory in ("client", "daemon", "proto")
                    for path in sorted((root / directory).glob("**/*.[ch]")))
    ours = {"%s(%s)" % tuple(name.rsplit(".", 1)) for name in pages}
    ours |= {"%s(3)" % name for page in pages.values() for name in page.names}
    known_options = options_in(every) | {"--cflags", "--libs"}
    for page in pages.values():
        linked = re.findall(r"\\fB([\w.-]+)\\fR\((\d)\)", re.sub(r"\\&", "", page.roff))
        nothing(["%s(%s)" % pair for pair in linked
                 if "%s(%s)" % pair not in ours and "%s(%s)" % pair not in OTHERS],
                "%s refers to pages that there are" % page.name,
                "write the page, or add it to OTHERS of tests/style/check_man.py")
        nothing([word for word in re.findall(r"\bcomm_[a-z_]+\b|\bCOMM_[A-Z_]+\b", page.words)
                 if not re.search(r"\b%s\b" % word, header) and
                 word[5:] not in [name for _, name in errors]],
                "it names what the library has", "neither commclient.h nor errors.h has it")
        nothing([word for word in page.bold if re.fullmatch(r"--[a-z-]+", word) and
                 word not in known_options], "and options that a program has",
                "neither commd nor commctl has it")


def check_words(program):
    """What is named in passing: verbs, keys and sections."""
    verbs = set(re.findall(r"^\.SS (.*)$", pages["commctl.1"].words, re.M))
    rows = [line.split("\t") for line in out(program).splitlines()]
    keys = {row[1] for row in rows if row[0] == "key"}
    sections = {row[1].split()[0] for row in rows if row[0] == "section"}
    # A group of users, and pages.
    other = {"commd-clients"} | {name.rsplit(".", 1)[0] for name in pages}
    for page in pages.values():
        named = re.findall(r"(?<!of )\bcommctl ([a-z][a-z-]+)", page.roff)
        nothing([verb for verb in named if verb not in verbs],
                "the verbs that %s names are there" % page.name, "commctl has no such verb")
    for name in "commd.8", "commd.conf.5":
        page = pages[name]
        nothing([word for word in page.bold if re.fullmatch(r"[a-z]+-[a-z-]+", word) and
                 word not in keys | verbs | other], "so are the keys that %s names" % name,
                "daemon/config.h has no such key, commctl no such verb")
        nothing([section for section in re.findall(r"(?<!\w)\[([a-z]{3,})\b", page.words)
                 if section not in sections], "and the sections", "daemon/config.h has none of them")


check_lint()
check_functions()
check_examples()
check_keys(sys.argv[2])
check_protocol(sys.argv[3])
check_commctl()
check_commd()
check_nothing_else()
check_words(sys.argv[2])
sys.exit(tap.end())
