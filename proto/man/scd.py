"""What scdoc reads: text as it is written there."""

import re

WIDTH = 72


def escape(text):
    """Text within a line that means nothing to scdoc."""
    return re.sub(r"([\\*_])", r"\\\1", text)


def line(text):
    """The same for what begins a line, when it is escaped already."""
    return '\\' + text if re.match(r"[-#;`\[\]|<]", text) else text


def join(*parts):
    """Blocks of text, an empty line between each two of them."""
    return "\n\n".join(p.strip("\n") for p in parts if p and p.strip())


def literal(lines):
    """Lines that stay as they are."""
    kept = (one.expandtabs(8).rstrip().replace("\\", "\\\\") for one in lines)
    return "\n".join(["```", *kept, "```"])


def item(term, text):
    """A term, marked up by the caller, and below it what is said of it."""
    if not text:
        return term
    return term + "\n" + "\n".join("\t" + one if one else "" for one in text.split("\n"))


def words(text):
    """Words with their markup: names of functions and programs, parameters, constants."""
    def mark(match):
        word = match.group(0)
        if word.startswith("@"):
            return "_%s_" % escape(word[1:])
        if word.endswith("()"):
            return "*%s*()" % escape(word[:-2])
        return "*%s*" % escape(word)

    pattern = (r"@[a-z]\w*|\bcomm_\w+(?:::\w+)?(?:\(\))?|\bCOMM_\w+|\$COMMD_\w+|"
               r"(?<![\w-])--[a-z][a-z-]+|(?<![\w-])-[a-zA-Z]\b")
    out, at = [], 0
    for match in re.finditer(pattern, text):
        out += [escape(text[at:match.start()]), mark(match)]
        at = match.end()
    return line("".join(out + [escape(text[at:])]))
