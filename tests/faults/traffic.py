"""Traffic through a daemon, with ledgers of all that is sent, told and read, and what the ledgers say while
they are written."""

import collections
import contextlib
import json
import os
import struct
import subprocess
import time

from basics import LIMIT_S, Failed, await_true, now_us

ENTRY = struct.Struct("=qqIIIhBB")
SENT, ACKED, FAILED, UNKNOWN, READ, LEFT, CUT, TAKEN = range(1, 9)
BEGUN = 12
DONE = 10
WHATS = range(BEGUN + 1)
COMMIT_S = 3  # what is older has been committed, to the judge of groups


class Follower:
    """Reads a ledger while it is written."""

    def __init__(self, path, load=None):
        self.load = load  # who writes it
        self.file = open(path, "rb")
        self.count = dict.fromkeys(WHATS, 0)
        self.longest_us = dict.fromkeys(WHATS, 0)  # from sent to told, by what was told
        self.ends = {what: {} for what in WHATS}  # behind the last offset, by partition
        self.last_us = {}  # when the sending of an acknowledged record was, by partition,
        self.clients_us = {}  # and by client
        self.sent_us = {}

    def close(self):
        """Nothing more is written."""
        self.read()
        self.file.close()

    def read(self):
        while not self.file.closed and (data := self.file.read(ENTRY.size * 4096)):
            for at in range(0, len(data) - ENTRY.size + 1, ENTRY.size):
                time_us, offset, client, number, _, partition, what, _ = ENTRY.unpack_from(data, at)
                if what == 0:
                    self.file.seek(at - len(data), os.SEEK_CUR)
                    return
                self.ends[what][partition] = max(offset + 1, self.ends[what].get(partition, 0))
                self.take(time_us, client, number, partition, what)

    def take(self, time_us, client, number, partition, what):
        self.count[what] += 1
        record = client, number
        if what in (SENT, BEGUN):
            self.sent_us[record] = time_us
        elif what in (ACKED, FAILED, UNKNOWN):
            sent_us = self.sent_us.pop(record, 0)
            self.longest_us[what] = max(self.longest_us[what], time_us - sent_us)
            if what == ACKED:
                self.last_us[partition] = max(sent_us, self.last_us.get(partition, 0))
                self.clients_us[client] = max(sent_us, self.clients_us.get(client, 0))


def judge_ledgers(lab, ledgers):
    """What ledgers say; it fails if there is damage."""
    done = subprocess.run([lab.tool("verdict"), *ledgers], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 1):
        raise Failed("there is no verdict")
    if done.returncode:
        lab.is_kept = True
        raise Failed(f"damage: {done.stdout.strip()} (ledgers are in {lab.dir})")
    return json.loads(done.stdout)


def compare_books(daemon, topic, verdict):
    """What a daemon that has had one life says it has done with the records of a topic, held against what their
    senders were told. An unknown outcome is one that it may have counted as either, or not at all."""
    books = next((t for t in daemon.call("status")["topics"] if t["topic"] == topic),
                 {"accepted": 0, "persisted": 0, "failed": 0, "in_flight": 0})
    low = {"accepted": verdict["acked"], "persisted": verdict["acked"], "failed": 0, "in_flight": 0}
    high = {"accepted": verdict["sent"], "persisted": verdict["acked"] + verdict["unknown"],
            "failed": verdict["failed"] + verdict["unknown"], "in_flight": verdict["unknown"]}
    if wrong := {name: books[name] for name in low if not low[name] <= books[name] <= high[name]}:
        raise Failed(f"status says {wrong} of a topic whose senders were told {verdict}")


def expect_acknowledged(verdict):
    """Nothing that has happened is a reason for a record to have another outcome, or for its sender not to be
    told where it is. Returns the verdict."""
    if others := verdict["failed"] + verdict["unknown"] + verdict["unplaced"]:
        raise Failed(f"{others} records of {verdict['sent']} were not acknowledged, or not with their place")
    return verdict


def merge(into, ends):
    for key, value in ends.items():
        into[key] = max(value, into.get(key, 0))


def latest(followers, what):
    """Behind the last offset of an entry of that kind, by partition."""
    ends = {}
    for follower in followers:
        merge(ends, follower.ends[what])
    return ends


