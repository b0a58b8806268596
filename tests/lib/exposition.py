"""A strict reader of Prometheus' text format 0.0.4, which complains of what breaks the format and of what
breaks the conventions for names and units."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)\Z")
TYPES = ("counter", "gauge", "histogram")

# Prometheus wants seconds, bytes and ratios.
BAD_UNITS = re.compile(r"_(ms|us|ns|milliseconds|microseconds|minutes|hours|days|kib|mib|kilobytes"
                       r"|megabytes|percent)(_|\Z)")


class Malformed(Exception):
    pass


class Family:
    def __init__(self, name, doc):
        self.name, self.doc, self.type, self.samples = name, doc, None, {}

    def owns(self, name):
        if self.type == "histogram":
            return name in (f"{self.name}_bucket", f"{self.name}_sum", f"{self.name}_count")
        return name == self.name


def check_name(family):
    if not family.name.startswith("commd_") or ":" in family.name:
        raise Malformed(f"{family.name}: not a name of commd's")
    if (family.type == "counter") != family.name.endswith("_total"):
        raise Malformed(f"{family.name}: a {family.type} of this name")
    if family.name.endswith(("_count", "_sum", "_bucket")):
        raise Malformed(f"{family.name}: ends like a part of a histogram")
    if BAD_UNITS.search(family.name):
        raise Malformed(f"{family.name}: not a base unit")
    if not family.doc:
        raise Malformed(f"{family.name}: no help")


def check_histogram(family):
    """Each has its buckets in order, the last is all, and a sum."""
    series = {}
    for (name, labels), value in family.samples.items():
        rest = tuple(label for label in labels if label[0] != "le")
        part = series.setdefault(rest, {"buckets": []})
        if name.endswith("_bucket"):
            part["buckets"].append((float(dict(labels)["le"].replace("+Inf", "inf")), value))
        else:
            part[name.rsplit("_", 1)[1]] = value
    for part in series.values():
        bounds, counts = zip(*part["buckets"])
        if list(bounds) != sorted(set(bounds)) or list(counts) != sorted(counts):
            raise Malformed(f"{family.name}: buckets are not in order")
        if bounds[-1] != float("inf") or counts[-1] != part["count"] or part["sum"] < 0:
            raise Malformed(f"{family.name}: count or sum does not fit")


def check_family(family):
    if family.type is None:
        raise Malformed(f"{family.name}: no type")
    check_name(family)
    if family.type == "histogram":
        check_histogram(family)
    sets = {tuple(n for n, _ in labels if n != "le") for _, labels in family.samples}
    if len(sets) > 1:
        raise Malformed(f"{family.name}: samples have different labels {sets}")
    for (name, labels), value in family.samples.items():
        if family.type == "counter" and value < 0:
            raise Malformed(f"{name}: a counter below 0")
        if family.type != "histogram" and any(n in ("le", "quantile") for n, _ in labels):
            raise Malformed(f"{name}: a label that means something else")


def read_sample(family, line):
    match = SAMPLE.match(line)
    if not match or not family or not family.owns(match[1]):
        raise Malformed(f"not a sample of {family and family.name}: {line}")
    labels = tuple((n, re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], v))
                   for n, v in re.findall(LABEL, match[2] or ""))
    if len({n for n, _ in labels}) != len(labels):
        raise Malformed(f"a label comes twice: {line}")
    key = (match[1], labels)
    if family.type is None or key in family.samples:
        raise Malformed(f"no type yet, or a second sample of its kind: {line}")
    family.samples[key] = float(match.group(match.re.groups))


def read(text):
    """The samples: a dictionary from (name, (label, value), ...) to values."""
    families, family = {}, None
    if not text.endswith("\n"):
        raise Malformed("the last line has no end")
    for line in text[:-1].split("\n"):
        words = line.split(" ", 3)
        if line.startswith("# HELP "):
            if words[2] in families:
                raise Malformed(f"{words[2]} begins twice")
            family = families[words[2]] = Family(words[2], words[3])
        elif line.startswith("# TYPE "):
            if not family or family.name != words[2] or family.type or words[3] not in TYPES:
                raise Malformed(f"not in its place: {line}")
            family.type = words[3]
        else:
            read_sample(family, line)
    for family in families.values():
        check_family(family)
    return {(name, *labels): value for family in families.values()
            for (name, labels), value in family.samples.items()}
