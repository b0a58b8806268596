#!/usr/bin/env python3
"""Write the seed corpus: the golden messages, variations of them, and hostile ones.

usage: seed.py GOLDEN_H DIRECTORY DIRECTORY_FOR_JSON

Has its own MessagePack writer, because it must also write what no writer would.
"""

import re
import struct
import sys
from pathlib import Path


def head(kind, n, width=None):
    """The first bytes of an array, map, str or bin of n; of a given width if not the shortest."""
    fixed = {"array": (0x90, 15), "map": (0x80, 15), "str": (0xA0, 31), "bin": (0, -1)}
    codes = {
        "array": {2: 0xDC, 4: 0xDD},
        "map": {2: 0xDE, 4: 0xDF},
        "str": {1: 0xD9, 2: 0xDA, 4: 0xDB},
        "bin": {1: 0xC4, 2: 0xC5, 4: 0xC6},
    }[kind]
    base, most = fixed[kind]
    if width is None and n <= most:
        return bytes([base | n])
    if width is None:
        width = min(w for w in codes if n < 1 << (8 * w))
    return bytes([codes[width]]) + n.to_bytes(width, "big")


def pack_int(v):
    if 0 <= v < 0x80 or -32 <= v < 0:
        return struct.pack("b" if v < 0 else "B", v)
    for code, form in ((0xCC, ">B"), (0xCD, ">H"), (0xCE, ">I"), (0xCF, ">Q")) if v > 0 else (
        (0xD0, ">b"), (0xD1, ">h"), (0xD2, ">i"), (0xD3, ">q")
    ):
        try:
            return bytes([code]) + struct.pack(form, v)
        except struct.error:
            continue
    raise ValueError(v)


def pack(v):
    if v is None:
        return b"\xc0"
    if isinstance(v, bool):
        return b"\xc3" if v else b"\xc2"
    if isinstance(v, int):
        return pack_int(v)
    if isinstance(v, float):
        return b"\xcb" + struct.pack(">d", v)
    if isinstance(v, str):
        return head("str", len(v.encode())) + v.encode()
    if isinstance(v, bytes):
        return head("bin", len(v)) + v
    if isinstance(v, list):
        return head("array", len(v)) + b"".join(map(pack, v))
    if isinstance(v, dict):
        return head("map", len(v)) + b"".join(pack(x) for pair in v.items() for x in pair)
    raise TypeError(v)


def nest(depth, inner=None):
    for _ in range(depth):
        inner = [inner]
    return inner


def request(method, params, msgid=7):
    return pack([0, msgid, method, params])


SEND = request("send", ["t", [b"v"]])
OPEN_SEND = b"\x94\x00\x07\xa4send\x92\xa1t"

