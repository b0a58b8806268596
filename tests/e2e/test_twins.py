#!/usr/bin/python3
"""Every method by MessagePack, by JSON with named parameters and by JSON with positional ones, to three
daemons that are asked the same: results and errors are the same.

What a method takes and gives comes from help, so that what is added to the schema is tested as well. Only
what cannot be the same (times, processes, ports) is taken out before two answers are compared.
"""

import base64
import contextlib
import json
import os
import re
import socket
import sys

sys.path.insert(0, os.path.join(os.environ["COMMD_SOURCE_ROOT"], "tests", "lib"))
from rpc import CommdError, connection
from tap import LIMIT_S, Tap, commd

WAIT_MS = LIMIT_S * 1000

# Numbers that differ from daemon to daemon.
VOLATILE = {"time_ms", "timestamp_ms", "pid", "port", "first_ms", "last_ms"}

# Of these only names and kinds are compared: they tell of the daemon itself.
SHAPES = {"status", "clients", "brokers", "consumers", "metrics"}

RAW = b"\xff\0"  # bytes that are no text

# In this order, for what one does the next sees.
ROWS = [
    ("ping", {}),
    ("hello", {"client": "twin"}),
    ("hello", {"client": "twin", "profile": "default", "protocol": 1}),
    ("hello", {"profile": "nosuch"}),
    ("hello", {"profile": "default"}),
    ("help", {}),
    ("help", {"method": "send"}),
    ("help", {"method": "snd"}),
    ("create_topic", {"topic": "t", "partitions": 2}),
    ("create_topic", {"topic": "t", "partitions": 2}),
    ("create_topic", {"topic": "no spaces, please"}),
    ("create_topic", {"topic": "u", "partitions": 1, "settings": [{"name": "retention.ms", "value": "1"}]}),
    ("send", {"topic": "t", "records": []}),
    ("send", {"topic": "t", "records": [{"value": "a", "partition": 0}, {"value": None, "key": "k", "partition": 0}]}),
    ("send", {"topic": "t", "ack": "queued", "records": [{"value": "q", "partition": 1}]}),
    ("send", {"topic": "t", "timeout_ms": WAIT_MS, "records": [
        {"value": RAW, "key": RAW, "partition": 0, "timestamp_ms": 1700000000123,
         "headers": [{"name": "h", "value": RAW}, {"name": "h", "value": None}, {"name": "\u20ac", "value": ""}]}]}),
    ("send", {"topic": "t", "records": ["a", {"value": "b", "partition": -1}]}),
    ("send", {"topic": "nosuch", "records": ["a"]}),
    ("send", {"topic": "t", "ack": "all", "records": ["a"]}),
    ("send", {"topic": "t", "timeout_ms": 3600001, "records": ["a"]}),
    ("list_topics", {}),
    ("list_topics", {"topic": "t"}),
    ("list_topics", {"topic": "nosuch"}),
    ("describe_topic", {"topic": "t"}),
    ("describe_topic", {"topic": "nosuch"}),
    ("offsets", {"topic": "t"}),
    ("offsets", {"topic": "t", "time_ms": 1700000000123}),
    ("add_partitions", {"topic": "t", "partitions": 1}),
    ("alter_topic", {"topic": "t", "settings": [{"name": "retention.ms", "value": None}]}),
    ("subscribe", {"group": None, "topics": [{"topic": "t", "partition": 0}], "start": "earliest", "ack": "manual"}),
    ("subscribe", {"group": None, "topics": ["t"], "start": "now"}),
    ("subscribe", {"group": "g", "topics": ["nosuch"]}),
    ("seek", {"subscription": 1, "start": "offset", "at": 2}),
    ("receive", {"subscription": 1, "max_records": 1, "timeout_ms": WAIT_MS}),
    ("seek", {"subscription": 1, "start": "nowhere"}),
    ("ack", {"subscription": 1, "positions": [{"topic": "t", "partition": 0, "offset": 3}]}),
    ("pause", {"subscription": 1}),
    ("pause", {"subscription": 7, "topics": ["t"]}),
    ("resume", {"subscription": 1, "topics": [{"topic": "t", "partition": 0}]}),
    ("receive", {"subscription": 1, "max_bytes": 0}),
    ("unsubscribe", {"subscription": 1}),
    ("unsubscribe", {"subscription": 1}),
    ("list_groups", {"timeout_ms": WAIT_MS}),
    ("describe_group", {"group": "g"}),
    ("reset_group", {"group": "g", "topics": ["t"], "start": "earliest", "dry_run": True}),
    ("delete_group", {"group": "g"}),
    ("status", {}),
    ("clients", {}),
    ("brokers", {}),
    ("consumers", {}),
    ("metrics", {}),
    ("reload", {}),
    ("delete_topic", {"topic": "t"}),
    ("delete_topic", {"topic": "t"}),
]

