#!/usr/bin/python3
"""A Kafka that falls silent: what was only asked may be asked again, what was to be changed may have been
changed, and everything is answered in its time."""

import contextlib
import os
import signal
import socket
import subprocess
import sys

import msgpack

sys.path.insert(0, os.path.join(os.environ["COMMD_SOURCE_ROOT"], "tests", "lib"))
from broker import Broker
from rpc import Checks, await_true, connection
from tap import LIMIT_S, commd

EBROKER, EBUSY, EUNKNOWN_OUTCOME = 12, 17, 24

# What does not keep to this time takes longer than the test may.
SHORT_MS = 1000
CONF = "[timeouts]\nrequest-ms = 3600000\n"

# So many errands of a profile are under way at once.
RUNNING_MAX = 4
# librdkafka may give up a connection, and end those that wait for it: others take their places.
HELD = 2 * RUNNING_MAX

ASKED = (("describe_topic", "t"), ("offsets", "t", None), ("list_groups",), ("describe_group", "g"),
         # Whether it has members is asked before anything else.
         ("reset_group", "g", ["t"], "latest", None, False), ("delete_group", "g"))

CHANGED = (("add_partitions", "t", 3), ("create_topic", "u", 1, 1, None), ("delete_topic", "v"))


def read_answers(sock, n):
    unpacker = msgpack.Unpacker(raw=False)
    while n:
        unpacker.feed(sock.recv(65536))
        n -= sum(1 for _ in unpacker)


def hold_line(daemon):
    """More errands than run at once wait for Kafka. Returns their connection."""
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(LIMIT_S)
    sock.connect(daemon.socket)
    for i in range(HELD):
        sock.sendall(msgpack.packb([0, i, "describe_topic", ["t", LIMIT_S * 1000]]))
    sock.sendall(msgpack.packb([0, HELD, "ping", []]))
    read_answers(sock, 1)
    return sock


def ask(tap, request, code, question):
    method, *args = question
    tap.fails(code, "no answer from the Kafka brokers",
              f"{method} {'has not' if code == EBROKER else 'may have'} happened",
              request, method, *args, SHORT_MS)


@contextlib.contextmanager
def watching(daemon):
    """commctl lag --watch, which has shown something."""
    with subprocess.Popen([os.environ["COMMCTL"], "--socket", daemon.socket, "--timeout=3600", "lag", "g",
                           "--watch=0.1"],
                          stdout=subprocess.PIPE) as process:
        try:
            process.stdout.readline()
            yield process
        finally:
            process.kill()


def interrupt(tap, process):
    """It may wait for an answer that does not come: that is no reason to go on."""
    process.send_signal(signal.SIGINT)
    process.stdout.read()
    tap.equal(process.wait(), 0, "Ctrl-C ends lag --watch")


def check(tap, request, daemon, broker):
    for topic in "tv":
        request("create_topic", topic, 1)
    request("reset_group", "g", ["t"], "earliest")
    with watching(daemon) as process:
        os.kill(broker.pid, signal.SIGSTOP)
        for question in ASKED:
            ask(tap, request, EBROKER, question)
        interrupt(tap, process)
    for question in CHANGED:
        ask(tap, request, EUNKNOWN_OUTCOME, question)
    os.kill(broker.pid, signal.SIGCONT)

    def topics():
        return {name: len(partitions) for name, partitions, *_ in request("list_topics")[0]
                if not name.startswith("__")}

    tap.equal(await_true(lambda: topics() == {"t": 3, "u": 1}), True,
              "what may have been changed was changed, as soon as Kafka went on")
    tap.equal(request("describe_group", "g")[4], [["t", 0, 0, 0, 0, None]],
              "what was only asked has changed nothing")


def n_errands(request):
    return dict(request("status")[6])["errands"]


def check_line(tap, daemon, request, broker):
    """What has waited in line until its time had passed is not done later."""
    os.kill(broker.pid, signal.SIGSTOP)
    with hold_line(daemon) as sock:
        for method, *args in (("add_partitions", "u", 2), ("delete_group", "g"),
                              ("describe_topic", "t")):
            tap.fails(EBUSY, "it waited behind", f"{method} was not asked: others came before it",
                      request, method, *args, SHORT_MS)
        tap.ok(RUNNING_MAX + 3 <= n_errands(request) <= HELD + 3,
               "status counts them and what is in line")
        os.kill(broker.pid, signal.SIGCONT)
        read_answers(sock, HELD)
    # This one has waited in line behind them.
    tap.equal(len(request("describe_topic", "u")[0][1]), 1, "no partition was added later")
    tap.equal(request("describe_group", "g")[0][0], "g", "and the group is still there")
    tap.equal(await_true(lambda: not n_errands(request)), True, "and nothing is left of them")


def main():
    tap = Checks()
    broker = Broker()
    try:
        with commd(broker.bootstrap, conf=CONF) as daemon, connection(daemon) as request:
            check(tap, request, daemon, broker)
            check_line(tap, daemon, request, broker)
    finally:
        broker.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