VARIATIONS = {
    "bare-str": request("send", ["t", ["v"]]),
    "bare-nil": request("send", ["t", [None]]),
    "bare-empty": request("send", ["t", [b"", ""]]),
    "bare-mixed": request("send", ["t", [b"a", [b"b"], [None, b"k"], [b"c", None, []]]]),
    "record-full": request("send", ["t", [[b"v", b"k", [["h", b"x"], ["h", None]], 3, 1700000000000]]]),
    "records-40": request("send", ["t", [b"x" * n for n in range(40)], "queued", 1000]),
    "send-explicit-nils": request("send", ["t", [b"v"], None, None]),
    "send-no-records": request("send", ["t", []]),
    "topics-bare": request("subscribe", ["g", ["a", ["b"], ["c", 0], ["d", None, 5]]]),
    "no-group": request("subscribe", [None, ["a"], "tail", 10, "none"]),
    "hello-empty": request("hello", []),
    "hello-nils": request("hello", [None, None, None]),
    "two-messages": SEND + request("ping", []),
    "one-and-a-half": SEND + SEND[:7],
    "notification": pack([2, "send", ["t", [b"v"], "queued"]]),
    "notification-unknown": pack([2, "nothing", []]),
    "id-max": request("ping", [], 2**64 - 1),
    "id-u32": request("ping", [], 2**32 - 1),
    "id-signed": b"\x94\x00\xd3" + struct.pack(">q", 5) + b"\xa4ping\x90",
    "type-signed": b"\x94\xd0\x00\x01\xa4ping\x90",
    "wide-heads": b"\xdd\x00\x00\x00\x04\xcf" + bytes(8) + b"\xcc\x01\xdb\x00\x00\x00\x04ping\xdc\x00\x00",
    "ints": request("receive", [2**63 - 1, -1, -33, -(2**31), False]),
    "int-low": request("receive", [-(2**63) + 1]),
    "unicode": request("send", ["\u00e9\u20ac\U0001f600", [b"v"]]),
    "text-as-bin": request("send", [b"t", [b"v"]]),
    "answer-text-as-bin": pack([1, 4, None, [[["t", [[0, 1, None, None, b"v", [[b"\xff", b"x"]]]]]]]]),
    "answer-newer": pack([1, 1, None, [1700000000000, "more", [1, 2]]]),
    "answer-error": pack([1, 2, [10, "COMM_ETOPIC_UNAVAILABLE", "no such topic", False], None]),
    "answer-error-newer": pack([1, 2, [999, "COMM_ENEW", "?", True, None, {"a": 1}], None]),
    "answer-both": pack([1, 2, [1, "a", "b", False], [1]]),
    "answer-neither": pack([1, 1, None, None]),
    "outcome-failed": pack([1, 2, None, [[[1, None, None, [13, "COMM_ESEND", "no", False], True]]]]),
}

HOSTILE = {
    "empty-array": b"\x90",
    "array-2": pack([0, 1]),
    "array-5": pack([0, 1, "ping", [], []]),
    "map-top-1": pack({0: 1}),
    "map-top-2": pack({0: 1, 2: 3}),
    "map-params": request("send", {"topic": "t", "records": []}),
    "map-record": request("send", ["t", [{"value": b"v"}]]),
    "nil": b"\xc0",
    "reserved": b"\xc1",
    "reserved-inside": OPEN_SEND + b"\x91\xc1",
    "type-3": pack([3, 1, "ping", []]),
    "type-negative": pack([-1, 1, "ping", []]),
    "type-string": pack(["0", 1, "ping", []]),
    "type-array": pack([[0], 1, "ping", []]),
    "request-of-3": pack([0, "ping", []]),
    "notification-of-4": pack([2, 1, "ping", []]),
    "id-negative": pack([0, -1, "ping", []]),
    "id-string": pack([0, "1", "ping", []]),
    "id-nil": pack([0, None, "ping", []]),
    "id-float": pack([0, 1.0, "ping", []]),
    "id-array": pack([0, [1], "ping", []]),
    "method-int": pack([0, 1, 2, []]),
    "method-bin": pack([0, 1, b"ping", []]),
    "method-array": pack([0, 1, ["ping"], []]),
    "method-empty": request("", []),
    "method-64": request("m" * 64, []),
    "method-65": request("m" * 65, []),
    "method-nul": request("ping\0", []),
    "method-unknown": request("pong", []),
    "method-bad-utf8": b"\x94\x00\x01\xa2\xc3\x28\x90",
    "depth-8": pack([0, 1, "m", nest(7)]),
    "depth-9": pack([0, 1, "m", nest(8)]),
    "depth-100": pack([0, 1, "m", nest(100)]),
    "depth-maps": b"\x94\x00\x01\xa1m" + b"\x81\xa0" * 40 + b"\xc0",
    "bomb-array32": b"\xdd\xff\xff\xff\xff\x00",
    "bomb-map32": b"\xdf\xff\xff\xff\xff\x00",
    "bomb-map32-half": b"\xdf\x80\x00\x00\x00\x00",
    "bomb-params": b"\x94\x00\x01\xa4send\xdd\x0f\xff\xff\xff\xc0",
    "bomb-params-map": b"\x94\x00\x01\xa4send\xdf\x0f\xff\xff\xff\xc0",
    "bomb-records": OPEN_SEND + b"\xdd\x00\x10\x00\x00",
    "bomb-nested": b"\x94\x00\x01\xa1m" + b"\xdd\x00\x07\x00\x00" * 7,
    "bomb-str32": b"\x94\x00\x01\xdb\xff\xff\xff\xff",
    "bomb-bin32": OPEN_SEND + b"\x91\xc6\xff\xff\xff\xff",
    "bomb-ext32": OPEN_SEND + b"\x91\xc9\xff\xff\xff\xff\x01",
    "str32-16m": b"\x94\x00\x01\xdb\x01\x00\x00\x00",
    "ext8-0": request("send", ["t"])[:-2] + b"\xc7\x00\x05",
    "ext-fixed": b"\x94\x00\x01\xa1m\x95\xd4\x01a\xd5\x01aa\xd6\x01aaaa\xd7\x01" + b"a" * 8 + b"\xd8\x01" + b"a" * 16,
    "ext-long": b"\x94\x00\x01\xa1m\x92\xc7\x03\x01abc\xc8\x00\x02\x01ab",
    "floats": b"\x94\x00\x01\xa4ping\x92\xca\x7f\xc0\x00\x00\xcb\x7f\xf0" + bytes(6),
    "empties": request("m", [[], {}, "", b"", [[], []]]),
    "records-int": request("send", ["t", [1]]),
    "records-not-list": request("send", ["t", "v"]),
    "key-int": request("send", ["t", [b"", b"", b"", [b"v", 1]]]),
    "header-short": request("send", ["t", [[b"v", b"k", [["h"]]]]]),
    "header-257": request("send", ["t", [[b"v", None, [["h", None]] * 257]]]),
    "topics-257": request("subscribe", [None, ["t"] * 257]),
    "topic-bad-utf8": b"\x94\x00\x01\xa4send\x92\xa3\xed\xa0\x80\x90",
    "topic-overlong": b"\x94\x00\x01\xa4send\x92\xa2\xc0\x80\x90",
    "topic-nul": request("send", ["a\0b", []]),
    "int-too-large": request("receive", [2**63]),
    "int-too-low": request("receive", [-(2**63)]),
    "bool-int": request("receive", [1, None, None, None, 1]),
    "too-many-fields": request("ping", [1]),
    "params-nil": request("ping", None),
    "missing": request("send", []),
    "cut": SEND[:-1],
    "http": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "tls": bytes.fromhex("16030100c8010000c40303") + bytes(32),
    "json": b'{"id":1,"method":"ping"}\n',
    "text": b"hello\n",
    "zeros": bytes(64),
    "ones": b"\xff" * 64,
    "answer-lone": b"\x94\x01",
}


