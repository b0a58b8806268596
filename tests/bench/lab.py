"""What a measurement needs around it: a commd for the broker, topics, and the clients' processes."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

# Beyond it whatever is waited for has failed; no single run takes as long.
LIMIT_S = 300
HERE = os.path.dirname(os.path.abspath(__file__))
# The same as bench_direct_producer.c sets.
KCAT_SETTINGS = ("enable.idempotence=true", "acks=all", "linger.ms=0", "socket.nagle.disable=true")


def say(text):
    print(text, file=sys.stderr, flush=True)


def memory_kib(pid, file, name):
    """A line such as "Pss:  123 kB" of a file in /proc/PID."""
    with open(f"/proc/{pid}/{file}", encoding="ascii", errors="replace") as f:
        for line in f:
            if line.startswith(name + ":"):
                return int(line.split()[1])
    raise RuntimeError(f"/proc/{pid}/{file} does not tell {name}")


def pss_kib(pid):
    """What is the process's own, and its share of what it shares."""
    return memory_kib(pid, "smaps_rollup", "Pss")


class Client:
    """A process that is measured, step by step: see --gate of bench.c.

    Leaving the with-statement ends it; after an error that is left to the Lab.
    """

    def __init__(self, lab, command, env):
        self.lab = lab
        self.command = command
        self.process = lab.start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                 env=env)

    def __enter__(self):
        return self

    def __exit__(self, error, *_):
        if error is None:
            self.stop()
            self.process.stdout.close()
            self.lab.finish(self.process, self.command)

    def read_line(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"it ended too early: {' '.join(self.command)}")
        return line

    def wait_ready(self):
        line = self.read_line()
        if line != "ready\n":
            raise RuntimeError(f"not ready, but {line!r}: {' '.join(self.command)}")

    def go(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def result(self):
        return json.loads(self.read_line())

    def stop(self):
        """Let it close, or let it end its flood."""
        self.process.stdin.close()


class Lab:
    """A commd, topics and processes; with-statement for all of them."""

    def __init__(self, build, bootstrap):
        self.build = os.path.abspath(build)
        self.bootstrap = bootstrap
        self.dir = None
        self.commd = None
        self.processes = []
        self.topics = []
        self.n_groups = 0
        self.direct_peak_kib = 0

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="commd-bench.")
        self.socket = os.path.join(self.dir, "sock")
        self.record = os.path.join(self.dir, "record")
        try:
            with open(self.record, "w", encoding="ascii") as f:
                f.write("x" * 100 + "\n")
            self.start_commd()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        # The clients first: a commd that ends waits for what they have sent.
        end([process for process in self.processes if process is not self.commd])
        end([self.commd] if self.commd else [])
        self.processes.clear()
        for topic in list(self.topics):
            try:
                self.delete_topic(topic)
            except (RuntimeError, OSError) as error:
                say(f"rounds: topic {topic} stays: {error}")
        signal.alarm(0)
        shutil.rmtree(self.dir)

    # ---- processes ----

    def start(self, command, **options):
        signal.alarm(LIMIT_S)
        process = subprocess.Popen(command, **options)
        self.processes.append(process)
        return process

    def finish(self, process, command):
        """Wait for its end."""
        status = process.wait()
        self.processes.remove(process)
        if status != 0:
            raise RuntimeError(f"it ended with status {status}: {' '.join(command)}")

    def program(self, *path):
        return os.path.join(self.build, *path)

    def command(self, side, kind, case, topic, count, group=None):
        """Returns what runs a client of a side, and its environment."""
        if side == "kcat":
            settings = [word for setting in KCAT_SETTINGS for word in ("-X", setting)]
            return ["kcat", "-P", "-b", self.bootstrap, "-t", topic, *settings], None
        env = None
        if side == "python":
            start = [sys.executable, os.path.join(HERE, "peer.py")]
            env = {**os.environ, "PYTHONPATH": self.program("tests", "bench", "python")}
        else:
            start = [self.program("tests", "bench", f"bench-{side}")]
        at = self.socket if side == "commd" else self.bootstrap
        return [*start, kind, "--at", at, "--topic", topic, "--size", str(case.size),
                "--count", str(count), "--window", str(case.window),
                *(("--group", group) if group else ())], env

    def client(self, side, kind, case, topic, count, group=None):
        command, env = self.command(side, kind, case, topic, count, group)
        return Client(self, [*command, "--gate"], env)

    def once_ms(self, side, case, topic):
        """How long a client takes as a process that sends one record."""
        command, env = self.command(side, "once", case, topic, 1)
        with open(self.record, encoding="ascii") as record:
            start_s = time.monotonic()
            process = self.start(command, stdin=record, stdout=subprocess.DEVNULL, env=env)
            self.finish(process, command)
            return (time.monotonic() - start_s) * 1e3

    # ---- topics ----

    def prepare_command(self, verb, topic, *options):
        return [self.program("tests", "bench", "bench-prepare"), verb, "--at", self.bootstrap,
                "--topic", topic, *options]

    def prepare(self, verb, topic, *options):
        command = self.prepare_command(verb, topic, *options)
        self.finish(self.start(command, stdin=subprocess.DEVNULL), command)

    def trickle(self, topic, n_partitions):
        """A process that sends to all partitions, one record at a time, until it is stopped."""
        return Client(self, self.prepare_command("trickle", topic, "--partitions",
                                                 str(n_partitions)), None)

    def create_topic(self, name, n_partitions):
        topic = f"bench-{os.getpid()}-{name}"
        self.topics.append(topic)
        self.prepare("create", topic, "--partitions", str(n_partitions))
        return topic

    def new_group(self):
        """A name that no group has had. The broker forgets the group with its topic."""
        self.n_groups += 1
        return f"bench-{os.getpid()}-{self.n_groups}"

    def delete_topic(self, topic):
        self.topics.remove(topic)
        self.prepare("delete", topic)

    # ---- commd ----

    def start_commd(self):
        os.mkdir(os.path.join(self.dir, "profiles"))
        with open(os.path.join(self.dir, "profiles", "default.conf"), "w", encoding="utf-8") as f:
            f.write(f"bootstrap.servers={self.bootstrap}\n")
        config = os.path.join(self.dir, "commd.conf")
        with open(config, "w", encoding="utf-8"):
            pass
        self.commd = self.start(
            [self.program("daemon", "commd"), "--config", config, "--socket", self.socket],
            stdin=subprocess.DEVNULL, stdout=sys.stderr)
        deadline = time.monotonic() + 30
        while not self.commd_listens():
            if self.commd.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("commd did not start")
            time.sleep(0.02)

    def commd_listens(self):
        with socket.socket(socket.AF_UNIX) as s:
            return s.connect_ex(self.socket) == 0

    def commd_cpu_us(self):
        """Processor time that commd has taken so far."""
        with open(f"/proc/{self.commd.pid}/stat", encoding="ascii", errors="replace") as f:
            user, system = f.read().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK") * 1e6


def end(processes):
    """End these processes, all at the same time."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
