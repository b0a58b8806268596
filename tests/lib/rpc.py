"""What tests in Python that speak the protocol share. The interpreter is Debian's, for that is where
python3-pynvim is, whose client for MessagePack-RPC this is."""

import contextlib
import os
import subprocess
import time

from pynvim.msgpack_rpc import socket_session

from tap import LIMIT_S, Tap


class CommdError(Exception):
    """The array that commd answers with when a request fails."""

    def __init__(self, error):
        self.fields = error
        self.code, self.name, self.message, self.retriable = error[:4]
        super().__init__(f"{self.name}: {self.message}")


class Checks(Tap):
    """With one for a request that fails."""

    def fails(self, code, part, description, call, *args):
        try:
            self.ok(False, description, call(*args))
        except CommdError as e:
            self.ok(e.code == code and part in e.message, description, e.args)


@contextlib.contextmanager
def connection(daemon):
    """A function that asks the daemon and returns the result."""
    session = socket_session(daemon.socket)
    session.error_wrapper = CommdError
    try:
        yield session.request
    finally:
        session.close()


def await_true(is_true):
    """Ask until the answer is true, and return it; or what was said last when that takes too long."""
    deadline = time.monotonic() + LIMIT_S
    while not (answer := is_true()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return answer


def kafka_tool(name, *args):
    """What one of Kafka's own command line tools prints, as lists of words."""
    fetch = os.path.join(os.environ["COMMD_SOURCE_ROOT"], "tests", "kafka", "fetch")
    jars = subprocess.run([fetch], check=True, capture_output=True, text=True).stdout.strip()
    done = subprocess.run(["java", "-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                           "-cp", f"{jars}/*", name, *args],
                          check=True, capture_output=True, text=True, timeout=60)
    return [line.split() for line in done.stdout.splitlines() if line.strip()]
