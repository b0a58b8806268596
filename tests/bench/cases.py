"""The cases: what is run in a round of each, and what is read off it."""

import contextlib
import dataclasses
import statistics
import time
import typing

from lab import pss_kib, say

# How long a flood has to get going before anybody is measured beside it.
FLOOD_AHEAD_S = 1
# Until queues are as full as they get.
FILL_S = 2
# heartbeat.interval.ms, on both sides: only then a member of a group learns that another joins.
HEARTBEAT_S = 3


@dataclasses.dataclass(frozen=True)
class Case:
    """Clients that do the same; units has an entry for each metric that comes out of a round.

    measure(lab, side, case, topic, count) returns {metric: value} of one run of one side.
    """

    name: str
    measure: typing.Callable
    units: dict
    count: int  # of records of each client (consume8: of all), or of processes (oneshot, join)
    size: int = 100
    window: int = 1
    n_clients: int = 1
    n_partitions: int = 4
    peers: tuple = ()
    is_read: bool = False  # from one topic that is filled before all rounds


@dataclasses.dataclass
class Outcome:
    """What came out of clients that ran at the same time."""

    results: list
    cpu_us: float  # commd's included, if it had a part in it
    client_pss_kib: list

    def rate(self):
        """Records per second of all together, from the first's start to the last's end."""
        spent_us = (max(result["end_us"] for result in self.results)
                    - min(result["start_us"] for result in self.results))
        return self.n_records() * 1e6 / spent_us

    def n_records(self):
        return sum(result["records"] for result in self.results)

    def latency_us(self, share):
        """The latency below which a share of all the records lies."""
        values = sorted(us for result in self.results for us in result["latencies_us"])
        return values[min(int(len(values) * share), len(values) - 1)]


@contextlib.contextmanager
def ready_clients(lab, side, kind, case, topic, count, group=None):
    """As many as the case has, all connected."""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(lab.client(side, kind, case, topic, count, group))
                   for _ in range(case.n_clients)]
        for client in clients:
            client.wait_ready()
        yield clients


def run_clients(lab, side, kind, case, topic, count, group=None):
    """Let them go when all are connected, and look at them before they close."""
    with ready_clients(lab, side, kind, case, topic, count, group) as clients:
        cpu_us = -lab.commd_cpu_us()
        for client in clients:
            client.go()
        results = [client.result() for client in clients]
        cpu_us = cpu_us + lab.commd_cpu_us() if side == "commd" else 0
        cpu_us += sum(result["cpu_us"] for result in results)
        client_pss_kib = [pss_kib(client.process.pid) for client in clients]
    if side == "direct":
        lab.direct_peak_kib = max(lab.direct_peak_kib,
                                  *(result["peak_rss_kib"] for result in results))
    return Outcome(results, cpu_us, client_pss_kib)


def produce(lab, side, case, topic, count):
    outcome = run_clients(lab, side, "produce", case, topic, count)
    return {
        case.name: outcome.rate(),
        case.name.replace("produce", "cpu"): outcome.cpu_us / outcome.n_records(),
    }


def loop(lab, side, case, topic, count):
    return {case.name: run_clients(lab, side, "loop", case, topic, count).rate()}


def latencies(case, outcome):
    return {f"{case.name}-p50": outcome.latency_us(0.5), f"{case.name}-p99": outcome.latency_us(0.99)}


def sync(lab, side, case, topic, count):
    return latencies(case, run_clients(lab, side, "sync", case, topic, count))


def e2e(lab, side, case, topic, count):
    return latencies(case, run_clients(lab, side, "e2e", case, topic, count))


def consume(lab, side, case, topic, count):
    return {case.name: run_clients(lab, side, "consume", case, topic, count).rate()}


def consume_group(lab, side, case, topic, count):
    """All records once, from the first batch of whoever is first on."""
    results = run_clients(lab, side, "group", case, topic, count, lab.new_group()).results
    n_read = sum(result["first"] + result["records"] for result in results)
    n_there = count + 1  # the producer that filled it has made sure of its connection
    if n_read < n_there:
        raise RuntimeError(f"{side}: the group has read {n_read} of {n_there} records")
    if n_read > n_there:
        say(f"  {side}: partitions moved, and {n_read - n_there} records came twice")
    first = min(results, key=lambda result: result["start_us"])
    spent_us = max(result["end_us"] for result in results) - first["start_us"]
    return {case.name: (n_there - first["first"]) * 1e6 / spent_us}


