#!/usr/bin/env python3
"""Write the seed corpus: the golden messages, variations of them, and hostile ones.

usage: seed.py GOLDEN_H DIRECTORY DIRECTORY_FOR_JSON DIRECTORY_FOR_DISPATCH DIRECTORY_FOR_CONFIG DIRECTORY_FOR_CLIENT

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


# What clients do one after the other, as fuzz_dispatch.c reads it.


def do(kind, n=0):
    return bytes([0xC1, kind << 4 | n])


def client(n):
    return do(0, n)


def gone(n):
    return do(1, n)


def shut(n):
    return do(2, n)


def turns(n):
    return do(3, n)


def passed(n):
    return do(4, n)


def ended(n):
    return do(5, n - 1)


def failed(n):
    return do(6, n)


def refused(n):
    return do(7, n)


def brought(n):
    return do(8, n)


PATIENT, DOWN, FULL, COMPLAINT, END, WAKE, STOP, RELOAD, SHRINK, DEAF = (do(9, n) for n in range(10))


def pieces(n):
    return do(9, 10 + n)


def interrupted(n):
    return do(10, n)


SUBSCRIBE = request("subscribe", ["g", ["t"]])
RECEIVE = request("receive", [1, 10, None, 1000], 9)
SHARE = request("receive", [1, 10, None, 1000, None, None, -1], 9)
SEND_5 = request("send", ["t", [b"v"] * 5], 11)

EVERY_METHOD = [
    request("hello", ["me", "default", 1]),
    request("hello", ["you", "other"]),
    request("hello", [None, "bad"]),
    request("hello", [None, "none"]),
    request("ping", []),
    SEND,
    request("send", ["secret-t", [b"v"]]),
    SUBSCRIBE,
    request("subscribe", ["g", ["^t.*", "secret"]]),
    RECEIVE,
    request("ack", [1, [["t", 0, 1]]]),
    request("seek", [1, "latest"]),
    request("pause", [1, ["t"]]),
    request("resume", [1]),
    request("unsubscribe", [1]),
    request("list_topics", []),
    request("create_topic", ["t", 3, 1, [["a", "b"]]]),
    request("delete_topic", ["t"]),
    request("describe_topic", ["t"]),
    request("add_partitions", ["t", 4]),
    request("alter_topic", ["t", [["a", "b"]]]),
    request("offsets", ["t", 5]),
    request("list_groups", []),
    request("describe_group", ["g"]),
    request("reset_group", ["g", ["t"], "earliest"]),
    request("delete_group", ["g"]),
    request("status", []),
    request("clients", []),
    request("brokers", []),
    request("consumers", []),
    request("metrics", []),
    request("help", []),
    request("help", ["send"]),
    request("trace", ["t", 1000]),
    request("reload", []),
    request("pong", []),
]

LINES_OF_ONE = (
    b'{"method":"subscribe","params":{"group":null,"topics":["t"],"ack":"manual"}}\n'
    b'{"id":5,"method":"receive","params":{"subscription":1,"timeout_ms":100}}\n'
    b'{"method":"send","params":["t",["v",{"value":"w","key":"k"}]]}\n'
    b'{"method":"status"}\n\n{"method":"nothing"}\n{"method":"help"}'
)

PLAYS = {
    **{f"method-{i:02}": data for i, data in enumerate(EVERY_METHOD)},
    "methods": b"".join(EVERY_METHOD),
    "methods-patient": PATIENT + b"".join(m + failed(i % 16) for i, m in enumerate(EVERY_METHOD)),
    "methods-late": PATIENT + b"".join(m + passed(10) for m in EVERY_METHOD),
    "methods-refused": b"".join(refused(i % 16) + m for i, m in enumerate(EVERY_METHOD)),
    "receive": SUBSCRIBE + turns(2) + RECEIVE + brought(1) + RECEIVE + brought(9) + RECEIVE + RECEIVE,
    "receive-shared": SUBSCRIBE + turns(2) + SHARE + brought(9) + SHARE + brought(9) + request("unsubscribe", [1]),
    "receive-late": SUBSCRIBE + turns(2) + RECEIVE + passed(9) + DOWN + RECEIVE + passed(9),
    "receive-ends": SUBSCRIBE + turns(2) + request("receive", [1, 5, 5, 900, True, True]) + END + brought(2) + END,
    "receive-complaint": SUBSCRIBE + turns(2) + RECEIVE + COMPLAINT + RECEIVE,
    "receive-deaf": SUBSCRIBE + turns(2) + SHRINK + DEAF + 9 * (brought(15) + RECEIVE) + DEAF + 3 * RECEIVE,
    "receive-many": request("subscribe", ["g", ["t"], None, None, "manual"]) + turns(2) + 9 * RECEIVE + brought(3),
    "unsubscribe-waiting": SUBSCRIBE + turns(2) + RECEIVE + request("unsubscribe", [1]),
    "seek-twice": SUBSCRIBE + turns(2) + PATIENT + 2 * request("seek", [1, "earliest"]) + request("unsubscribe", [1]),
    "seek-late": SUBSCRIBE + turns(2) + PATIENT + request("seek", [1, "time", 5, [["t", 1]], 20]) + passed(8) + ended(1),
    "subscribe-late": PATIENT + SUBSCRIBE + passed(10) + ended(1),
    "subscribe-gone": PATIENT + SUBSCRIBE + gone(0) + ended(1),
    "subscribe-many": 4 * SUBSCRIBE + turns(2) + 2 * SUBSCRIBE,
    "send-full": FULL + 3 * SEND_5 + FULL + WAKE,
    "send-full-late": FULL + SEND_5 + passed(10) + FULL + SEND_5,
    "send-full-gone": FULL + 2 * SEND_5 + gone(0) + client(1) + SEND,
    "send-failed": PATIENT + 3 * SEND_5 + failed(14) + failed(1) + ended(1) + request("status", []),
    "send-late": PATIENT + request("send", ["t", [b"v"], None, 10]) + passed(8) + ended(1),
    "send-queued": PATIENT + request("send", ["t", [b"v"], "queued"]) + failed(3) + SEND_5,
    "send-notified": pack([2, "send", ["t", [b"v"], "queued"]]) + request("ping", []),
    "send-much": PATIENT + 9 * request("send", ["t", [b"x" * 300]]) + ended(16),
    "send-single-and-bulk": SEND + client(1) + PATIENT + 3 * request("send", ["t", [b"x" * 600] * 3]) + client(0) + SEND,
    "trace": request("trace", ["t", 5000]) + client(1) + PATIENT + 2 * SEND_5 + failed(3) + ended(1) + passed(10),
    "trace-gone": request("trace", ["t", 5000]) + client(1) + PATIENT + SEND_5 + gone(0) + ended(1),
    "requests-many": PATIENT + 9 * request("list_topics", []) + client(1) + 9 * request("offsets", ["t"]) + passed(7),
    "records-many": 9 * SEND_5 + passed(7) + 9 * SEND_5,
    "connections-many": b"".join(client(n) + request("ping", []) for n in range(4)) + 2 * request("ping", []),
    "two-talk": client(1) + SEND[:7] + client(0) + SEND + client(1) + SEND[7:] + shut(1) + request("ping", []),
    "half-message": SEND[:9] + passed(9) + passed(8),
    "half-message-shut": SEND[:9] + shut(0),
    "half-message-gone": SEND[:9] + gone(0),
    "byte-by-byte": pieces(1) + SEND + SUBSCRIBE + RECEIVE,
    "too-big": b"\x94\x00\x01\xa4send\x92\xa1t\x91\xc5\x40\x00",
    "shut-waiting": PATIENT + SEND_5 + SUBSCRIBE + shut(0) + turns(3) + ended(2),
    "stop": SUBSCRIBE + turns(2) + RECEIVE + PATIENT + SEND_5 + request("trace", ["t"]) + STOP + SEND + PATIENT,
    "stop-deaf": SHRINK + DEAF + 4 * request("help", []) + STOP + turns(4) + passed(9) + turns(4),
    "stop-full": FULL + 3 * SEND_5 + STOP,
    "stop-reloading": request("reload", []) + STOP,
    "reload": SUBSCRIBE + request("subscribe", ["g", ["x"]]) + turns(2) + RECEIVE + RELOAD + SEND + RELOAD + RECEIVE,
    "reload-asked": RELOAD + turns(3) + request("reload", []) + turns(1) + request("reload", []) + turns(4),
    "reload-gone": RELOAD + turns(3) + request("reload", []) + gone(0),
    "reload-late": RELOAD + turns(3) + request("reload", []) + passed(11),
    "turned-away": client(1) + client(2) + client(3) + request("ping", []) + passed(9) + client(1) + passed(10),
    "turned-away-late": client(1) + client(2) + client(3) + passed(11),
    "reload-other": request("hello", ["me", "other"]) + SEND + RELOAD + SEND + SUBSCRIBE,
    "reload-while-subscribing": PATIENT + request("subscribe", ["g", ["x"]]) + RELOAD + turns(2) + ended(1),
    "lines": LINES_OF_ONE,
    "lines-patient": PATIENT + LINES_OF_ONE + ended(1) + turns(2) + ended(1),
    "lines-shut": LINES_OF_ONE[:-3] + shut(0) + turns(2),
    "lines-shut-interrupted": LINES_OF_ONE[:-3] + interrupted(1) + shut(0) + turns(2),
    "lines-pieces": pieces(3) + LINES_OF_ONE,
    "line-too-long": b'{"method":"' + 2100 * b"m" + b'"}\n',
    "escape": b"\x94\x00\x01\xa1m\x91" + b"\xc1\xc1",
}


# Files, as commd.conf and as a profile.

FILES = {
    "empty": "",
    "comment": "# nothing\n; either\n",
    "limits": "[limits]\nconnections = 10\nmessage-max = 1M ; small\noutbox-high=2K\n",
    "quota": "[quota]\nconnections = 3\nheld-bytes = 1G\nrecords-per-second = 5\nwait-ms = 0\n",
    "socket": "[socket]\npath = @commd\nmode = 0777\ngroup = a\nbacklog = 1\n",
    "path-long": "[socket]\npath = " + 108 * "p" + "\n",
    "others": "[timeouts]\nrequest-ms=1\n[kafka]\nprofiles=/p\n[metrics]\ntextfile = f\ninterval-ms=100\n",
    "mark-and-crlf": "\ufeff[limits]\r\nconnections=1\r\n",
    "too-small": "[limits]\nmessage-max = 1\n",
    "too-large": "[limits]\nconnections = 99999999999999999999\n",
    "unit": "[limits]\nmessage-max = 1X\n",
    "negative": "[timeouts]\nrequest-ms = -1\n",
    "unknown-key": "[limits]\nconections = 1\n",
    "unknown-section": "[limit]\nconnections = 1\n",
    "twice": "[limits]\nconnections = 1\nconnections = 2\n",
    "section-twice": "[limits]\n[limits]\n",
    "section-open": "[limits\nconnections = 1\n",
    "section-more": "[limits] x\n",
    "no-section": "connections = 1\n",
    "no-key": "[limits]\n= 1\n",
    "no-value": "[limits]\nconnections\n",
    "line-long": "[limits]\nconnections = " + 200 * "1" + "\n",
    "nul": "[limits]\0\n",
    "rules": "[rule a]\nusers = a b 7 @commd\ngroups = c\ntopics = orders-* t?\nallow = produce consume\n"
             "[rule b]\nusers = *\nprofiles = [a-z]* default\nconsumer-groups = g[!0-9]\ndeny = administer\n"
             "[rule c]\ngroups = d\nallow = status\n",
    "rule-nobody": "[rule a]\nallow = produce\n",
    "rule-unknown-user": "[rule a]\nusers = zz\nallow = produce\n",
    "rule-broken-user": "[rule a]\nusers = !\nallow = produce\n",
    "rule-neither": "[rule a]\nusers = a\n",
    "rule-both": "[rule a]\nusers = a\nallow = produce\ndeny = consume\n",
    "rule-operation": "[rule a]\nusers = a\nallow = eat\n",
    "rule-pattern": "[rule a]\nusers = a\ntopics = [a\nallow = produce\n",
    "rule-nameless": "[rule ]\nusers = a\nallow = produce\n",
    "rule-twice": "[rule a]\nusers=a\nallow=status\n[rule a]\nusers=a\nallow=status\n",
    "profile": "# brokers\nbootstrap.servers=a:9092,b:9092\nlinger.ms=5\ntopic.acks=all\ncommd.description=mine\n",
    "profile-secret": "bootstrap.servers=a\nsecurity.protocol=SASL_SSL\nsasl.username=u\nsasl.password=hunter2\n",
    "profile-secrets": "bootstrap.servers=a\nssl.key.password=hunter2\nsasl.oauthbearer.client.secret=hunter2 \n\n",
    "profile-secret-file": "bootstrap.servers=a\ncommd.sasl.password.file=%d/secret\n",
    "profile-secret-file-beside": "bootstrap.servers=a\ncommd.sasl.password.file=secret\n",
    "profile-secret-file-missing": "bootstrap.servers=a\ncommd.ssl.key.password.file=/x\n",
    "profile-secret-file-open": "bootstrap.servers=a\ncommd.ssl.keystore.password.file=/o\n",
    "profile-secret-file-lines": "bootstrap.servers=a\ncommd.sasl.password.file=/2\n",
    "profile-secret-file-empty": "bootstrap.servers=a\ncommd.sasl.password.file=/0\n",
    "profile-secret-twice": "bootstrap.servers=a\nsasl.password=hunter2\ncommd.sasl.password.file=/s\n",
    "profile-refused": "bootstrap.servers=a\ngroup.id=g\n",
    "profile-callback": "bootstrap.servers=a\nerror_cb=x\n",
    "profile-no-brokers": "linger.ms=5\n",
    "profile-no-equals": "bootstrap.servers=a\nhunter2\n",
    "profile-bad-name": "bootstrap.servers=a\nli nger.ms=hunter2\n",
    "profile-own-unknown": "bootstrap.servers=a\ncommd.descripton=x\n",
    "profile-twice": "bootstrap.servers=a\nbootstrap.servers=b\n",
    "profile-certificate": "bootstrap.servers=a\nssl.ca.location=/etc/hostname\nssl.ca.pem=-----BEGIN\\n-----END\n",
}


# What a program asks libcommclient for, and a daemon answers, as fuzz_client.c reads it.


def ask(kind):
    return do(kind >> 4, kind & 15)


def ago(n):
    return do(2, n)


def answered(style=0):
    return do(3, style)


def other_answered(i):
    return do(4, i)


def said_no(code):
    return do(5 + (code >> 4), code & 15)


def answer_begun(i=0):
    return do(7, 2 * i)


def error_begun(i=0):
    return do(7, 2 * i + 1)


READ, HANG_UP, NOBODY, BACK, SILENT, POLITE = (do(8, n) for n in range(6))
WAIT, FLUSH, TIMID, EAGER = (do(9, n) for n in range(4))
RECORDS_BACK = pack([[["t", [[0, 1, None, None, b"v", [["h", b"x"]]], [1, 2, 5, b"k", None]]]]])
GROUP_READER = ask(13) + answered(0)

TALKS = {
    **{f"ask-{k:02}-{style}": ask(k) + answered(style) for k in range(16) for style in range(5)},
    **{f"ask-{k:02}-refused": ask(k) + said_no(k + 1) for k in range(16)},
    **{f"read-{k}": GROUP_READER + ask(k) + answered(0) + ask(k) + answered(2) for k in range(16, 22)},
    **{f"read-{k}-refused": GROUP_READER + ask(k) + said_no(k) for k in range(16, 22)},
    "receive": GROUP_READER + 2 * (ask(16) + READ + answer_begun() + RECORDS_BACK[1:] + WAIT),
    "receive-late": GROUP_READER + ask(16) + ago(5) + WAIT + answered(0),
    "receive-unsubscribed": GROUP_READER + ask(16) + ask(21) + READ + answered(0) + answered(0),
    "receive-lost": GROUP_READER + ask(16) + HANG_UP + ago(4) + answered(0) + answered(0),
    "tail-lost": ask(14) + answered(0) + ask(16) + READ + answer_begun() + RECORDS_BACK[1:] + WAIT + HANG_UP + ask(16)
                 + ago(4) + WAIT + answered(0) + answered(2),
    "send": ask(22) + answered(0) + 3 * ask(22) + answered(1) + answered(1),
    "send-outcomes": 3 * ask(22) + READ + answer_begun() + pack([[[1, 0, 5], [2, None, None, [13, "COMM_ESEND", "no", False]]]])[1:],
    "send-large": ask(23) + 5 * ask(23) + ask(24) + answered(0) + answered(0) + FLUSH,
    "send-many": do(10, 8) + answered(0) + FLUSH,
    "send-refused": do(10, 2) + said_no(4) + FLUSH + said_no(17) + answered(0),
    "send-lost": do(10, 2) + HANG_UP + ago(6) + FLUSH + answered(0),
    "eager": EAGER + ask(0) + 20 * answered(0) + TIMID,
    "out-of-order": ask(0) + ask(1) + ask(7) + other_answered(2) + other_answered(1) + other_answered(0),
    "unknown-id": ask(0) + pack([1, 77, None, [5]]) + pack([1, 2, None, [5]]),
    "notified": ask(0) + pack([2, "ping", []]) + answered(0),
    "asked": pack([0, 1, "ping", []]),
    "nonsense": b"HTTP/1.1 200 OK\r\n",
    "answer-cut": ask(1) + READ + answer_begun() + b"\x92\x91" + HANG_UP + WAIT,
    "answer-wrong": ask(1) + READ + answer_begun() + b"\x92\x91\x05\x90" + WAIT,
    "answer-nil": ask(0) + READ + answer_begun() + b"\xc0" + WAIT,
    "error-newer": ask(0) + READ + error_begun() + pack([999, "COMM_ENEW", "?", True, None, 5]) + b"\xc0" + WAIT,
    "error-wrong": ask(0) + READ + error_begun() + pack(["x"]) + b"\xc0" + WAIT,
    "shutting-down": ask(0) + ask(1) + said_no(19) + answered(0) + WAIT + ago(4) + answered(0),
    "nobody-there": ask(0) + NOBODY + HANG_UP + WAIT + ago(8) + BACK + WAIT + answered(0),
    "hello-none": SILENT + HANG_UP + ask(0) + WAIT + ago(9) + WAIT,
    "hello-refused": SILENT + READ + said_no(5),
    "hello-wrong": SILENT + READ + answer_begun() + b"\x91\x01",
    "hello-newer": SILENT + READ + answer_begun() + pack(["commd", "9", 99, [5, 1, 1, 1, 1], "more"]) + ask(22) + ask(0),
    "hello-lost": SILENT + READ + HANG_UP + POLITE + READ,
    "quota": ask(0) + said_no(31) + ask(22) + said_no(31) + WAIT,
}


def write_talks(directory):
    for name, data in TALKS.items():
        (directory / name).write_bytes(data)


def write_files(directory):
    for name, text in FILES.items():
        (directory / name).write_bytes(text.encode())
    (directory / "bad-utf8").write_bytes(b"[limits]\n\xff = 1\n")
    (directory / "profile-bad-utf8").write_bytes(b"bootstrap.servers=a\ncommd.description=\xff\n")


def write_plays(directory):
    for name, data in PLAYS.items():
        (directory / name).write_bytes(data)


def write_lines(directory):
    for name, text in LINES.items():
        (directory / name).write_bytes(text.encode())
    for name, data in RAW_LINES.items():
        (directory / name).write_bytes(data)


def main():
    golden, directory, lines, plays, files, talks = (Path(path) for path in sys.argv[1:7])
    write_lines(lines)
    write_plays(plays)
    write_files(files)
    write_talks(talks)
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
