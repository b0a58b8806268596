"""The cases: what is run in a round of each, and what is read off it."""

import dataclasses
import typing


@dataclasses.dataclass(frozen=True)
class Case:
    """What a client does; units has an entry for each metric that comes out of a round.

    measure(lab, side, case, topic, count) returns {metric: value} of one run of one side.
    """

    name: str
    measure: typing.Callable
    units: dict
    count: int  # of records
    size: int = 100
    window: int = 1
    is_read: bool = False  # from one topic that is filled before all rounds


@dataclasses.dataclass
class Outcome:
    """What came out of a client."""

    result: dict
    cpu_us: float  # commd's included, if it had a part in it

    def rate(self):
        """Records per second."""
        return self.n_records() * 1e6 / (self.result["end_us"] - self.result["start_us"])

    def n_records(self):
        return self.result["records"]

    def latency_us(self, share):
        """The latency below which a share of the records lies."""
        values = sorted(self.result["latencies_us"])
        return values[min(int(len(values) * share), len(values) - 1)]


def run_client(lab, side, kind, case, topic, count):
    """Start it, and let it go when it is connected."""
    with lab.client(side, kind, case, topic, count) as client:
        client.wait_ready()
        cpu_us = -lab.commd_cpu_us()
        client.go()
        result = client.result()
        cpu_us = cpu_us + lab.commd_cpu_us() if side == "commd" else 0
    return Outcome(result, cpu_us + result["cpu_us"])


def produce(lab, side, case, topic, count):
    outcome = run_client(lab, side, "produce", case, topic, count)
    return {
        case.name: outcome.rate(),
        case.name.replace("produce", "cpu"): outcome.cpu_us / outcome.n_records(),
    }


def loop(lab, side, case, topic, count):
    return {case.name: run_client(lab, side, "loop", case, topic, count).rate()}


def sync(lab, side, case, topic, count):
    outcome = run_client(lab, side, "sync", case, topic, count)
    return {f"{case.name}-p50": outcome.latency_us(0.5), f"{case.name}-p99": outcome.latency_us(0.99)}


def consume(lab, side, case, topic, count):
    return {case.name: run_client(lab, side, "consume", case, topic, count).rate()}


RATE = "records/s"

CASES = (
    Case("produce-100", produce, {"produce-100": RATE, "cpu-100": "us"}, 4000000),
    # The size of "1k" is the thousand that its name says.
    Case("produce-1k", produce, {"produce-1k": RATE, "cpu-1k": "us"}, 500000, size=1000),
    Case("produce-10k", produce, {"produce-10k": RATE}, 50000, size=10000),
    Case("inflight16", loop, {"inflight16": RATE}, 50000, window=16),
    Case("inflight64", loop, {"inflight64": RATE}, 150000, window=64),
    Case("inflight1000", loop, {"inflight1000": RATE}, 1000000, window=1000),
    Case("sync", sync, {"sync-p50": "us", "sync-p99": "us"}, 12000),
    Case("consume-100", consume, {"consume-100": RATE}, 5000000, is_read=True),
    Case("consume-1k", consume, {"consume-1k": RATE}, 2000000, size=1000, is_read=True),
)
