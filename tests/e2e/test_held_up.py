#!/usr/bin/env python3
"""What somebody else takes his time for holds commd up neither while it serves nor at its end: the log, files, and
brokers that do not answer."""

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))
import tap  # noqa: E402

# What Linux has for the smallest pipe.
PIPE_BYTES = 4096

# Two requests each: more than there are threads in the pool, if they waited there.
N_PROFILES = 12

# A request that has its time.
PATIENT_MS = 120000

# Beyond what commd gives itself for its end.
END_S = 60


def start(directory, profiles, stderr):
    """A commd without a cluster, whose log goes to stderr. Returns it when it listens."""
    os.mkdir(os.path.join(directory, "profiles"))
    tap.write(directory, "commd.conf", "")
    for name, bootstrap in profiles.items():
        tap.write(directory, f"profiles/{name}.conf", f"bootstrap.servers={bootstrap}\n")
    path = os.path.join(directory, "sock")
    process = subprocess.Popen(
        [os.environ["COMMD"], "--config", os.path.join(directory, "commd.conf"), "--socket", path],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr)
    daemon = tap.Daemon(path, process, None)
    tap.await_listening(daemon)
    return daemon


@contextlib.contextmanager
def commd(profiles, stderr=None):
    with tempfile.TemporaryDirectory(prefix="commd-test.") as directory:
        daemon = start(directory, profiles, stderr)
        daemon.directory = directory
        try:
            yield daemon
        finally:
            daemon.process.kill()
            daemon.process.wait()


class Client:
    """Lines of JSON."""

    def __init__(self, daemon):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(tap.LIMIT_S)
        self.socket.connect(daemon.socket)
        self.file = self.socket.makefile("rw", encoding="utf-8")

    def ask(self, method, **params):
        self.file.write(json.dumps({"method": method, "params": params}) + "\n")
        self.file.flush()

    def call(self, method, **params):
        self.ask(method, **params)
        answer = json.loads(self.file.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]

    def counter(self, name):
        return next(c["value"] for c in self.call("status")["counters"] if c["name"] == name)


# ---- the log ----


def lose_lines(client):
    """Have commd write its log until there is no room for it."""
    while not (n_lost := client.counter("log_lines_lost_total")):
        client.call("reload")
    return n_lost


def read_until_told(lines):
    """What has waited, up to the line that says how many were lost. Returns both."""
    texts = []
    for line in lines:
        if "lines were lost" in line:
            return texts, line
        texts.append(line)
    return texts, ""


def end(daemon):
    daemon.process.terminate()
    return daemon.process.wait(END_S)


def check_log(t):
    out, into = os.pipe()
    fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    with commd({"default": "127.0.0.1:1"}, into) as daemon:
        os.close(into)
        client = Client(daemon)
        n_lost = lose_lines(client)
        t.ok(n_lost > 0, "commd serves while nobody reads its log, and counts what is lost")
        with open(out, encoding="utf-8") as lines:
            texts, told = read_until_told(lines)
            t.ok(f" {n_lost} lines were lost" in told, "it says so in the log", told)
            t.ok(len(texts) > 1000, "what has waited has come before that", len(texts))
            t.equal(end(daemon), 0, "it ends")
            t.ok("stopping" in lines.read(), "with what it says then")


def check_log_at_end(t):
    out, into = os.pipe()
    fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    with commd({"default": "127.0.0.1:1"}, into) as daemon:
        os.close(into)
        lose_lines(Client(daemon))
        t.equal(end(daemon), 0, "it ends when nobody reads its log")
    os.close(out)


# ---- files ----


def check_file(t):
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log, \
            commd({"default": "127.0.0.1:1"}, log) as daemon:
        fifo = os.path.join(daemon.directory, "profiles", "slow.conf")
        os.mkfifo(fifo, 0o600)
        # Whoever has it open for writing is waited for.
        writer = os.open(fifo, os.O_RDWR)
        client = Client(daemon)
        client.ask("reload")
        other = Client(daemon)
        other.call("ping")
        t.ok(True, "commd serves while it reads a file that does not end")
        t.equal(end(daemon), 1, "it ends nevertheless")
        log.seek(0)
        t.ok("does not come to its end" in log.read(), "and says why without that file")
        os.close(writer)


# ---- brokers ----


def await_taken(client, n):
    while client.counter("requests_in_flight") < n:
        pass


def check_brokers(t):
    with socket.create_server(("127.0.0.1", 0), backlog=N_PROFILES * 8) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        names = ["default", *(f"p{i}" for i in range(N_PROFILES - 1))]
        with commd({name: address for name in names}, subprocess.DEVNULL) as daemon:
            waiting = [Client(daemon) for _ in range(2 * N_PROFILES)]
            for i, client in enumerate(waiting):
                client.call("hello", profile=names[i % N_PROFILES])
                client.ask("list_topics", timeout_ms=PATIENT_MS)
            client = Client(daemon)
            await_taken(client, len(waiting))
            client.call("reload")
            t.ok(client.counter("requests_in_flight") > len(waiting) - 1,
                 "a reload waits for nobody who waits for brokers")
            t.equal(end(daemon), 0, "nor does the end")
            t.ok(all("error" in json.loads(c.file.readline()) for c in waiting), "all are answered")


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    t = tap.Tap()
    check_log(t)
    check_log_at_end(t)
    check_file(t)
    check_brokers(t)
    return t.end()


if __name__ == "__main__":
    sys.exit(main())