# What there is of each kind of value, for the places of others.
ODD = {"integer": 5, "true or false": True, "text": "word", "float": 1.5, "list": [[]], "null": None}


class Schema:
    """What help tells."""

    def __init__(self, told):
        self.methods = {m["name"]: m for m in told["methods"]}
        self.parts = {p["name"]: p for p in told["parts"]}

    def part(self, kind):
        """The part that a type names, whether it is a list of them, and how many there may be."""
        name, _, most = kind.removeprefix("list of ").partition(", at most ")
        return self.parts.get(name), kind.startswith("list of "), int(most) if most else None

    def each(self, kind, value, convert):
        """The value with convert(part, item) in the place of each message in it."""
        part, is_list, _ = self.part(kind)
        if part and is_list and isinstance(value, list):
            return [convert(part, item) for item in value]
        if part and not is_list and value is not None:
            return convert(part, value)
        return value

    def positional(self, fields, named):
        """An object as the array that it is on the wire, without what is left out at its end."""
        known = [f for f in fields if f["name"] in named]
        n = fields.index(known[-1]) + 1 if known else 0
        return [self.each(f["type"], named.get(f["name"]), lambda part, item:
                          self.positional(part["fields"], item) if isinstance(item, dict) else item)
                for f in fields[:n]]

    def named(self, fields, array):
        """An array as the object that JSON shows, with what was left out."""
        array = array + [None] * (len(fields) - len(array))
        return {f["name"]: self.field(f, value) for f, value in zip(fields, array)}

    def field(self, field, value):
        if value is None and field["need"] == "optional":
            kind = field["type"]
            return [] if kind.startswith("list") else False if kind == "true or false" else None
        return self.each(field["type"], value, self.message)

    def message(self, part, value):
        if part["bare"] and len(part["fields"]) == 1:
            return value[0] if isinstance(value, list) else value
        return self.named(part["fields"], value if isinstance(value, list) else [value])

    def sample(self, fields):
        """An object with a valid value in each place."""
        return {f["name"]: self.value(f["type"]) for f in fields}

    def value(self, kind):
        part, is_list, _ = self.part(kind)
        if part:
            return [self.sample(part["fields"])] if is_list else self.sample(part["fields"])
        return {"integer": 1, "true or false": False, "text": "x", "bytes": "b"}[kind]

    def spoilt(self, fields):
        """Samples with one value each that cannot stand where it does, and where that is."""
        for f in fields:
            part, is_list, most = self.part(f["type"])
            for kind, odd in ODD.items():
                if is_allowed(f, part, is_list, kind):
                    continue
                yield f"{f['name']} is {kind}", {**self.sample(fields), f["name"]: odd}
            if is_list and most and most < 5000:
                items = [self.sample(part["fields"])] * (most + 1)
                yield f"{f['name']} has too many", {**self.sample(fields), f["name"]: items}
            for where, inner in self.spoilt(part["fields"]) if part else []:
                yield f"{f['name']}.{where}", {**self.sample(fields),
                                               f["name"]: [inner] if is_list else inner}


def is_allowed(field, part, is_list, kind):
    if kind == "null":
        return field["need"] != "required"
    if part and is_list and kind == "list":
        return True
    return kind == field["type"] or (field["type"] == "bytes" and kind == "text")


def as_json(value):
    """Bytes as JSON has them."""
    if isinstance(value, bytes):
        with contextlib.suppress(UnicodeDecodeError):
            if 0 not in value:
                return value.decode()
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, list):
        return [as_json(v) for v in value]
    if isinstance(value, dict):
        return {name: as_json(v) for name, v in value.items()}
    return value


class Lines:
    """A connection that speaks JSON."""

    def __init__(self, daemon):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(LIMIT_S)
        self.socket.connect(daemon.socket)
        self.file = self.socket.makefile("rw", encoding="utf-8", newline="\n")

    def ask(self, method, params):
        self.file.write(json.dumps({"method": method, "params": as_json(params)}) + "\n")
        self.file.flush()
        return json.loads(self.file.readline())

    def close(self):
        self.file.close()
        self.socket.close()


