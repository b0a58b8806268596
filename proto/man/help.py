"""The --help of a program, which says all that there is to say about its options."""

import re
import subprocess

import scd


def read(*command):
    """Its sections, in order: a title, empty for those without, and lines."""
    out = subprocess.run([*command, "--help"], check=True, stdout=subprocess.PIPE,
                         encoding="utf-8").stdout
    sections = [("", [])]
    lines = out.splitlines()
    for i, line in enumerate(lines):
        below = lines[i + 1] if i + 1 < len(lines) else ""
        title = re.fullmatch(r"(\w[^:(]*)(?: \(.*\))?:", line)
        if title and (below.startswith(" ") or not below) and not lines[i - 1]:
            sections.append((title.group(1), []))
        else:
            sections[-1][1].append(line)
    return sections


def find(sections, title):
    return next(lines for name, lines in sections if name.startswith(title))


def items(lines):
    """Pairs of a term and its text, from lines such as "  -k KEY   key of every record"."""
    found = []
    for line in lines:
        depth, term, text = (re.fullmatch(r"( +)(COMM_\w+) +(\S.*)", line) or re.fullmatch(
            r"( +)(\S+(?: \S+)*)(?:  +(\S.*))?", line)).groups()
        if not found or len(depth) <= 3 or len(depth) <= 6 and term.startswith("--"):
            found.append([term, text or ""])
        else:
            found[-1][1] += " " + line.strip()
    return [(term, text.strip()) for term, text in found]


def is_list(lines):
    """Whether each is an option, or a word with its meaning; otherwise only columns tell it."""
    return all(term.startswith("-") or text and " " not in term for term, text in items(lines))


def usage(text):
    """-k KEY: what is typed as it is, and what stands for something."""
    def mark(match):
        word = match.group(0)
        return ("*%s*" if word.startswith("-") else "_%s_") % scd.escape(word)
    return re.sub(r"--?[A-Za-z][\w-]*|[A-Z]+", mark, text)


def block(lines):
    """Indented lines, as a list where they are one."""
    if not is_list(lines):
        return scd.literal(line[2:] for line in lines)
    return scd.join(*(scd.item(usage(term) if term.startswith("-") else "*%s*" % scd.escape(term),
                               scd.words(text)) for term, text in items(lines)))


def text(lines):
    """Paragraphs, and indented blocks between them."""
    parts, part = [], []
    for line in [*lines, ""]:
        if part and (not line or line.startswith("  ") != part[0].startswith("  ")):
            parts.append(block(part) if part[0].startswith("  ") else scd.words(" ".join(part)))
            part = []
        if line:
            part.append(line)
    return scd.join(*parts)


def verb(program, name):
    """One thing that it can be told to do."""
    (_, first), *others = [(title, [line for line in lines if not line.startswith(
        "Options of every verb")]) for title, lines in read(program, name)]
    arguments = re.fullmatch(r"Usage: \S+ \S+ ?(.*)", first[0]).group(1)
    parts = [("*commctl %s* %s" % (name, usage(arguments))).strip(), scd.words(first[1]),
             text(first[2:])]
    for title, lines in others:
        if title == "Examples":
            parts.append(scd.literal(line.strip() for line in lines if line))
        else:
            parts += [scd.line(scd.escape(title)) + ":", text(lines)]
    return scd.join("## " + name, *parts)


def parts(program):
    sections = read(program)

    def options():
        lines = max((title.startswith("Options"), lines) for title, lines in sections)[1]
        return block([line for line in lines if line.startswith("  ")])

    def verbs():
        """Below the titles that stand between that of all verbs and that of the options."""
        names = [title for title, _ in sections]
        found = []
        for title, lines in sections[names.index("Verbs") + 1:]:
            if title.startswith("Options"):
                break
            found.append("# " + title.upper())
            found += [verb(program, line.split()[0]) for line in lines if line]
        return scd.join(*found)

    return {"options": options, "verbs": verbs, "exit-codes": lambda: block(
        [line for line in find(sections, "Exit codes") if line])}
