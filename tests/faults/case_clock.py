"""A host whose clock is set while commd runs."""

import os
import struct
import time

from basics import Failed, await_true
from cases import case
from traffic import Traffic, expect_acknowledged

# Brokers refuse records that are an hour or more ahead of them.
STEP_S = 3500


@case("F18", "the clock is set, an hour or so ahead and back")
def clock_is_set(lab, until):
    """No request is late because of that, and nothing waits for the time to come again."""
    path = os.path.join(lab.directory("clock"), "step")
    fd = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.pwrite(fd, bytes(8), 0)
    longest_s = 0

    def step(seconds):
        os.pwrite(fd, struct.pack("=q", seconds), 0)
        ahead_s = daemon.call("ping")["time_ms"] / 1000 - time.time()
        if abs(ahead_s - seconds) > 60:
            raise Failed(f"the daemon's clock is {ahead_s} s ahead, not {seconds}")

    env = lab.preload("libclock_step.so") | {"COMMD_CLOCK_STEP": path}
    load = {"clients": 10, "rate": 100, "timeout_ms": 10000 if lab.is_timed else 30000}
    with lab.commd(env=env) as daemon, Traffic(lab, daemon, **load) as traffic:
        traffic.add_readers(clients=3)
        while until.more():
            for seconds in (STEP_S, 0, -STEP_S, 0):
                traffic.await_flow()
                step(seconds)
                longest_s = max(longest_s, traffic.await_flow())
        n = daemon.beats.n
        await_true(lambda: daemon.beats.n > n, "the daemon gives a sign of life")
        beat_s = daemon.beats.worst_s()
    os.close(fd)
    lab.within(longest_s, 3, "seconds until records flow")
    lab.within(beat_s, 10, "seconds between two signs of life")
    return expect_acknowledged(traffic.verdict) | {
        "steps": 4 * until.rounds, "resumed_s": round(longest_s, 2), "longest_beat_s": round(beat_s, 2)}
