"""What tests in Python share: TAP on standard output, and a daemon for the time of a test."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

from keeper import Directory

LIMIT_S = 20

# More than commd allows itself for what is in flight at its end.
STOP_LIMIT_S = 30


class Tap:
    """Counts checks and prints them."""

    def __init__(self):
        self.n_run = self.n_failed = 0

    def ok(self, is_ok, description, *details):
        self.n_run += 1
        if not is_ok:
            self.n_failed += 1
        print(f"{'ok' if is_ok else 'not ok'} {self.n_run} - {description}", flush=True)
        if not is_ok:
            for detail in details:
                print(f"# {detail!r}", flush=True)

    def equal(self, got, wanted, description):
        self.ok(got == wanted, description, got, wanted)

    def end(self):
        print(f"1..{self.n_run}")
        return 1 if self.n_failed else 0


class Daemon:
    """A commd that is ready."""

    def __init__(self, socket, process, log):
        self.socket = socket
        self.process = process
        self.log = log

    def messages(self):
        """What it has written until now."""
        with open(self.log, encoding="utf-8") as file:
            return file.read()

    def stop(self):
        """Let it do nothing, until go_on(); when this returns it does nothing."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)


def kafka():
    """HOST:PORT of the Kafka that tests/kafka/with-kafka has started."""
    address = os.environ.get("COMMD_TEST_KAFKA")
    if not address:
        print("Bail out! COMMD_TEST_KAFKA is not set: run this under tests/kafka/with-kafka")
        sys.exit(1)
    return address


def write(directory, name, text):
    """A file that its owner alone may read, for it may hold a password."""
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as file:
        os.chmod(path, 0o600)
        file.write(text)


def arguments(directory, bootstrap, profiles, conf):
    """What commd is started with: a cluster of its own, or files."""
    if bootstrap:
        profiles = {**profiles, "default": [f"bootstrap.servers={bootstrap}"]}
    if not profiles and not conf:
        return ["--dev"]
    is_dev = ["--dev"] if not profiles else []
    os.mkdir(os.path.join(directory, "profiles"))
    write(directory, "commd.conf", conf)
    for name, lines in (profiles or {"default": ["bootstrap.servers=none"]}).items():
        write(directory, f"profiles/{name}.conf", "".join(line + "\n" for line in lines))
    return [*is_dev, "--config", os.path.join(directory, "commd.conf")]


def await_listening(daemon):
    """Only a daemon with its embedded cluster says that it is ready."""
    deadline = time.monotonic() + LIMIT_S
    while True:
        with socket.socket(socket.AF_UNIX) as s:
            if s.connect_ex(daemon.socket) == 0:
                return
        if daemon.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("commd does not listen")
        time.sleep(0.02)


def await_logged(daemon, part):
    """Its log comes when it comes, but in its order."""
    deadline = time.monotonic() + LIMIT_S
    while part not in daemon.messages():
        if time.monotonic() > deadline:
            raise RuntimeError(f"commd does not log {part!r}")
        time.sleep(0.02)


@contextlib.contextmanager
def commd(bootstrap=None, profiles=None, conf=""):
    """A daemon as a Daemon: with its embedded cluster; or with the Kafka at bootstrap; or with profiles,
    lists of lines by name. conf is the text of its commd.conf. Checks how it ends."""
    keeper = Directory()
    with keeper as directory:
        path = os.path.join(directory, "sock")
        with open(os.path.join(directory, "log"), "w+", encoding="utf-8") as log:
            process = subprocess.Popen(
                [os.environ["COMMD"], *arguments(directory, bootstrap, profiles or {}, conf), "--socket", path],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)
            keeper.end_with(process.pid)
            daemon = Daemon(path, process, log.name)
            try:
                await_listening(daemon)
                await_logged(daemon, " serves ")
                yield daemon
            finally:
                daemon.go_on()
                process.terminate()
                try:
                    status = process.wait(STOP_LIMIT_S)
                finally:
                    process.kill()
                if status != 0:
                    log.seek(0)
                    sys.stderr.write(log.read())
        if status != 0:
            raise RuntimeError(f"commd has ended with status {status}")
