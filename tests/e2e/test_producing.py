#!/usr/bin/python3
"""What a profile may ask of its producer, on a real Kafka: each number of acknowledgements with each
compression. What is told of the records, and whether they are there."""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["COMMD_SOURCE_ROOT"], "tests", "lib"))
from rpc import Checks, await_true, connection
from tap import commd, kafka

ACKS = ("all", "1", "0")
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
RECORDS = 50
# Compressible, and more than one batch would have uncompressed.
VALUE = "x" * 30000


def profiles():
    return {f"{acks}-{codec}": [f"bootstrap.servers={kafka()}", f"acks={acks}", f"compression.type={codec}"]
            for acks in ACKS for codec in CODECS}


def read(topic):
    """What another client finds there."""
    done = subprocess.run(["kcat", "-C", "-J", "-e", "-q", "-b", kafka(), "-t", topic, "-o", "beginning"],
                          check=True, capture_output=True, text=True, timeout=60)
    return [json.loads(line)["payload"] for line in done.stdout.splitlines()]


def check(tap, request, name):
    """Without acknowledgements nobody knows where a record is."""
    topic = f"producing-{os.getpid()}-{name}"
    values = [f"{i} {VALUE}" for i in range(RECORDS)]
    request("hello", "producing", name)
    request("create_topic", topic, 1)
    runs = request("send", topic, [[value] for value in values])[0]
    told = [[RECORDS, 0, None if name.startswith("0-") else 0]]
    tap.equal(runs, told, f"{name}: what is told of {RECORDS} records")
    there = await_true(lambda: len(found := read(topic)) == RECORDS and found)
    tap.ok(there == values, f"{name}: they are there, in order")
    request("delete_topic", topic)


def main():
    tap = Checks()
    with commd(profiles=profiles()) as daemon, connection(daemon) as request:
        for name in profiles():
            check(tap, request, name)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
