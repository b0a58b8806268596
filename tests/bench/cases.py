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
    is_read: bool = False  # from one topic that is filled before all rounds


@dataclasses.dataclass
class Outcome:
    """What came out of a client."""

    result: dict

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
        client.go()
        return Outcome(client.result())


def produce(lab, side, case, topic, count):
    return {case.name: run_client(lab, side, "produce", case, topic, count).rate()}


def sync(lab, side, case, topic, count):
    outcome = run_client(lab, side, "sync", case, topic, count)
    return {f"{case.name}-p50": outcome.latency_us(0.5), f"{case.name}-p99": outcome.latency_us(0.99)}


def consume(lab, side, case, topic, count):
    return {case.name: run_client(lab, side, "consume", case, topic, count).rate()}


RATE = "records/s"

CASES = (
    Case("produce-100", produce, {"produce-100": RATE}, 4000000),
    # The size of "1k" is the thousand that its name says.
    Case("produce-1k", produce, {"produce-1k": RATE}, 500000, size=1000),
    Case("sync", sync, {"sync-p50": "us", "sync-p99": "us"}, 12000),
    Case("consume-100", consume, {"consume-100": RATE}, 5000000, is_read=True),
    Case("consume-1k", consume, {"consume-1k": RATE}, 2000000, size=1000, is_read=True),
)
