"""Clients that are too many, too greedy, or too slow."""

import contextlib
import json
import os
import resource
import socket
import subprocess
import threading
import time

from basics import Failed, await_true
from cases import case
from daemon import ANSWER, Daemon, Watch, ping
from traffic import judge_ledgers

HERE = os.path.dirname(os.path.abspath(__file__))

# One who is neither root nor the one who is noisy.
CALM_UID, NOISY_UID = 54321, 54322
EVERYBODY = "[rule everybody]\nusers = *\nallow = produce consume administer status\n"


@contextlib.contextmanager
def clients():
    """A list of sockets that are closed at the end."""
    opened = []
    try:
        yield opened
    finally:
        for client in opened:
            client.close()


def allow_descriptors(n):
    """Returns how many there may be for connections, of each side."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, n + 1000)), hard))
    return min(n, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 1000)


def probe(daemon, topic, seconds, **options):
    words = [w for name, value in options.items() for w in (f"--{name}", str(value)) if w != "True"]
    command = [os.path.join(HERE, "probe"), "--socket", daemon.socket, "--topic", topic,
               "--seconds", str(seconds), *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=seconds + 120)
    if done.returncode:
        raise Failed("the calm client was not served")
    return json.loads(done.stdout)


def judge(lab, alone_us, beside_us, bound, moment_us=2000):
    """The 99th percentile may be so many times what it is alone; what is no more than a moment is not judged.
    Returns the ratio."""
    ratio = round(beside_us / alone_us, 2)
    if beside_us > moment_us:
        lab.within(ratio, bound, "the 99th percentile of a calm client, compared with alone")
    return ratio


def compare(lab, daemon, topic, seconds, disturb, **options):
    """The latencies of a calm client alone, and while disturb, a context, goes on; in turns, and the quietest
    of each counts. Returns both 99th percentiles, and figures."""
    alone, beside = [], []
    for _ in range(3):
        alone.append(probe(daemon, topic, seconds, **options))
        with disturb():
            beside.append(probe(daemon, topic, seconds, **options))
    a, b = (min(p["p99_us"] for p in probes) for probes in (alone, beside))
    return a, b, {"p99_alone_us": a, "p99_beside_us": b,
                  "median_alone_us": min(p["median_us"] for p in alone),
                  "median_beside_us": min(p["median_us"] for p in beside)}


@case("L3", "idle connections beside one that sends", cluster=False)
def idle_mass(lab, until):
    """Each has said who it is and has had an answer. One user may have three quarters of all connections."""
    n = allow_descriptors(10000 if until.seconds else 1000)
    seconds = max(until.seconds / 8, 1)
    conf = f"[limits]\nconnections = {n * 3 // 2}\n[quota]\nconnections = {n * 3 // 2}\n"
    with lab.dev(conf=conf) as daemon:
        daemon.call("create_topic", "t", 1)
        alone = probe(daemon, "t", seconds)
        before_kib = daemon.stat()["rss_kib"]
        with clients() as idle:
            for _ in range(n):
                idle.append(daemon.connect())
                idle[-1].sendall(b"\x94\x00\x01\xa5hello\x92\xa5stock\xc0")
                if not idle[-1].recv(1000).startswith(ANSWER):
                    raise Failed("a hello is refused")
            kib = (daemon.stat()["rss_kib"] - before_kib) / n
            beside = probe(daemon, "t", seconds)
        await_true(lambda: daemon.counter("connections") == 1, "all connections are closed")
    lab.within_memory(kib, 8, "an idle connection")
    ratio = judge(lab, alone["p99_us"], beside["p99_us"], 1.5)
    return {"idle": n, "kib_each": round(kib, 2), "p99_alone_us": alone["p99_us"],
            "p99_beside_us": beside["p99_us"], "p99_ratio": ratio}


def crowd(daemon, n):
    """As many connections as there are, each of which may be closed at once."""
    opened = []
    for _ in range(n):
        opened.append(daemon.connect())
    return opened


@case("F13", "64 descriptors, and 500 who connect and stay", cluster=False)
def no_descriptors(lab, until):
    """Who was there before goes on; the others are refused; and somebody new is served once there is room."""
    held_s = 10 if until.seconds else 1
    with lab.dev(wrap=["prlimit", "--nofile=64:64"]) as daemon:
        daemon.call("create_topic", "t", 1)
        with clients() as old, clients() as new:
            old += [daemon.connect() for _ in range(4)]
            if not all(map(ping, old)):
                raise Failed("a client is not served")
            new += crowd(daemon, 500)
            await_true(lambda: all(map(ping, old)), "old clients go on")
            cpu_s, began = daemon.cpu_s(), time.monotonic()
            n_pings = 0
            while time.monotonic() < began + held_s:
                if not all(map(ping, old)):
                    raise Failed("an old client is not served while descriptors are short")
                n_pings += len(old)
                time.sleep(0.1)
            cpu = (daemon.cpu_s() - cpu_s) / (time.monotonic() - began)
            for client in new:
                client.close()
            released = time.monotonic()

            def is_served():
                with daemon.connect() as client, contextlib.suppress(OSError):
                    return ping(client)
                return False

            await_true(is_served, "a new client is served")
            served_s = time.monotonic() - released
        refused = daemon.counter("connections_refused_total")
    if not refused:
        raise Failed("nobody was refused: descriptors were not short")
    lab.within(cpu, 0.05, "the share of a processor while descriptors are short")
    lab.within(served_s, 1, "seconds until a new client is served")
    return {"refused": refused, "cpu_percent": round(cpu * 100, 1), "pings": n_pings,
            "served_after_ms": round(served_s * 1000)}


class Cgroup:
    """A bound of the kernel's on the memory of one process, where it lets us set one."""

    ROOT = "/sys/fs/cgroup/memory"

    def __init__(self, lab, n_bytes):
        self.path = os.path.join(self.ROOT, os.path.basename(lab.dir))
        self.is_there = False
        if lab.sanitizer:
            return
        with contextlib.suppress(OSError):
            os.mkdir(self.path)
            self.write("memory.limit_in_bytes", n_bytes)
            self.is_there = True

    def write(self, name, value):
        with open(os.path.join(self.path, name), "w", encoding="ascii") as file:
            file.write(str(value))

    def add(self, pid):
        if self.is_there:
            self.write("cgroup.procs", pid)

    def close(self):
        with contextlib.suppress(OSError):
            os.rmdir(self.path)


