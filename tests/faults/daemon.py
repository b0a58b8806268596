"""A daemon whose socket outlives it, and figures of it while it runs."""

import contextlib
import json
import os
import re
import shlex
import signal
import socket
import statistics
import subprocess
import threading
import time

from basics import Failed, await_true

WATCHDOG_S = 10

# A request by MessagePack, and how the result of request 1 begins.
PING = b"\x94\x00\x01\xa4ping\x90"
ANSWER = b"\x94\x01\x01\xc0"


def ping(client):
    """Ask on a connection. Returns whether that is answered."""
    client.sendall(PING)
    return client.recv(100).startswith(ANSWER)


class Daemon:
    """A commd that is given its socket, so that clients wait there for the next one."""

    def __init__(self, lab, profile, conf="", name="default", build=None, env=None, wrap=(), words=(),
                 watchdog_s=WATCHDOG_S):
        self.lab = lab
        self.dir = lab.directory("commd")
        self.socket = os.path.join(self.dir, "sock")
        self.log = os.path.join(self.dir, "log")
        self.env = {**os.environ, **(env or {})}
        self.program = os.path.join(build or lab.build, "daemon", "commd")
        self.wrap, self.words = wrap, words
        self.is_dev = "--dev" in words
        self.watchdog_s = watchdog_s
        self.process = None
        self.n_lives = 0
        self.beats = Beats(self.dir)
        os.mkdir(os.path.join(self.dir, "profiles"))
        self.write("commd.conf", conf)
        self.write_profile(profile, name)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.socket)
        os.chmod(self.socket, 0o666)
        self.listener.listen(1024)
        self.start()

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w", encoding="utf-8") as file:
            os.chmod(path, 0o600)
            file.write(text)

    def read(self, name):
        """None if there is no such file."""
        path = os.path.join(self.dir, name)
        with contextlib.suppress(FileNotFoundError), open(path, encoding="utf-8") as file:
            return file.read()

    def remove(self, name):
        os.unlink(os.path.join(self.dir, name))

    def write_profile(self, lines, name="default"):
        self.write(f"profiles/{name}.conf", "".join(line + "\n" for line in lines))

    def start(self):
        """Returns once it is ready."""
        self.n_lives += 1
        fd = self.listener.fileno()
        command = shlex.join([*self.wrap, self.program, "--config", os.path.join(self.dir, "commd.conf"),
                              *self.words])
        env = {**self.env, "LISTEN_FDS": "1", "NOTIFY_SOCKET": self.beats.path,
               "WATCHDOG_USEC": str(int(self.watchdog_s * 1000000))}
        pass_on = "" if fd == 3 else f"3<&{fd} {fd}<&-"
        self.beats.forget()
        with open(self.log, "ab") as log:
            # The number of the process has to be known before it is the daemon.
            self.process = subprocess.Popen(
                ["bash", "-c", f"export LISTEN_PID=$$ WATCHDOG_PID=$$; exec {command} {pass_on}"],
                pass_fds=[fd], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)
        self.lab.processes.append(self.process)
        began = time.monotonic()
        await_true(lambda: self.beats.is_ready or self.process.poll() is not None, "the daemon is ready")
        if not self.beats.is_ready:
            raise Failed(f"the daemon has ended: {self.messages()[-2000:]}")
        return time.monotonic() - began

    @property
    def direct(self):
        """Where others find the brokers, whatever becomes of the network."""
        if not self.is_dev:
            return self.lab.cluster.direct
        return re.findall(r"^kafka (\S+)$", self.messages(), re.MULTILINE)[-1]

    def messages(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def is_alive(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def abort(self):
        """As a manager does when signs of life do not come."""
        self.process.send_signal(signal.SIGABRT)
        self.go_on()
        self.process.wait()

    def hang(self):
        """What COMMD_DEBUG_HANG of its environment names does not go on."""
        self.process.send_signal(signal.SIGUSR2)
        await_true(lambda: "hangs, as COMMD_DEBUG_HANG says" in self.messages(), "it hangs")

    def terminate(self, limit_s=60):
        """In order. Returns how long that took."""
        began = time.monotonic()
        self.process.terminate()
        self.await_end(limit_s)
        return time.monotonic() - began

    def await_end(self, limit_s=60):
        try:
            status = self.process.wait(limit_s)
        except subprocess.TimeoutExpired:
            status = "nothing so far"
        if status:
            raise Failed(f"the daemon has ended with {status}: {self.messages()[-3000:]}")

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def close(self):
        if self.process.poll() is None:
            self.go_on()
            self.terminate()
        self.listener.close()
        self.beats.close()

    def connect(self, timeout_s=30):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(timeout_s)
        client.connect(self.socket)
        return client

    def call(self, method, *params):
        """One request in JSON. Returns its result."""
        with self.connect() as s:
            s.sendall(json.dumps({"method": method, "params": params}).encode() + b"\n")
            with s.makefile(encoding="utf-8") as file:
                answer = json.loads(file.readline() or '{"error": "the connection was closed"}')
        if answer.get("error"):
            raise Failed(f"{method}: {answer['error']}")
        return answer["result"]

    def counter(self, name):
        counters = self.call("status")["counters"]
        return next(counter["value"] for counter in counters if counter["name"] == name)

    def stat(self):
        """What the kernel says of it."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii", errors="replace") as file:
            lines = dict(line.split(":", 1) for line in file if ":" in line)
        return {"rss_kib": int(lines["VmRSS"].split()[0]), "threads": int(lines["Threads"]),
                "fds": len(os.listdir(f"/proc/{self.process.pid}/fd"))}

    def cpu_s(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Beats:
    """What the daemon tells its manager, and when."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.longest_s = 0  # between two signs of life
        self.n = 0
        self.forget()
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def forget(self):
        """Another daemon begins."""
        self.is_ready, self.last = False, None

    def listen(self):
        with contextlib.suppress(OSError):
            while (data := self.socket.recv(65536)):
                words = data.decode(errors="replace").split("\n")
                self.is_ready |= "READY=1" in words
                if "WATCHDOG=1" in words:
                    now = time.monotonic()
                    if self.last is not None:
                        self.longest_s = max(self.longest_s, now - self.last)
                    self.last = now
                    self.n += 1

    def worst_s(self):
        """The longest time without a sign of life so far; there has to have been one."""
        if not self.n:
            raise Failed("the daemon has given no sign of life")
        return max(self.longest_s, self.silence_s())

    def silence_s(self):
        """How long there has been no sign of life."""
        return time.monotonic() - self.last if self.last is not None else 0

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


class Watch:
    """Figures of a daemon, once a second: (seconds, what the kernel says)."""

    def __init__(self, daemon, period_s=1):
        self.daemon, self.period_s = daemon, period_s
        self.samples = []
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        while not self.is_over.wait(self.period_s):
            # Between two daemons there is nothing to be seen.
            with contextlib.suppress(OSError, KeyError):
                self.samples.append((time.monotonic(), self.daemon.stat()))

    def end(self):
        self.is_over.set()
        self.thread.join()

    def after(self, name, after_s):
        return [(t, s[name]) for t, s in self.samples if t - self.samples[0][0] >= after_s]

    def grown(self, name, after_s):
        """How much more there is at least in the second half than in the first."""
        values = [value for _, value in self.after(name, after_s)]
        half = len(values) // 2
        return min(values[half:]) - min(values[:half]) if half else 0

    def slope(self, name, after_s=0):
        """How much it grows in an hour, by the line that fits the samples best."""
        samples = self.after(name, after_s)
        n = len(samples)
        if n < 2:
            return 0
        mean_t, mean = sum(t for t, _ in samples) / n, sum(s for _, s in samples) / n
        spread = sum((t - mean_t) ** 2 for t, _ in samples)
        return sum((t - mean_t) * (s - mean) for t, s in samples) / spread * 3600

    def course(self, name, n=6):
        """The median in each of n equal parts of the time."""
        values = [sample[name] for _, sample in self.samples]
        bounds = [len(values) * i // n for i in range(n + 1)]
        return [round(statistics.median(values[a:b])) for a, b in zip(bounds, bounds[1:]) if b > a]

    def most(self, name):
        return max((s[name] for _, s in self.samples), default=0)

    def least(self, name):
        return min((s[name] for _, s in self.samples), default=0)
