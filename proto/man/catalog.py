"""What the journal explains of a program's lines, from its catalog."""

import re

import scd


def parts(name):
    with open(name, encoding="utf-8") as file:
        entries = re.findall(r"^-- ([0-9a-f]{32})\nSubject: (.*)\n(?:[\w-]+: .*\n)*\n"
                             r"((?:.+\n|\n(?!-- ))+)", file.read() + "\n", re.M)

    def explained(text):
        """Paragraphs, in which @FIELD@ stands for what the line has there."""
        paragraphs = re.split(r"\n\n+", text.strip())
        return "\n\n".join(re.sub(r"@(COMMD\\_[A-Z\\_]+)@", r"_\1_",
                                  scd.line(scd.escape(" ".join(paragraph.split("\n")))))
                           for paragraph in paragraphs)

    def catalog():
        return scd.join(*(scd.item("*%s*" % scd.escape(subject),
                                   "MESSAGE\\_ID=%s\n\n%s" % (number, explained(text)))
                          for number, subject, text in entries))

    return {"catalog": catalog}