@case("F14", "100 who send as fast as they can while no broker is there, 64 MiB allowed", cluster=False)
def no_brokers(lab, until):
    """With what commd.conf has by default. Each record is refused in its time."""
    timeout_ms = 3000
    cgroup = Cgroup(lab, 64 * 1024 * 1024)
    try:
        with lab.run(Daemon(lab, ["bootstrap.servers=127.0.0.1:1"])) as daemon:
            cgroup.add(daemon.process.pid)
            watch = Watch(daemon, 0.1)
            ledger = os.path.join(lab.directory("load"), "ledger")
            load = lab.start(["load", "--socket", daemon.socket, "--topic", "t", "--ledger", ledger,
                              "--clients", "100", "--timeout-ms", str(timeout_ms)])
            lab.await_line(load, "ready")
            until.rest(5)
            if not ping(daemon.connect()):
                raise Failed("a client is not served")
            load.terminate()
            lab.finish(load)
            watch.end()
            if daemon.process.poll() is not None:
                raise Failed("the daemon has ended")
    finally:
        cgroup.close()
    most_kib = watch.most("rss_kib")
    lab.within_memory(most_kib, 56 * 1024)
    verdict = judge_ledgers(lab, [ledger])
    if verdict["failed"] + verdict["unknown"] < verdict["sent"]:
        raise Failed(f"not each record was refused: {verdict}")
    # Of those that commd does not come to in their time, their senders cannot know.
    lab.within(verdict["unknown"], 0, "records that commd has not answered")
    late_ms = lab.within(max(verdict["longest_us"] // 1000 - timeout_ms, 0), 1000,
                         "milliseconds from a deadline to its outcome")
    return {"rss_max_kib": most_kib, "sent": verdict["sent"], "failed": verdict["failed"], "late_ms": late_ms,
            "bound_by_kernel": cgroup.is_there}


def subscribe_raw(daemon, topic):
    """A connection that has subscribed and asks for more than it is going to read."""
    client = daemon.connect()
    client.sendall(json.dumps({"id": 1, "method": "subscribe", "params": {
        "group": None, "topics": [topic], "start": "earliest"}}).encode() + b"\n")
    if b"result" not in client.recv(10000):
        raise Failed("a slow reader is not served")
    client.sendall(b"".join(json.dumps({"id": 2 + i, "method": "receive", "params": {
        "subscription": 1, "timeout_ms": 60000}}).encode() + b"\n" for i in range(1000)))
    return client


@contextlib.contextmanager
def slow_readers(daemon, topic, n):
    """Half of them read a thousand bytes a second, the others nothing."""
    with clients() as readers, contextlib.ExitStack() as stack:
        readers += [subscribe_raw(daemon, topic) for _ in range(n)]
        is_over = threading.Event()

        def sip():
            while not is_over.wait(0.1):
                for client in readers[::2]:
                    with contextlib.suppress(BlockingIOError):
                        client.recv(100, socket.MSG_DONTWAIT)

        thread = threading.Thread(target=sip)
        thread.start()
        stack.callback(thread.join)
        stack.callback(is_over.set)
        yield


@case("F20", "readers that read 1 KB/s, or nothing, beside one that reads all", cluster=False)
def slow_subscribers(lab, until):
    """While records come that are more than the slow ones read."""
    seconds = max(until.seconds / 8, 1)
    with lab.dev() as daemon:
        daemon.call("create_topic", "t", 1)
        ledger = os.path.join(lab.directory("load"), "ledger")
        load = lab.start(["load", "--socket", daemon.socket, "--topic", "t", "--ledger", ledger,
                          "--rate", "1000", "--size", "1000", "--partitions", "1"])
        lab.await_line(load, "ready")
        watch = Watch(daemon, 0.2)
        alone, beside, figures = compare(lab, daemon, "t", seconds, lambda: slow_readers(daemon, "t", 10),
                                         read=True)
        watch.end()
        load.terminate()
        sent = json.loads(lab.finish(load))["sent"]
        await_true(lambda: daemon.counter("subscriptions") == 0, "no subscription stays")
        unread = daemon.counter("unread_bytes")
    lab.within_memory(watch.most("rss_kib"), 192 * 1024)
    if unread > 65536:
        raise Failed(f"{unread} bytes are kept for readers that have gone")
    if not sent:
        raise Failed("there was nothing to be read")
    return figures | {"sent": sent, "p99_ratio": judge(lab, alone, beside, 1.2),
                      "rss_max_kib": watch.most("rss_kib")}


@contextlib.contextmanager
def flood(lab, daemon, topic):
    """One user who does not stop."""
    process = subprocess.Popen([os.path.join(HERE, "flood"), daemon.socket, topic, str(NOISY_UID)],
                               stdout=subprocess.PIPE, text=True)
    lab.processes.append(process)
    lab.await_line(process, "ready")
    try:
        yield
    finally:
        process.kill()
        process.wait()


@case("F21", "one user with 1,000 connections that send without end, beside another", cluster=False)
def noisy_user(lab, until):
    """With the quotas that commd.conf has by default. The noise takes the processors as well, so that
    up to 50 ms are a moment."""
    if os.geteuid():
        return {"left_out": "only root can be several users"}
    seconds = max(until.seconds / 8, 1)
    with lab.dev(conf=EVERYBODY) as daemon:
        for directory in (lab.dir, daemon.dir):
            os.chmod(directory, 0o711)
        daemon.call("create_topic", "t", 1)
        daemon.call("create_topic", "noise", 1)
        watch = Watch(daemon, 0.2)
        alone, beside, figures = compare(lab, daemon, "t", seconds, lambda: flood(lab, daemon, "noise"),
                                         uid=CALM_UID)
        watch.end()
        await_true(lambda: daemon.counter("connections") == 1, "all connections are closed")
        await_true(lambda: daemon.counter("inflight_bytes") == 0, "nothing is in flight")
        n_noise = sum(p["high"] for p in daemon.call("offsets", "noise")["partitions"])
    lab.within_memory(watch.most("rss_kib"), 256 * 1024)
    if not n_noise:
        raise Failed("there was no noise")
    ratio = judge(lab, alone, beside, 1.5, moment_us=50000)
    return figures | {"noise": n_noise, "p99_ratio": ratio, "rss_max_kib": watch.most("rss_kib")}
