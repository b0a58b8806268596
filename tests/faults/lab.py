"""What a case starts, which ends with it."""

import contextlib
import itertools
import os
import subprocess
import tempfile
import threading

from basics import LIMIT_S, Failed, say
from daemon import Daemon


def find_sanitizer(program):
    """The library that a program with the address sanitizer has to load before all others; None without."""
    done = subprocess.run(["ldd", program], stdout=subprocess.PIPE, text=True, check=True)
    return next((line.split()[2] for line in done.stdout.splitlines() if "libasan" in line), None)


class Lab:
    """With-statement for everything that a case starts."""

    def __init__(self, build, cluster=None, keep=False, is_timed=False):
        self.build = os.path.abspath(build)
        self.cluster = cluster
        self.is_kept = keep
        self.is_timed = is_timed  # whether it matters how long something takes
        self.sanitizer = find_sanitizer(os.path.join(self.build, "daemon", "commd"))
        self.processes = []
        self.daemons = []
        self.numbers = itertools.count(1)

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="commd-faults.")
        return self

    def __exit__(self, error, *_):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.kill()
                process.wait()
        for daemon in self.daemons:
            daemon.listener.close()
            daemon.beats.close()
        if not (self.is_kept or error):
            subprocess.run(["rm", "-rf", self.dir], check=True)
        else:
            say(f"what was written is in {self.dir}")

    def within(self, value, limit, what):
        """How long something has taken, or how much it is of something that others on this machine take as well:
        a bound for runs that have the machine for themselves. Returns the value."""
        if self.is_timed and value > limit:
            raise Failed(f"{what}: {round(value, 2)}, and the bound is {limit}")
        return value

    def within_memory(self, kib, limit_kib, what="RSS"):
        """A bound for programs that have their memory for themselves: the sanitizer takes more than they do."""
        if not self.sanitizer and kib > limit_kib:
            raise Failed(f"{what}: {kib} KiB, and the bound is {limit_kib} KiB")
        return kib

    def preload(self, name):
        """The environment of a program that is to load one of our libraries first."""
        return {"LD_PRELOAD": ":".join(path for path in (self.sanitizer, self.tool(name)) if path)}

    def directory(self, name):
        path = os.path.join(self.dir, f"{name}-{next(self.numbers)}")
        os.mkdir(path)
        return path

    def tool(self, name):
        return os.path.join(self.build, "tests", "faults", name)

    def start(self, command, **options):
        process = subprocess.Popen([self.tool(command[0]), *command[1:]], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, text=True, **options)
        self.processes.append(process)
        return process

    def await_line(self, process, line, limit_s=LIMIT_S):
        timer = threading.Timer(limit_s, process.kill)
        timer.start()
        told = process.stdout.readline().strip()
        timer.cancel()
        if told != line:
            raise Failed(f"{process.args[0]} does not say {line}")

    def finish(self, process, limit_s=LIMIT_S):
        """Wait for its end. Returns its last line."""
        timer = threading.Timer(limit_s, process.kill)
        timer.start()
        # What readline() has read ahead is not communicate()'s to give.
        out = process.stdout.read()
        process.wait()
        timer.cancel()
        if process.returncode:
            raise Failed(f"{process.args[0]} has ended with {process.returncode}")
        return out.strip().rsplit("\n", 1)[-1]

    @contextlib.contextmanager
    def run(self, daemon):
        self.daemons.append(daemon)
        yield daemon
        daemon.close()
        self.daemons.remove(daemon)

    def commd(self, lines=(), **options):
        """A daemon whose default profile is the cluster, behind its proxies, with more lines."""
        return self.run(Daemon(self, [f"bootstrap.servers={self.cluster.bootstrap}", *lines], **options))

    def dev(self, lines=(), **options):
        """A daemon with a cluster in memory, which ends with it."""
        return self.run(Daemon(self, ["bootstrap.servers=mock", *lines], words=["--dev"], **options))
