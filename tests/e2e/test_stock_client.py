#!/usr/bin/python3
"""A MessagePack-RPC client that knows nothing of commd: Neovim's, as Debian packages it.

It sends every string as str, bytes and names alike, and begins with a notification that commd
does not know. The interpreter is Debian's, for that is where python3-pynvim is.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.environ["COMMD_SOURCE_ROOT"], "tests", "lib"))
from rpc import Checks, connection
from tap import LIMIT_S, commd

ENO_METHOD, EBAD_PARAMS, EBAD_VALUE, ETOPIC_CREATE, ETOPIC_DELETE = 2, 3, 4, 8, 9


def check_records(tap, request):
    """Sending and receiving. A batch is [topic, records], a record is
    [partition, offset, timestamp_ms, key, value, headers]; what is left out at the end is nil."""
    tap.equal(request("create_topic", "t", 1), [], "a topic is created")
    tap.equal(request("send", "t", ["plain", ["with a key", "key"], [None, "gone"],
                                    ["with a header", None, [["name", "value"]]]]),
              [[[4, 0, 0]]], "four records are sent, and one outcome tells of all")
    tap.equal(request("send", "t", [b"\xff\0"])[0], [[1, 0, 4]], "bytes are sent as well")

    subscription = request("subscribe", None, ["t"], "earliest")[0]
    records = []
    while len(records) < 5:
        batches = request("receive", subscription, None, None, LIMIT_S * 1000)[0]
        if not batches:
            break
        for topic, batch in batches:
            tap.equal(topic, "t", "records come by topic")
            records += batch
    tap.equal([r[1] for r in records], [0, 1, 2, 3, 4], "all come, in order")
    tap.equal([r[3] for r in records], [None, b"key", b"gone", None, None], "keys are bytes")
    tap.equal([r[4] for r in records],
              [b"plain", b"with a key", None, b"with a header", b"\xff\0"], "values are bytes")
    tap.equal(records[3][5], [["name", b"value"]], "and so are values of headers")
    tap.equal(request("receive", subscription, 10, None, 0)[0], [], "then there is nothing")
    tap.equal(request("unsubscribe", subscription), [], "the subscription is ended")
    tap.equal(request("delete_topic", "t"), [], "the topic is deleted")


def check_errors(tap, request):
    """An error is raised by the client, with commd's code and sentence in it."""
    tap.fails(ETOPIC_DELETE, "UNKNOWN_TOPIC_OR_PART", "a topic that is not there",
              request, "delete_topic", "nowhere")
    tap.fails(ETOPIC_CREATE, "TOPIC_EXCEPTION", "a name that no topic has",
              request, "create_topic", "no spaces, please", 1)
    tap.fails(EBAD_VALUE, "records[1]", "a value that is no bytes",
              request, "send", "t", ["good", 5])
    tap.fails(EBAD_VALUE, "is none of earliest", "a word that is cut off is told as text",
              request, "subscribe", None, ["t"], "a" + 30 * "\u20ac")
    tap.fails(EBAD_PARAMS, "topic", "a parameter that is missing", request, "delete_topic")
    tap.fails(ENO_METHOD, "launch", "a method that is not there", request, "launch")


def main():
    tap = Checks()
    with commd() as daemon, connection(daemon) as request:
        hello = request("hello", "pynvim")
        tap.equal(hello[0], "commd", "commd says hello")
        tap.equal(hello[2], 1, "and which protocol it speaks")
        check_records(tap, request)
        check_errors(tap, request)
        tap.ok(request("ping")[0] > 0, "after all that it answers")
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
