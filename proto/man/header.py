"""What commclient.h declares, and what it says about it."""

import re
import textwrap

import help
import scd

COMMENT = r"/\*(?:[^*]|\*(?!/))*\*/"


def uncomment(comment):
    """The lines of a comment, without what makes it one."""
    lines = re.sub(r"\s*\*/$", "", re.sub(r"^/\*\s*", "", comment)).split("\n")
    return [re.sub(r"^\s*\*? ?", "", line, count=1) if line.lstrip().startswith("*")
            else line.strip() for line in lines]


class Block:
    """What stands between two empty lines: a comment, declarations, or one after the other."""

    def __init__(self, text, section):
        begin = re.match(COMMENT, text)
        self.section = section
        self.comment = uncomment(begin.group(0)) if begin else []
        self.code = text[begin.end():].strip() if begin else text
        plain = re.sub(COMMENT, "", self.code)
        plain = re.sub(r"^#.*(\\\n.*)*", "", plain, flags=re.M)
        self.typedefs = {m.group(1): m.group(0) for m in re.finditer(
            r"^typedef [^;]*?\(\*(\w+)\)[^;]*;", plain, re.M)}
        plain = re.sub(r"^typedef [^;]*;", "", plain, flags=re.M)
        self.functions = {m.group(1): m.group(0) for m in re.finditer(
            r"^\w[\w *]*?\b(comm_\w+)\([^;{]*\);", plain, re.M)}
        self.types = {m.group(2): (m.group(1), m.group(3)) for m in re.finditer(
            r"^(struct|enum) (\w+) \{\n(.*?)^\};", self.code, re.M | re.S)}


def read(name):
    with open(name, encoding="utf-8") as file:
        text = file.read()
    about = uncomment(re.match(COMMENT, text).group(0))
    text = text[text.index('extern "C" {'):text.rindex("#ifdef __cplusplus")]
    blocks, section = [], ""
    for chunk in re.split(r"\n\n+", text)[1:]:
        title = re.fullmatch(r"/\* ---- (.*) ---- \*/", chunk.strip())
        if title:
            section = title.group(1)
        elif chunk.strip():
            blocks.append(Block(chunk.strip("\n"), section))
    return about, blocks


def read_errors(name):
    """number, name, whether the same may succeed later, sentence"""
    with open(name, encoding="utf-8") as file:
        return re.findall(r'E\((\d+), (\w+), ([01]), "([^"]*)"\)', file.read())


def one_line(code):
    return re.sub(r"\s+", " ", code)


def prototype(code):
    """On lines that fit, each of which ends behind a parameter."""
    together = re.sub(r"(?<!,) ", "\0", one_line(code))
    return [line.replace("\0", " ") for line in textwrap.wrap(
        together, scd.WIDTH - 4, subsequent_indent="    ", break_long_words=False,
        break_on_hyphens=False)]


def members(kind, body):
    """Those of a struct or an enum: a comment behind one is about it, one above about the rest."""
    found = []
    for token in re.split("(%s)" % COMMENT, body):
        if re.match(COMMENT, token) and on_line:
            found[-1][1] = " ".join(uncomment(token))
        elif re.match(COMMENT, token):
            found.append([None, " ".join(uncomment(token))])
        else:
            ends = "[;,]" if kind == "enum" else ";"
            found += [[one_line(code).strip(), ""] for code in re.split(ends, token) if code.strip()]
            on_line = found and "\n" not in token[len(token.rstrip()):]
    return scd.join(*(scd.item("*%s*" % scd.escape(code), scd.words(text)) if code
                      else scd.words(text) for code, text in found))


class Header:
    def __init__(self, name, errors):
        self.about_lines, self.blocks = read(name)
        self.errors_rows = read_errors(errors)

    def block_of(self, kind, name):
        for block in self.blocks:
            if name in getattr(block, kind):
                return block
        raise SystemExit("commclient.h has no %s among its %s" % (name, kind))

    def about(self):
        """What it says at its beginning, a paragraph for each point."""
        points = one_line(" ".join(self.about_lines)).split(" - ")
        return scd.join(*("- " + scd.words(point.strip()) for point in points[1:]))

    def intro(self, *section):
        """What it says at the beginning of a section, before any function."""
        for block in self.blocks:
            if block.section == " ".join(section) and block.comment and not block.functions:
                return help.text(block.comment)
        raise SystemExit('commclient.h says nothing at the beginning of "%s"' % " ".join(section))

    def prototypes(self, *names):
        typedefs = {}
        for block in self.blocks:
            typedefs.update(block.typedefs)
        declared = [self.block_of("functions", name).functions[name] for name in names]
        used = [code for name, code in typedefs.items()
                if any(re.search(r"\b%s\b" % name, one) for one in declared)]
        lines = ["#include <commclient.h>", ""]
        for code in used + declared:
            lines += prototype(code)
        return scd.literal(lines)

    def functions(self, *names):
        """Each with its comment; those that share one stand together."""
        blocks = []
        for name in names:
            block = self.block_of("functions", name)
            if block not in blocks:
                blocks.append(block)
        parts = []
        for block in blocks:
            if not block.comment:
                raise SystemExit("commclient.h says nothing about %s" % ", ".join(block.functions))
            parts += ["## " + ", ".join("%s()" % name for name in block.functions),
                      help.text(block.comment)]
        return scd.join(*parts)

    def types(self, *names):
        parts = []
        for name in names:
            block = self.block_of("types", name)
            kind, body = block.types[name]
            text = help.text(block.comment) if list(block.types)[0] == name else ""
            parts += ["## %s %s" % (kind, name), text, members(kind, body)]
        return scd.join(*parts)

    def errors(self, *names):
        """All of them, or those that the comments of functions name."""
        comments = " ".join(" ".join(self.block_of("functions", name).comment) for name in names)
        return scd.join(*(
            scd.item("*COMM\\_%s*%s" % (name, "" if names else " (%s)" % number),
                     scd.words(sentence[0].upper() + sentence[1:] + ".") +
                     (" The same may succeed later." if retriable == "1" else ""))
            for number, name, retriable, sentence in self.errors_rows
            if not names or re.search(r"\bCOMM_%s\b" % name, comments)))


def parts(name, errors):
    h = Header(name, errors)
    return {"about": h.about, "intro": h.intro, "prototypes": h.prototypes,
            "functions": h.functions, "types": h.types, "errors": h.errors}