# Lines of JSON, each alone.
LINES = {
    "ping": '{"method":"ping"}',
    "ping-id": '{"id":7,"method":"ping","params":{}}',
    "ping-crlf": '{"id":7,"method":"ping"}\r\n{"id":8,"method":"ping"}\r\n',
    "id-null": '{"id":null,"method":"ping"}',
    "id-max": '{"id":9223372036854775807,"method":"ping"}',
    "id-too-large": '{"id":9223372036854775808,"method":"ping"}',
    "id-negative": '{"id":-1,"method":"ping"}',
    "id-string": '{"id":"1","method":"ping"}',
    "id-twice": '{"id":1,"id":2,"method":"ping"}',
    "method-none": '{"id":1}',
    "method-number": '{"method":5}',
    "method-nul": '{"method":"ping\\u0000"}',
    "method-long": '{"method":"' + 65 * "m" + '"}',
    "method-unknown": '{"method":"pong","params":{"a":[{"b":{}}]}}',
    "member-unknown": '{"method":"ping","parms":[]}',
    "named": '{"method":"send","params":{"topic":"t","records":[{"value":"v","key":"k",'
             '"headers":[{"name":"h","value":"x"}],"partition":3,"timestamp_ms":1700000000000}],"ack":"queued"}}',
    "positional": '{"method":"send","params":["t",["v",["v","k",[["h","x"],["h",null]],3,1700000000000]],null,5]}',
    "mixed": '{"method":"send","params":["t",[{"value":null},null,"",["a"]]]}',
    "base64": '{"method":"send","params":["t",[{"base64":"AP8="},{"value":{"base64":""}}]]}',
    "base64-wrong": '{"method":"send","params":["t",[{"base64":"A"}]]}',
    "base64-more": '{"method":"send","params":["t",[{"value":{"base64":"AA==","x":1}}]]}',
    "base64-text": '{"method":"send","params":[{"base64":"dA=="},[]]}',
    "topics": '{"method":"subscribe","params":{"group":"g","topics":["a",{"topic":"b","partition":1,"offset":0}]}}',
    "skipped": '{"method":"receive","params":{"subscription":1,"ends":true}}',
    "unknown-field": '{"method":"send","params":{"topc":"t","records":[]}}',
    "unknown-inside": '{"method":"send","params":{"topic":"t","records":[{"vale":"v"}]}}',
    "missing": '{"method":"send","params":{"topic":"t"}}',
    "missing-inside": '{"method":"send","params":{"topic":"t","records":[{"key":"k"}]}}',
    "superfluous": '{"method":"ping","params":[1,[2,{}]]}',
    "float": '{"method":"receive","params":[1.5,1e3]}',
    "float-huge": '{"method":"receive","params":[1e999]}',
    "int-low": '{"method":"receive","params":[-9223372036854775807,-9223372036854775808]}',
    "escapes": '{"method":"send","params":["\\u00e9\\ud83d\\ude00",["\\b\\f\\n\\r\\t\\/\\u0000"]]}',
    "surrogate-lone": '{"method":"send","params":["\\ud800",[]]}',
    "deep-8": '{"method":"ping","params":' + 7 * "[" + 7 * "]" + "}",
    "deep-9": '{"method":"ping","params":' + 8 * "[" + 8 * "]" + "}",
    "deep-500": 500 * "[",
    "deep-objects": '{"method":"send","params":' + 40 * '{"a":' + "1" + 41 * "}",
    "array": "[1,2]",
    "number": "5",
    "string": '"ping"',
    "empty": "{}",
    "blank": " \t\n\n",
    "cut": '{"id":1,"method":"send","params":["t"',
    "cut-string": '{"id":1,"method":"se',
    "cut-escape": '{"id":1,"method":"\\u12',
    "two-in-one": '{"method":"ping"}{"method":"ping"}',
    "comment": '{"method":"ping"} // now',
    "quotes": "{'method':'ping'}",
    "nan": '{"method":"receive","params":[NaN,Infinity]}',
    "http": 'POST / HTTP/1.1\r\n\r\n{"method":"ping"}',
}

