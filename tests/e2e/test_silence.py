#!/usr/bin/python3
"""A Kafka that falls silent: what was only asked may be asked again, what was to be changed may have been
changed, and everything is answered in its time."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.environ["COMMD_SOURCE_ROOT"], "tests", "lib"))
from rpc import Checks, await_true, connection
from tap import LIMIT_S, commd

EBROKER, EUNKNOWN_OUTCOME = 12, 24

SHORT_MS = 1000

ASKED = (("describe_topic", "t"), ("offsets", "t", None), ("list_groups",), ("describe_group", "g"),
         # Whether it has members is asked before anything else.
         ("reset_group", "g", ["t"], "latest", None, False), ("delete_group", "g"))

CHANGED = (("add_partitions", "t", 3), ("create_topic", "u", 1, 1, None), ("delete_topic", "v"))


class Broker:
    """A Kafka of the test's own, for it is stopped."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="commd-test.")
        self.run("start")
        with open(os.path.join(self.directory.name, "bootstrap"), encoding="utf-8") as file:
            self.bootstrap = file.read().strip()
        with open(os.path.join(self.directory.name, "pid"), encoding="utf-8") as file:
            self.pid = int(file.read())

    def run(self, verb):
        script = os.path.join(os.environ["COMMD_SOURCE_ROOT"], "tests", "kafka", "broker")
        subprocess.run([script, verb, self.directory.name], check=True, stdout=subprocess.DEVNULL)

    def close(self):
        os.kill(self.pid, signal.SIGCONT)
        self.run("stop")
        self.directory.cleanup()


def ask(tap, request, code, question):
    method, *args = question
    began = time.monotonic()
    tap.fails(code, "no answer from the Kafka brokers",
              f"{method} {'has not' if code == EBROKER else 'may have'} happened",
              request, method, *args, SHORT_MS)
    tap.ok(time.monotonic() - began < LIMIT_S / 2, "and is answered in its time")


@contextlib.contextmanager
def watching(daemon):
    """commctl lag --watch, which has shown something."""
    with subprocess.Popen([os.environ["COMMCTL"], "--socket", daemon.socket, "lag", "g", "--watch=0.1"],
                          stdout=subprocess.PIPE) as process:
        try:
            process.stdout.readline()
            yield process
        finally:
            process.kill()


def interrupt(tap, process):
    """It may wait for an answer that does not come: that is no reason to go on."""
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.stdout.read()
    tap.equal(process.wait(), 0, "Ctrl-C ends lag --watch")
    tap.ok(time.monotonic() - began < LIMIT_S / 2, "at once, however silent Kafka is")


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


def main():
    tap = Checks()
    broker = Broker()
    try:
        with commd(broker.bootstrap) as daemon, connection(daemon) as request:
            check(tap, request, daemon, broker)
    finally:
        broker.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
