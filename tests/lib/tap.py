"""What tests in Python share: TAP on standard output, and a daemon for the time of a test."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile

LIMIT_S = 20


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

    def __init__(self, socket, process):
        self.socket = socket
        self.process = process

    def stop(self):
        """Let it do nothing, until go_on(); when this returns it does nothing."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def commd():
    """A daemon with its embedded cluster, as a Daemon; checks how it ends."""
    with tempfile.TemporaryDirectory(prefix="commd-test.") as directory:
        socket = os.path.join(directory, "sock")
        with open(os.path.join(directory, "log"), "w+", encoding="utf-8") as log:
            process = subprocess.Popen(
                [os.environ["COMMD"], "--dev", "--socket", socket],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True)
            daemon = Daemon(socket, process)
            try:
                for line in process.stdout:
                    if line.startswith("ready"):
                        break
                yield daemon
            finally:
                daemon.go_on()
                process.terminate()
                try:
                    status = process.wait(LIMIT_S)
                finally:
                    process.kill()
                process.stdout.close()
                if status != 0:
                    log.seek(0)
                    sys.stderr.write(log.read())
        if status != 0:
            raise RuntimeError(f"commd has ended with status {status}")