RAW_LINES = {
    "bad-utf8": b'{"method":"send","params":["\xff",[]]}',
    "overlong": b'{"method":"send","params":["\xc0\x80",[]]}',
    "surrogate-raw": b'{"method":"send","params":["\xed\xa0\x80",[]]}',
    "nul": b'{"method":"ping"\0}',
    "msgpack-inside": b'{"method":"ping"}\n\x94\x00\x01\xa4ping\x90',
    "bom": b'\xef\xbb\xbf{"method":"ping"}',
}


def write_lines(directory):
    for name, text in LINES.items():
        (directory / name).write_bytes(text.encode())
    for name, data in RAW_LINES.items():
        (directory / name).write_bytes(data)


def main():
    golden, directory, lines = (Path(path) for path in sys.argv[1:4])
    write_lines(lines)
    hexed = re.findall(r'(?:"[0-9a-f]{2}(?: [0-9a-f]{2})* ?"\s*)+', golden.read_text())
    seeds = {
        f"golden-{i:02}": bytes.fromhex(re.sub(r'["\s]', "", h)) for i, h in enumerate(hexed)
    }
    if not seeds:
        sys.exit(f"{golden}: no messages found")
    seeds.update({f"good-{name}": data for name, data in VARIATIONS.items()})
    seeds.update({f"hostile-{name}": data for name, data in HOSTILE.items()})
    for name, data in seeds.items():
        (directory / name).write_bytes(data)


if __name__ == "__main__":
    main()
