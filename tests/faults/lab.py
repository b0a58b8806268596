"""What a case needs: a daemon whose socket outlives it, traffic through it with ledgers of all that is sent,
told and read, and figures of the daemon while that goes on."""

import contextlib
import itertools
import json
import os
import shlex
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

LIMIT_S = 120
ENTRY = struct.Struct("=qqIIIhBB")
SENT, ACKED, FAILED, UNKNOWN, READ, LEFT, CUT = range(1, 8)
WATCHDOG_S = 10


class Failed(Exception):
    """A case has not done what is promised."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def now_us():
    """On the clock of the ledgers."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


def await_true(is_true, what, limit_s=LIMIT_S):
    """Ask until the answer is true. Returns the answer."""
    deadline = time.monotonic() + limit_s
    while not (answer := is_true()):
        if time.monotonic() > deadline:
            raise Failed(f"within {limit_s} s not: {what}")
        time.sleep(0.02)
    return answer


class Until:
    """The time of a case: at least one round, and more until it is over."""

    def __init__(self, seconds):
        self.end = time.monotonic() + seconds
        self.seconds = seconds
        self.rounds = 0

    def more(self, least=1):
        if self.rounds >= least and time.monotonic() >= self.end:
            return False
        self.rounds += 1
        return True

    def left_s(self):
        return max(self.end - time.monotonic(), 0)

    def rest(self, least_s):
        """Let the time go by; at least so much."""
        time.sleep(max(self.left_s(), least_s))


class Follower:
    """Reads a ledger while it is written."""

    def __init__(self, path):
        self.file = open(path, "rb")
        self.count = dict.fromkeys(range(8), 0)
        self.last_us = {}  # when the sending of an acknowledged record was, by partition
        self.sent_us = {}

    def read(self):
        while (data := self.file.read(ENTRY.size * 4096)):
            for at in range(0, len(data) - ENTRY.size + 1, ENTRY.size):
                time_us, _, client, number, _, partition, what, _ = ENTRY.unpack_from(data, at)
                if what == 0:
                    self.file.seek(at - len(data), os.SEEK_CUR)
                    return
                self.take(time_us, (client, number), partition, what)

    def take(self, time_us, record, partition, what):
        self.count[what] += 1
        if what == SENT:
            self.sent_us[record] = time_us
        elif what in (ACKED, FAILED, UNKNOWN):
            sent_us = self.sent_us.pop(record, 0)
            if what == ACKED:
                self.last_us[partition] = max(sent_us, self.last_us.get(partition, 0))


