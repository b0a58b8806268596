"""Load that is held."""

import statistics
import time

from basics import Failed, await_true
from cases import case
from daemon import PING, WATCHDOG_S, Watch, ping
from traffic import Traffic, expect_acknowledged

# Of what the brokers keep of a long run, so that the disk lasts.
SMALL = (("retention.bytes", "268435456"), ("segment.bytes", "67108864"))


@case("L1", "50 clients send 20,000 records a second and connect anew after 5,000", weight=4)
def steady_load(lab, until):
    """They do not fall behind, and each record is acknowledged; descriptors and threads do not become more, and
    no sign of life is late. Memory is looked at when what a load needs has been taken once, after a sixth of the
    time, at most ten minutes: in half an hour or more it grows by less than 1 MiB an hour."""
    with lab.commd() as daemon:
        load = {"clients": 50, "rate": 400, "churn": 5000}
        with Traffic(lab, daemon, replication=1, settings=SMALL, follow=False, **load) as traffic:
            watch, began = Watch(daemon), time.monotonic()
            until.rest(8)
            took_s = time.monotonic() - began
            watch.end()
        longest_beat_s = daemon.beats.worst_s()
    per_s = round(traffic.verdict["sent"] / took_s)
    if lab.is_timed and per_s < 19000:
        raise Failed(f"{per_s} records are sent a second, and not 20,000")
    warm_s = min(until.seconds / 6, 600)
    slope = watch.slope("rss_kib", warm_s)
    for name in ("fds", "threads"):
        if until.seconds:
            lab.within(watch.grown(name, warm_s), 2, f"{name} that become more")
    lab.within(longest_beat_s, WATCHDOG_S, "seconds between two signs of life")
    figures = {"rss_max_kib": watch.most("rss_kib"), "rss_course_kib": watch.course("rss_kib")}
    if until.seconds >= 1800:
        figures["rss_slope_kib_h"] = lab.within(
            round(slope), 1024, f"KiB that memory grows an hour, having been {figures['rss_course_kib']}")
    return expect_acknowledged(traffic.verdict) | figures | {
        "per_s": per_s,
        "fds": [watch.least("fds"), watch.most("fds")],
        "threads": [watch.least("threads"), watch.most("threads")],
        "longest_beat_s": round(longest_beat_s, 2)}


# A request, half of it, and the beginning of a record that is long.
BEGINNINGS = (PING, PING[:5], b"\x94\x00\x01\xa4send\x93\xa1t\x91\xdb\x00\x0f\xff\xff")


def come_and_go(daemon, i):
    """One client. Of ten one leaves without its answer, and two in the middle of what they say."""
    with daemon.connect() as s:
        if i % 10 < len(BEGINNINGS):
            s.sendall(BEGINNINGS[i % 10])
            return
        if not ping(s):
            raise Failed("a ping is not answered")


@case("L2", "clients that connect, ask and leave", cluster=False)
def churn(lab, until):
    """Some leave without their answer, others in the middle of what they say. All descriptors are closed
    again, and memory grows by no more than 2 MiB after the first 500."""
    n, rss = 0, []
    with lab.dev() as daemon:
        fds = daemon.stat()["fds"]
        while until.more(4):
            for _ in range(500):
                come_and_go(daemon, n)
                n += 1
            await_true(lambda: daemon.stat()["fds"] <= fds, "all descriptors are closed", 30)
            rss.append(daemon.stat()["rss_kib"])
    # What such a load needs is there after the first round.
    grown_kib = rss[-1] - rss[0]
    lab.within_memory(grown_kib, 2048, "how much RSS has grown")
    return {"connections": n, "rss_grown_kib": grown_kib, "fds": fds}


@case("L4", "records of 900 KiB", weight=2)
def big_records(lab, until):
    """Memory grows by no more than 80 MiB: 64 for records in flight, by default, and a quarter beside
    that."""
    with lab.commd() as daemon:
        small_kib = daemon.stat()["rss_kib"]
        with Traffic(lab, daemon, replication=1, settings=SMALL) as traffic:
            watch = Watch(daemon, 0.2)
            while until.more():
                load = traffic.add_load(clients=4, records=25, size=900 * 1024, timeout_ms=120000)
                traffic.finish_load(load)
            watch.end()
    grown_kib = watch.most("rss_kib") - small_kib
    lab.within_memory(grown_kib, 80 * 1024, "how much RSS has grown")
    return expect_acknowledged(traffic.verdict) | {"rss_grown_kib": grown_kib}


def fan_out(lab, daemon, n, n_slow, wanted):
    """A new topic with @n readers and @n_slow slow ones, each alone, which are all there before the first record
    is. Returns how long it takes until all but the slow ones have all, and the verdict."""
    limit_s = 120 + n  # each has a consumer of its own to be opened
    with Traffic(lab, daemon, follow=False) as traffic:
        readers = traffic.add_readers(False, limit_s, clients=n + n_slow, slow=n_slow, rate=1000,
                                      records=wanted)
        traffic.add_load(clients=6, records=wanted // 6 + 1, window=500)
        lab.await_line(readers, "done", limit_s)
        told = traffic.end_readers()[0]
        if told["gaps"] or told["corrupt"]:
            raise Failed(f"readers were not given what is in the topic: {told}")
    return told["longest_us"], expect_acknowledged(traffic.verdict)


@case("L5", "many who read the same topic, some of them slowly", weight=2)
def many_readers(lab, until):
    """In turns: among themselves, and beside a tenth more who take a thousand bytes a second. The others have
    all of what is sent in no more than a tenth more time."""
    n = 500 if until.seconds > 60 else 50
    wanted = (5000000 if until.seconds else 200000) // n
    longest_us = {0: [], n // 10: []}
    with lab.commd(conf=f"[limits]\nconsumers = {2 * n}\n") as daemon:
        while until.more(3 if until.seconds else 1):
            for n_slow, times_us in longest_us.items():
                time_us, verdict = fan_out(lab, daemon, n, n_slow, wanted)
                times_us.append(time_us)
    alone_us, beside_us = (statistics.median(times_us) for times_us in longest_us.values())
    lab.within(beside_us / alone_us, 1.1, "how much longer readers take beside slow ones")
    return verdict | {
        "readers": n, "rounds": until.rounds, "all_ms": round(alone_us / 1000),
        "beside_slow": round(beside_us / alone_us, 2)}
