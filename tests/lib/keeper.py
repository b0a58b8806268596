"""What tests in Python leave nothing of, however they end: a directory, and processes that have to do with it.

A test that is killed cannot tidy up. Another process, of a session of its own, waits until the test's end of a
pipe is closed; then it ends the processes, also one that was stopped, and removes the directory.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile

LIMIT_S = 10


class Directory:
    """As tempfile's; with-statement for its name."""

    def __init__(self):
        self.name = tempfile.mkdtemp(prefix="commd-test.")
        self.keeper = subprocess.Popen([sys.executable, __file__, self.name], stdin=subprocess.PIPE,
                                       stdout=subprocess.DEVNULL, start_new_session=True)

    def __enter__(self):
        return self.name

    def __exit__(self, *_):
        self.cleanup()

    def end_with(self, pid):
        """A process that is not to live longer."""
        self.keeper.stdin.write(b"%d\n" % pid)
        self.keeper.stdin.flush()

    def cleanup(self):
        self.keeper.stdin.close()
        self.keeper.wait()


def open_processes(lines):
    """Descriptors of processes by their numbers, but for those that have ended."""
    for line in lines:
        with contextlib.suppress(OSError, ValueError):
            yield os.pidfd_open(int(line))


def read_pid(directory):
    """A broker that the test was about to start, as tests/kafka/broker has written it down."""
    with contextlib.suppress(OSError), open(os.path.join(directory, "pid"), encoding="ascii") as file:
        yield file.read()


def end(process):
    with contextlib.suppress(OSError):
        signal.pidfd_send_signal(process, signal.SIGKILL)
        select.select([process], [], [], LIMIT_S)


def keep(directory):
    processes = list(open_processes(sys.stdin))
    for process in (*processes, *open_processes(read_pid(directory))):
        end(process)
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    keep(sys.argv[1])