class Daemon:
    """A commd that is given its socket, so that clients wait there for the next one."""

    def __init__(self, lab, profile, conf="", name="default", build=None, env=None, wrap=()):
        self.lab = lab
        self.dir = lab.directory("commd")
        self.socket = os.path.join(self.dir, "sock")
        self.log = os.path.join(self.dir, "log")
        self.env = {**os.environ, **(env or {})}
        self.program = os.path.join(build or lab.build, "daemon", "commd")
        self.wrap = wrap
        self.process = None
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

    def write_profile(self, lines, name="default"):
        self.write(f"profiles/{name}.conf", "".join(line + "\n" for line in lines))

    def start(self):
        """Returns once it is ready."""
        fd = self.listener.fileno()
        command = shlex.join([*self.wrap, self.program, "--config", os.path.join(self.dir, "commd.conf")])
        env = {**self.env, "LISTEN_FDS": "1", "NOTIFY_SOCKET": self.beats.path,
               "WATCHDOG_USEC": str(WATCHDOG_S * 1000000)}
        self.beats.forget()
        with open(self.log, "ab") as log:
            # The number of the process has to be known before it is the daemon.
            self.process = subprocess.Popen(
                ["bash", "-c", f"export LISTEN_PID=$$ WATCHDOG_PID=$$; exec {command} 3<&{fd} {fd}<&-"],
                pass_fds=[fd], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)
        self.lab.processes.append(self.process)
        began = time.monotonic()
        await_true(lambda: self.beats.is_ready or self.process.poll() is not None, "the daemon is ready")
        if not self.beats.is_ready:
            raise Failed(f"the daemon has ended: {self.messages()[-2000:]}")
        return time.monotonic() - began

    def messages(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def terminate(self, limit_s=60):
        """In order. Returns how long that took."""
        began = time.monotonic()
        self.process.terminate()
        status = self.process.wait(limit_s)
        if status:
            raise Failed(f"the daemon has ended with {status}: {self.messages()[-3000:]}")
        return time.monotonic() - began

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

    def call(self, method, *params, timeout_s=30):
        """One request in JSON. Returns its result."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(timeout_s)
            s.connect(self.socket)
            s.sendall(json.dumps({"method": method, "params": params}).encode() + b"\n")
            with s.makefile(encoding="utf-8") as file:
                answer = json.loads(file.readline())
        if answer.get("error"):
            raise Failed(f"{method}: {answer['error']}")
        return answer["result"]

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

    def slope(self, name, after_s=0):
        """How much it grows in an hour, by the line that fits the samples best."""
        samples = [(t, s[name]) for t, s in self.samples if t - self.samples[0][0] >= after_s]
        n = len(samples)
        if n < 2:
            return 0
        mean_t, mean = sum(t for t, _ in samples) / n, sum(s for _, s in samples) / n
        spread = sum((t - mean_t) ** 2 for t, _ in samples)
        return sum((t - mean_t) * (s - mean) for t, s in samples) / spread * 3600

    def most(self, name):
        return max((s[name] for _, s in self.samples), default=0)

    def least(self, name):
        return min((s[name] for _, s in self.samples), default=0)


class Traffic:
    """With-statement: a topic with a reader of all of it, and senders. At the end the verdict, as a dictionary;
    it fails if there is damage."""

    def __init__(self, lab, daemon, partitions=6, replication=3, settings=(), follow=True, **load):
        self.lab, self.daemon, self.follow = lab, daemon, follow
        self.dir = lab.directory("traffic")
        self.topic = f"t{next(lab.numbers)}"
        self.load_options = load
        self.partitions = partitions
        self.n_loads = 0
        self.loads = []
        self.ledgers = []
        self.followers = []
        self.verdict = None
        daemon.call("create_topic", self.topic, partitions, replication, [list(s) for s in settings])

    def __enter__(self):
        ledger = self.new_ledger("dump")
        self.dump = self.lab.start(["dump", "--brokers", self.lab.direct, "--topic", self.topic,
                                    "--ledger", ledger])
        self.lab.await_line(self.dump, "ready")
        if self.load_options:
            self.add_load(**self.load_options)
        return self

    def new_ledger(self, name):
        path = os.path.join(self.dir, f"{name}.ledger")
        self.ledgers.append(path)
        return path

    def add_load(self, first=None, ready=True, **options):
        """Other senders. Options are those of load; resend=True for one without a value."""
        ledger = self.new_ledger(f"load-{len(self.loads)}")
        words = []
        for name, value in {"partitions": self.partitions, **options}.items():
            words += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])
        process = self.lab.start(["load", "--socket", self.daemon.socket, "--topic", self.topic, "--ledger",
                                  ledger, "--first", str(self.n_loads if first is None else first), *words])
        self.n_loads += options.get("clients", 1)
        self.loads.append(process)
        if ready:
            self.lab.await_line(process, "ready")
        if self.follow:
            self.followers.append(Follower(ledger))
        return process

    def progress(self):
        """How many records have been told what."""
        for follower in self.followers:
            follower.read()
        return {what: sum(f.count[what] for f in self.followers) for what in range(8)}

    def await_acks(self, n, limit_s=LIMIT_S):
        """Wait until so many more records are acknowledged."""
        wanted = self.progress()[ACKED] + n
        await_true(lambda: self.progress()[ACKED] >= wanted, f"{n} more records are acknowledged", limit_s)

    def await_flow(self, limit_s=LIMIT_S):
        """Wait until a record that is sent from now on is acknowledged in each partition. Returns the
        seconds."""
        began = now_us()

        def flows():
            self.progress()
            last = {}
            for follower in self.followers:
                for partition, us in follower.last_us.items():
                    last[partition] = max(us, last.get(partition, 0))
            return len(last) == self.partitions and min(last.values()) >= began

        await_true(flows, "records go to each partition", limit_s)
        return (now_us() - began) / 1e6

    def cut(self, kill):
        """Do what ends the life of a daemon, such as daemon.kill."""
        path = self.new_ledger(f"cut-{len(self.ledgers)}")
        from_us = now_us()
        kill()
        with open(path, "wb") as file:
            file.write(ENTRY.pack(from_us, now_us(), 0, 0, 0, -1, CUT, 0))

    def end_loads(self):
        for process in self.loads:
            if process.poll() is None:
                process.terminate()
        for process in self.loads:
            self.lab.finish(process)
        self.loads.clear()

    def __exit__(self, error, *_):
        if error:
            return
        self.end_loads()
        self.dump.terminate()
        self.lab.finish(self.dump)
        done = subprocess.run([self.lab.tool("verdict"), *self.ledgers], stdout=subprocess.PIPE, text=True,
                              check=False)
        if done.returncode not in (0, 1):
            raise Failed("there is no verdict")
        self.verdict = json.loads(done.stdout)
        if done.returncode:
            self.lab.is_kept = True
            raise Failed(f"damage: {done.stdout.strip()} (ledgers are in {self.dir})")
        with contextlib.suppress(Failed, OSError):
            self.daemon.call("delete_topic", self.topic)


class Lab:
    """With-statement for everything that a case starts."""

    def __init__(self, build, cluster=None, keep=False, is_timed=False):
        self.build = os.path.abspath(build)
        self.cluster = cluster
        self.is_kept = keep
        self.is_timed = is_timed  # whether it matters how long something takes
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
            raise Failed(f"{what}: {value}, and the bound is {limit}")
        return value

    @property
    def direct(self):
        """Where readers and tools find the brokers, whatever becomes of the network."""
        return self.cluster.direct

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

    def await_line(self, process, line):
        if process.stdout.readline().strip() != line:
            raise Failed(f"{process.args[0]} does not say {line}")

    def finish(self, process, limit_s=LIMIT_S):
        """Wait for its end. Returns its last line."""
        out, _ = process.communicate(timeout=limit_s)
        if process.returncode:
            raise Failed(f"{process.args[0]} has ended with {process.returncode}")
        return out.strip().rsplit("\n", 1)[-1]

    @contextlib.contextmanager
    def commd(self, lines=(), **options):
        """A daemon whose default profile is the cluster, behind its proxies, with more lines."""
        daemon = Daemon(self, [f"bootstrap.servers={self.cluster.bootstrap}", *lines], **options)
        self.daemons.append(daemon)
        yield daemon
        daemon.close()
        self.daemons.remove(daemon)