def join(lab, side, case, topic, count):
    """The group has one member, and another joins, again and again."""
    group = lab.new_group()
    spent_ms = []
    with lab.trickle(topic, case.n_partitions) as sender:
        sender.wait_ready()
        with lab.client(side, "member", case, topic, 1, group) as member:
            member.wait_ready()
            member.go()
            for i in range(count):
                lab.prepare("settle", topic, "--group", group)
                # Evenly at all distances from the heartbeat that has settled it.
                time.sleep(HEARTBEAT_S * (i + 0.5) / count)
                spent_ms.append(join_ms(lab, side, case, topic, group))
            member.stop()
            member.result()
    return {case.name: statistics.median(spent_ms)}


def join_ms(lab, side, case, topic, group):
    """How long a new member waits for its first record."""
    with lab.client(side, "join", case, topic, 1, group) as client:
        client.wait_ready()
        client.go()
        result = client.result()
    return (result["end_us"] - result["start_us"]) / 1e3


def produce_many(lab, side, case, topic, count):
    outcome = run_clients(lab, side, "produce", case, topic, count)
    return {"produce50": outcome.rate(), "rest50": statistics.median(outcome.client_pss_kib)}


def memory_many(lab, side, case, topic, count):
    """What they take while they send as much as they can."""
    with ready_clients(lab, side, "flood", case, topic, count) as clients:
        for client in clients:
            client.go()
        time.sleep(FILL_S)
        client_pss_kib = [pss_kib(client.process.pid) for client in clients]
        commd_pss_kib = pss_kib(lab.commd.pid) if side == "commd" else 0
        for client in clients:
            client.stop()
        for client in clients:
            client.result()
    return {
        "memory50": sum(client_pss_kib) + commd_pss_kib,
        "client50": statistics.median(client_pss_kib),
    }


def oneshot(lab, side, case, topic, count):
    return {case.name: statistics.median(lab.once_ms(side, case, topic) for _ in range(count))}


def flood(lab, side, case, topic, count):
    quiet_us = run_clients(lab, side, "sync", case, topic, count).latency_us(0.99)
    other = lab.create_topic(f"{case.name}-{side}-beside", case.n_partitions)
    with lab.client(side, "flood", case, other, 1) as flooder:
        flooder.wait_ready()
        flooder.go()
        time.sleep(FLOOD_AHEAD_S)
        loud_us = run_clients(lab, side, "sync", case, topic, count).latency_us(0.99)
        flooder.stop()
        result = flooder.result()
    spent_us = result["end_us"] - result["start_us"]
    return {"flood-p99": loud_us / quiet_us, "flood-rate": result["records"] * 1e6 / spent_us}


RATE = "records/s"
PYTHON = ("python",)

CASES = (
    Case("produce-100", produce, {"produce-100": RATE, "cpu-100": "us"}, 4000000, peers=PYTHON),
    # The size of "1k" is the thousand that its name says.
    Case("produce-1k", produce, {"produce-1k": RATE, "cpu-1k": "us"}, 500000, size=1000,
         peers=PYTHON),
    Case("produce-10k", produce, {"produce-10k": RATE}, 50000, size=10000),
    Case("inflight16", loop, {"inflight16": RATE}, 50000, window=16),
    Case("inflight64", loop, {"inflight64": RATE}, 150000, window=64),
    Case("inflight1000", loop, {"inflight1000": RATE}, 1000000, window=1000),
    Case("sync", sync, {"sync-p50": "us", "sync-p99": "us"}, 12000, peers=PYTHON),
    Case("consume-100", consume, {"consume-100": RATE}, 5000000, is_read=True),
    Case("consume-1k", consume, {"consume-1k": RATE}, 2000000, size=1000, is_read=True),
    Case("consume-10k", consume, {"consume-10k": RATE}, 200000, size=10000, is_read=True),
    Case("consume8-100", consume_group, {"consume8-100": RATE}, 5000000, n_clients=8,
         n_partitions=8, is_read=True),
    Case("e2e", e2e, {"e2e-p50": "us", "e2e-p99": "us"}, 4000),
    Case("join", join, {"join": "ms"}, 5),
    Case("oneshot", oneshot, {"oneshot": "ms"}, 30, peers=("kcat", "python")),
    Case("sync50", sync, {"sync50-p50": "us", "sync50-p99": "us"}, 300, n_clients=50),
    Case("produce50", produce_many, {"produce50": RATE, "rest50": "KiB"}, 100000, n_clients=50),
    Case("memory50", memory_many, {"memory50": "KiB", "client50": "KiB"}, 1, n_clients=50),
    Case("flood", flood, {"flood-p99": "x quiet", "flood-rate": RATE}, 2000),
)
