"""peer.py produce|sync|once ...: bench.c for confluent-kafka, with the same options and output."""

import argparse
import json
import random
import resource
import sys
import time

from confluent_kafka import Producer

LIMIT_S = 60
# Delivery reports are served once per so many records, which costs less than each time.
POLL_EVERY = 1000
N_VALUES = 1000


class Sender:
    def __init__(self, options):
        self.options = options
        self.n_delivered = 0
        # The same as bench_direct_producer.c sets, but for a single record: this newer librdkafka
        # waits half a second for an idempotent producer's id, and nobody would put up with that.
        self.producer = Producer({
            "bootstrap.servers": options.at, "socket.nagle.disable": True,
            "enable.idempotence": options.kind != "once", "acks": "all", "linger.ms": 0,
        })
        self.values = [random.randbytes(options.size)
                       for _ in range(1 if options.kind == "once" else N_VALUES)]

    def on_delivered(self, error, _):
        if error:
            sys.exit(f"peer.py: a record was not delivered: {error}")
        self.n_delivered += 1

    def give_one(self, number):
        value = self.values[number % len(self.values)]
        while True:
            try:
                self.producer.produce(self.options.topic, value, on_delivery=self.on_delivered)
                return
            except BufferError:
                self.producer.poll(0.1)

    def wait(self, n_wanted):
        deadline_s = time.monotonic() + LIMIT_S
        while self.n_delivered < n_wanted:
            self.producer.poll(0.1)
            if time.monotonic() > deadline_s:
                sys.exit(f"peer.py: only {self.n_delivered} of {n_wanted} records were delivered")

    def produce(self):
        for i in range(self.options.count):
            self.give_one(i)
            if i % POLL_EVERY == 0:
                self.producer.poll(0)
        self.wait(self.options.count)

    def sync(self):
        latencies_us = []
        for i in range(self.options.count):
            start_s = time.monotonic()
            self.give_one(i)
            self.wait(i + 1)
            latencies_us.append(round((time.monotonic() - start_s) * 1e6, 1))
        return latencies_us


def cpu_us():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return (usage.ru_utime + usage.ru_stime) * 1e6


def measure(sender):
    sender.n_delivered = 0
    start_us, start_cpu_us = time.monotonic() * 1e6, cpu_us()
    latencies_us = sender.sync() if sender.options.kind == "sync" else sender.produce()
    result = {"records": sender.options.count, "start_us": start_us,
              "end_us": time.monotonic() * 1e6, "cpu_us": cpu_us() - start_cpu_us}
    if latencies_us:
        result["latencies_us"] = latencies_us
    print(json.dumps(result), flush=True)


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("produce", "sync", "once"))
    parser.add_argument("--at", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--size", type=int, default=100)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--window", help="for bench.c only")
    parser.add_argument("--gate", action="store_true")
    return parser.parse_args()


def main():
    options = parse()
    sender = Sender(options)
    sender.give_one(0)
    sender.wait(1)
    if options.kind == "once":
        return
    if options.gate:
        print("ready", flush=True)
        if not sys.stdin.readline():
            sys.exit(1)
    measure(sender)
    if options.gate:
        sys.stdin.read()


if __name__ == "__main__":
    main()