class Traffic:
    """With-statement: a topic with a reader of all of it, and senders. At the end the verdict, as a
    dictionary; it fails if there is damage. With the name of a topic, that is there already, and stays."""

    def __init__(self, lab, daemon, partitions=6, replication=3, settings=(), follow=True, topic=None,
                 **load):
        self.lab, self.daemon, self.follow = lab, daemon, follow
        self.dir = lab.directory("traffic")
        self.is_own = not topic
        # What a case that has failed has left is not in the way of the next one.
        self.life = daemon.n_lives
        self.topic = topic or f"t{next(lab.numbers)}-{lab.dir.rsplit('.', 1)[-1]}"
        self.load_options = load
        self.partitions = partitions
        self.n_loads = 0
        self.loads = []
        self.members, self.readers = [], []
        self.ledgers = []
        self.followers = []
        self.member_followers = []
        self.n_connections = 0  # of senders that have ended
        self.verdict = None
        if self.is_own:
            daemon.call("create_topic", self.topic, partitions, 1 if daemon.is_dev else replication,
                        [list(s) for s in settings])

    def __enter__(self):
        ledger = self.new_ledger("dump")
        self.dump = self.lab.start(["dump", "--brokers", self.daemon.direct, "--topic", self.topic,
                                    "--ledger", ledger])
        self.lab.await_line(self.dump, "ready")
        if self.load_options:
            self.add_load(**self.load_options)
        return self

    def new_ledger(self, name):
        path = os.path.join(self.dir, f"{name}.ledger")
        self.ledgers.append(path)
        return path

    def add_load(self, first=None, ready=True, messages=None, **options):
        """Other senders. Options are those of load; resend=True for one without a value. What they say of
        failures goes to the file messages."""
        ledger = self.new_ledger(f"load-{len(self.ledgers)}")
        words = []
        for name, value in {"partitions": self.partitions, **options}.items():
            words += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])
        process = self.lab.start(["load", "--socket", self.daemon.socket, "--topic", self.topic, "--ledger",
                                  ledger, "--first", str(self.n_loads if first is None else first), *words],
                                 stderr=messages)
        self.n_loads += options.get("clients", 1)
        self.loads.append(process)
        if ready:
            self.lab.await_line(process, "ready")
        if self.follow:
            self.followers.append(Follower(ledger, process))
        return process

    def end_load(self, process):
        self.n_connections += json.loads(self.lab.finish(process))["connections"]
        for follower in self.followers:
            if follower.load is process:
                follower.close()

    def finish_load(self, process):
        """Wait for senders that have an end. Returns their follower."""
        self.end_load(process)
        self.loads.remove(process)
        return next(f for f in self.followers if f.load is process)

    def add_readers(self, is_group=True, limit_s=LIMIT_S, **options):
        """Readers of the topic: members of one group, which is judged, or each alone. Options are those of
        take."""
        words = [w for name, value in options.items() for w in (f"--{name.replace('_', '-')}", str(value))]
        if is_group:
            ledger = self.new_ledger(f"take-{len(self.ledgers)}")
            words += ["--group", self.topic, "--ledger", ledger]
        process = self.lab.start(["take", "--socket", self.daemon.socket, "--topic", self.topic, *words])
        self.lab.await_line(process, "ready", limit_s)
        (self.members if is_group else self.readers).append(process)
        if is_group:
            self.member_followers.append(Follower(ledger))
        return process

    def await_taken(self, limit_s=LIMIT_S):
        """Wait until the group has been given what is acknowledged to the senders now."""
        self.progress()
        wanted = latest(self.followers, ACKED)

        def are_taken():
            for follower in self.member_followers:
                follower.read()
            taken = latest(self.member_followers, TAKEN)
            return all(taken.get(partition, 0) >= end for partition, end in wanted.items())

        await_true(are_taken, "the group goes on reading", limit_s)

    def await_committed(self, limit_s=LIMIT_S):
        """Wait until the brokers have what the group had been told is acknowledged not long ago, which takes
        them longer where others use the machine."""
        told = collections.deque()

        def are_committed():
            for follower in self.member_followers:
                follower.read()
            told.append((time.monotonic(), latest(self.member_followers, DONE)))
            partitions = self.daemon.call("describe_group", self.topic)["partitions"]
            committed = {p["partition"]: p["committed"] or 0 for p in partitions}
            while time.monotonic() > told[0][0] + COMMIT_S / 2:
                told.popleft()
                if not told:
                    return False
            # An end is behind the offset of an entry, which is itself the one to go on at.
            return any(all(committed.get(partition, 0) >= end - 1 for partition, end in ends.items())
                       for _, ends in told)

        await_true(are_committed, "what is acknowledged is committed", limit_s)

    def await_members(self, limit_s=LIMIT_S):
        """Wait until the group has acknowledged all that is in the topic, and the brokers know."""

        def are_through():
            told = self.daemon.call("describe_group", self.topic)["partitions"]
            return len(told) == self.partitions and all(p["lag"] == 0 for p in told)

        await_true(are_through, "the group has read all", limit_s)

    def end_readers(self):
        """Returns what each program of readers has done."""
        if any(process.poll() is None for process in self.members):
            self.await_members()
        readers = self.members + self.readers
        for process in readers:
            process.terminate()
        self.members, self.readers = [], []
        return [json.loads(self.lab.finish(process)) for process in readers]

    def progress(self):
        """How many records have been told what."""
        for follower in self.followers:
            follower.read()
        return {what: sum(f.count[what] for f in self.followers) for what in WHATS}

    def await_acks(self, n, limit_s=LIMIT_S):
        """Wait until so many more records are acknowledged."""
        wanted = self.progress()[ACKED] + n
        await_true(lambda: self.progress()[ACKED] >= wanted, f"{n} more records are acknowledged", limit_s)

    def await_sent(self, what, name, n, limit_s):
        began = now_us()

        def are_there():
            self.progress()
            last = {}
            for follower in self.followers:
                merge(last, getattr(follower, name))
            return len(last) == n and min(last.values()) >= began

        await_true(are_there, what, limit_s)
        return (now_us() - began) / 1e6

    def await_flow(self, limit_s=LIMIT_S):
        """Wait until a record that is sent from now on is acknowledged in each partition. Returns the
        seconds."""
        return self.await_sent("records go to each partition", "last_us", self.partitions, limit_s)

    def await_clients(self, limit_s=LIMIT_S):
        """The same of each client."""
        return self.await_sent("each client sends", "clients_us", self.n_loads, limit_s)

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
            self.end_load(process)
        self.loads.clear()

    def __exit__(self, error, *_):
        if error:
            return
        self.end_loads()
        self.end_readers()
        self.dump.terminate()
        self.lab.finish(self.dump)
        self.verdict = judge_ledgers(self.lab, self.ledgers)
        if self.member_followers and not self.verdict["taken"]:
            raise Failed("the group was given nothing")
        if self.daemon.n_lives == self.life and self.daemon.is_alive():
            compare_books(self.daemon, self.topic, self.verdict)
        with contextlib.suppress(Failed, OSError):
            if self.is_own:
                self.daemon.call("delete_topic", self.topic)
