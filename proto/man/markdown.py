"""A page in Markdown as a manual page: what proto/README.md is written in, and no more."""

import re

import scd


def inline(text):
    """Marks within a line: code, strong, links, of which only the words stay."""
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
    out = []
    for piece in re.split(r"(`[^`]+`|\*\*[^*]+\*\*|\*[^*]+\*)", text):
        if piece.startswith("`"):
            out.append("*%s*" % scd.escape(piece[1:-1]))
        elif piece.startswith("**"):
            out.append("*%s*" % scd.escape(piece[2:-2]))
        elif piece.startswith("*"):
            out.append("_%s_" % scd.escape(piece[1:-1]))
        else:
            out.append(scd.escape(piece))
    return scd.line("".join(out))


def table(lines):
    """The first column as terms, what is in the others below each."""
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    titles, rows = rows[0], rows[2:]
    at = titles.index("field") if "field" in titles else 0
    found = []
    for row in rows:
        rest = ["%s: %s" % (titles[i], cell) if cell in ("yes", "no") else inline(cell)
                for i, cell in enumerate(row) if i > at and cell]
        found.append(scd.item(inline(row[at]) if "`" in row[at] else "*%s*" % inline(row[at]),
                              "; ".join(rest)))
    return scd.join(*found)


def block(lines):
    first = lines[0]
    heading = re.match(r"(#+) (.*)", first)
    if heading:
        level, title = len(heading.group(1)), heading.group(2)
        return "## " + title if level > 2 else "# " + title.upper()
    if first.startswith(("\t", "    ")):
        return scd.literal(line[1:] if line.startswith("\t") else line[4:] for line in lines)
    if first.startswith("|"):
        return table(lines)
    if re.match(r"- |\d+\. ", first):
        mark = "- " if first.startswith("-") else ". "
        points = re.split(r"\n(?=- |\d+\. )", "\n".join(lines))
        return "\n".join(mark + inline(re.sub(r"\s+", " ", re.sub(r"^(- |\d+\. )", "", point)))
                         for point in points)
    return inline(" ".join(line.strip() for line in lines))


def kind(line):
    if line.startswith(("\t", "    ")):
        return "literal"
    return "table" if line.startswith("|") else "text"


def parts(name):
    with open(name, encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r"<!--.*?-->\n", "", text)
    text = text[:text.index("\n# Keeping this page true")]

    def page():
        """Without its title, which is the page's name already."""
        found, part = [], []
        for line in [*text.split("\n")[1:], ""]:
            literal = part and kind(part[0]) == "literal"
            if part and (not line and not literal or line and kind(line) != kind(part[0]) and
                         not (kind(line) == "literal" and not literal)):
                found.append(block(part))
                part = []
            if line or part:
                part.append(line)
        if part:
            found.append(block(part))
        return scd.join(*found)

    return {"markdown": page}
