"""Load that is held."""

from cases import case
from daemon import Watch
from traffic import Traffic

# Of what the brokers keep of a long run, so that the disk lasts.
SMALL = (("retention.bytes", "268435456"), ("segment.bytes", "67108864"))


@case("L1", "50 clients send 20,000 records a second and connect anew after 5,000", weight=4)
def steady_load(lab, until):
    """Memory is looked at when what a load needs has been taken once: after a sixth of the time, at most ten
    minutes."""
    with lab.commd() as daemon:
        with Traffic(lab, daemon, replication=1, settings=SMALL, follow=False, clients=50, rate=400, churn=5000) as traffic:
            watch = Watch(daemon)
            until.rest(8)
            watch.end()
        longest_beat_s = daemon.beats.longest_s
    warm_s = min(until.seconds / 6, 600)
    return traffic.verdict | {
        "rss_max_kib": watch.most("rss_kib"), "rss_slope_kib_h": round(watch.slope("rss_kib", warm_s)),
        "fds": [watch.least("fds"), watch.most("fds")],
        "threads": [watch.least("threads"), watch.most("threads")],
        "longest_beat_s": round(longest_beat_s, 2)}