def by_msgpack(request, schema, method, params):
    """The answer as JSON would have it."""
    try:
        result = request(method, *params)
    except CommdError as e:
        return {"error": as_json(schema.message(schema.parts["error"], e.fields))}
    return {"result": as_json(schema.named(schema.methods[method]["result"], result))}


def are_alike(a, b):
    """Whether names and kinds are the same, where both have something."""
    if a is None or b is None:
        return True
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(are_alike(v, b[name]) for name, v in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return not a or not b or are_alike(a[0], b[0])
    return type(a) is type(b)


def steady(value):
    """Without what differs between daemons, or between the two languages: nil is null in JSON."""
    if isinstance(value, dict):
        return {name: "*" if name in VOLATILE and v is not None else steady(v)
                for name, v in value.items()}
    if isinstance(value, list):
        return [steady(v) for v in value]
    if isinstance(value, str):
        return re.sub(r"\bnil\b", "null", re.sub(r"127\.0\.0\.1:\d+", "HOST:PORT", value))
    return value


def compare(method, answers):
    """Whether all are the same, as far as they can be."""
    if method in SHAPES:
        return all(are_alike(a, answers[0]) for a in answers)
    return all(steady(a) == steady(answers[0]) for a in answers)


class Triplets:
    """Three daemons, each asked in its own way."""

    def __init__(self, tap, request, named, positional):
        self.tap, self.request = tap, request
        self.lines = named, positional
        self.schema = Schema(named.ask("help", {})["result"])

    def ask(self, method, params):
        fields = self.schema.methods[method]["params"]
        array = self.schema.positional(fields, params)
        return [by_msgpack(self.request, self.schema, method, array),
                self.lines[0].ask(method, params), self.lines[1].ask(method, array)]

    def check(self, method, params, description):
        """Returns whether there was a result."""
        answers = self.ask(method, params)
        self.tap.ok(compare(method, answers), f"{method}: {description}", *answers)
        return "result" in answers[0]


def check_rows(tap, triplets):
    succeeded = {method for method, params in ROWS if triplets.check(method, params, json.dumps(as_json(params)))}
    # The embedded cluster knows neither groups nor settings.
    tap.equal(sorted({method for method, _ in ROWS} - succeeded),
              ["add_partitions", "alter_topic", "delete_group", "describe_group", "list_groups", "reset_group"],
              "all others have been seen to succeed")


def check_spoilt(tap, triplets):
    """One check for each method, for they are many hundred."""
    for name, method in triplets.schema.methods.items():
        n, different = 0, []
        for where, params in triplets.schema.spoilt(method["params"]):
            answers = triplets.ask(name, params)
            n += 1
            if not compare(name, answers) or "error" not in answers[0]:
                different += [where, *answers]
        tap.ok(not different, f"{name}: {n} times refused in the same words", *different)


def check_missing(tap, triplets):
    """What is needed is left out, with all that follows; or there is one more than there is."""
    for name, method in triplets.schema.methods.items():
        fields, different = method["params"], []
        for i, field in enumerate(fields):
            if field["need"] == "optional":
                continue
            answers = triplets.ask(name, triplets.schema.sample(fields[:i]))
            if not compare("", answers) or "is missing" not in answers[0]["error"]["message"]:
                different += [field["name"], *answers]
        array = triplets.schema.positional(fields, triplets.schema.sample(fields)) + [None]
        answers = [by_msgpack(triplets.request, triplets.schema, name, array), triplets.lines[0].ask(name, array)]
        if not compare("", answers) or "error" not in answers[0]:
            different += ["superfluous", *answers]
        tap.ok(not different, f"{name}: what is missing or superfluous is told in the same words", *different)


def main():
    tap = Tap()
    with contextlib.ExitStack() as stack:
        daemons = [stack.enter_context(commd()) for _ in range(3)]
        request = stack.enter_context(connection(daemons[0]))
        named, positional = (stack.enter_context(contextlib.closing(Lines(d))) for d in daemons[1:])
        triplets = Triplets(tap, request, named, positional)
        check_rows(tap, triplets)
        check_spoilt(tap, triplets)
        check_missing(tap, triplets)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
