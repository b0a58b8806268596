"""What becomes of the way to the brokers. A proxy cannot lose packets, which to TCP is a delay."""

import time

from basics import Failed, await_true
from case_kafka import LINES, late_ms, resumed_s, with_time
from cases import case
from traffic import ACKED, FAILED, UNKNOWN


def silence_one(proxies):
    proxies[1].silence()


def silence_all(proxies):
    proxies.set(is_silent_in=True, is_silent_out=True)


def deafen(proxies):
    proxies.set(is_silent_in=True)


def mute(proxies):
    proxies.set(is_silent_out=True)


def reset_all(proxies):
    if not proxies.n_connections():
        raise Failed("there is no connection to be reset")
    proxies.reset()


def delay(proxies):
    proxies.set(delay_s=0.5, jitter_s=0.2)


def narrow(proxies):
    proxies.set(bytes_per_s=4096)


def slice_all(proxies):
    proxies.set(slice=1)


SILENCES = (silence_one, silence_all, deafen, mute)
SLOW = (delay, narrow)
FAULTS = (*SILENCES, reset_all, *SLOW, slice_all)


def suffer(lab, traffic, fault, seconds):
    """What the fault is has to be felt. Returns the seconds until records flow again."""
    follower = traffic.followers[0]
    before = traffic.progress()
    follower.longest_us[ACKED] = 0

    def is_felt():
        now = traffic.progress()
        if fault in SILENCES:
            return now[FAILED] + now[UNKNOWN] > before[FAILED] + before[UNKNOWN]
        return fault not in SLOW or follower.longest_us[ACKED] >= 300000

    fault(lab.cluster.proxies)
    time.sleep(seconds)
    sign = "a sender is told that brokers are silent" if fault in SILENCES else "a record takes more than 0.3 s"
    await_true(is_felt, f"{fault.__name__}: {sign}")
    lab.cluster.proxies.heal()
    return traffic.await_flow()


@case("F5", "silence of one broker and of all, one way in, one way out, resets, 500 +- 200 ms, 4 KB/s, "
      "single bytes", weight=2)
def network_fails(lab, until):
    """Each record has its outcome at its deadline, whatever the network does; what has gone out and was not
    confirmed may be there."""
    timeout_ms, fault_s = (5000, 8) if lab.is_timed else (1500, 2.5)
    longest_s, slowest = 0, None
    with lab.commd(LINES) as daemon:
        with with_time(lab, daemon, rate=20, size=100, timeout_ms=timeout_ms) as traffic:
            while until.more():
                for fault in FAULTS:
                    traffic.await_flow()
                    seconds = suffer(lab, traffic, fault, fault_s)
                    if seconds > longest_s:
                        longest_s, slowest = seconds, fault.__name__
    return traffic.verdict | {"rounds": until.rounds, "late_ms": late_ms(lab, traffic, timeout_ms),
                              "resumed_s": resumed_s(lab, longest_s), "slowest": slowest}
