"""What becomes of brokers."""

import time

from basics import Failed
from cases import case
from traffic import Traffic

# Requests that no broker answers end soon enough for the next one to be asked.
LINES = ("socket.timeout.ms=5000", "message.timeout.ms=60000")

# Until records go to each partition again. Brokers take 3 seconds to notice that one of them has gone.
RESUMED_S = 5

# An outcome is due at the record's deadline.
LATE_MS = 1000


def with_time(lab, daemon, **options):
    """Traffic of several clients that goes to all partitions, and whose records can wait until a fault is
    over."""
    return Traffic(lab, daemon, **{"clients": 10, "rate": 200, "timeout_ms": 90000, **options})


def late_ms(lab, traffic, timeout_ms):
    """How long after its deadline the latest outcome came."""
    return lab.within(max(traffic.verdict["longest_us"] // 1000 - timeout_ms, 0), LATE_MS,
                      "milliseconds from a deadline to its outcome")


def resumed_s(lab, seconds):
    return round(lab.within(seconds, RESUMED_S, "seconds until records go to each partition again"), 1)


def expect_all(traffic, outcomes=("failed", "unknown")):
    """There was time enough: nobody is told of what has passed. (Where a record is that was sent twice, brokers
    do not always say.)"""
    failed = sum(traffic.verdict[outcome] for outcome in outcomes)
    if failed:
        raise Failed(f"{failed} records have failed, though the fault has passed in their time")
    return traffic.verdict


def bring_back(lab, traffic, *numbers):
    """Brokers that have ended. Returns the seconds until records go to each partition."""
    lab.cluster.restart(*numbers)
    seconds = traffic.await_flow()
    lab.cluster.await_whole()
    return seconds


@case("F3", "kill -9 of the leader of a partition, which comes back", weight=2)
def leader_is_killed(lab, until):
    """Another broker leads; records wait for that in the daemon."""
    longest_s = 0
    with lab.commd(LINES) as daemon, with_time(lab, daemon) as traffic:
        while until.more():
            traffic.await_flow()
            number = lab.cluster.await_leader(traffic.topic)
            lab.cluster.brokers[number].kill()
            longest_s = max(longest_s, traffic.await_flow())
            lab.cluster.restart(number)
            lab.cluster.await_whole()
    return expect_all(traffic) | {"rounds": until.rounds, "resumed_s": resumed_s(lab, longest_s)}


@case("F3b", "kill -9 of the coordinator of a group that reads, then the daemon restarted in order")
def coordinator_is_killed(lab, until):
    """Members go on reading; what they have acknowledged is committed when another broker coordinates, and
    comes to none of them again."""
    with lab.commd(LINES) as daemon, with_time(lab, daemon) as traffic:
        traffic.add_readers(clients=3, ack="manual")
        while until.more():
            traffic.await_flow()
            number = daemon.call("describe_group", traffic.topic)["coordinator"]
            lab.cluster.brokers[number].kill()
            traffic.await_flow()
            traffic.await_taken()
            lab.cluster.restart(number)
            daemon.terminate()
            daemon.start()
            lab.cluster.await_whole()
    return traffic.verdict | {"rounds": until.rounds}


@case("F3c", "kill -9 of two of three brokers, min.insync.replicas 2")
def too_few_are_left(lab, until):
    """What the last broker leads is refused there and tried again, until the record's deadline; then its
    sender is told."""
    timeout_ms = 5000 if lab.is_timed else 3000
    longest_s = 0
    with lab.commd(LINES) as daemon, with_time(lab, daemon, rate=50, timeout_ms=timeout_ms) as traffic:
        while until.more():
            traffic.await_flow()
            two = [number for number in lab.cluster.brokers if number != 1 + until.rounds % lab.cluster.n]
            for number in two:
                lab.cluster.brokers[number].kill()
            time.sleep(timeout_ms / 1000 + 2)
            longest_s = max(longest_s, bring_back(lab, traffic, *two))
    if not traffic.verdict["failed"] + traffic.verdict["unknown"]:
        raise Failed("one broker has taken what two must have")
    return traffic.verdict | {"rounds": until.rounds, "late_ms": late_ms(lab, traffic, timeout_ms),
                              "resumed_after_start_s": round(longest_s, 1)}


@case("F3d", "each broker restarted in order, one after another")
def brokers_are_updated(lab, until):
    """A broker that stops hands over what it leads; records wait only for that."""
    with lab.commd(LINES) as daemon, with_time(lab, daemon) as traffic:
        while until.more():
            for number, node in lab.cluster.brokers.items():
                traffic.await_flow()
                node.stop()
                traffic.await_flow()
                bring_back(lab, traffic, number)
    longest_s = traffic.verdict["longest_us"] / 1e6
    return expect_all(traffic) | {"rounds": until.rounds, "resumed_s": resumed_s(lab, longest_s),
                                  "longest_silence_s": round(traffic.verdict["silence_us"] / 1e6, 1)}


@case("F3e", "SIGSTOP of the leader of a partition for 10 s, which then takes itself for the leader still")
def leader_is_paused(lab, until):
    """Requests to it end by socket.timeout.ms, and within ten seconds another broker leads, and has each record
    once; what the one that wakes finds in its sockets, it refuses. Of records that were confirmed by nobody, and of whose
    partition the brokers have later ones, the senders are told that they may be there."""
    longest_s, without_s = 0, 0
    with lab.commd(LINES) as daemon, with_time(lab, daemon) as traffic:
        while until.more():
            traffic.await_flow()
            node = lab.cluster.brokers[lab.cluster.await_leader(traffic.topic)]
            node.pause()
            paused = time.monotonic()
            without_s = max(without_s, traffic.await_flow())
            if lab.is_timed:
                time.sleep(max(paused + 10 - time.monotonic(), 0))
            node.go_on()
            longest_s = max(longest_s, traffic.await_flow())
            lab.cluster.await_whole()
    lab.within(without_s, 10, "seconds until records go to each partition while the broker is paused")
    return expect_all(traffic, ("failed",)) | {"rounds": until.rounds, "resumed_s": resumed_s(lab, longest_s),
                                               "without_it_s": round(without_s, 1)}


@case("F4", "kill -9 of all brokers, which come back after up to 60 s", weight=2)
def all_are_killed(lab, until):
    """Each record has its outcome at its deadline: it was never sent, or nobody knows. Records wait in the
    daemon for a little less than the brokers are away (message.timeout.ms); those that still have time go out
    when they are back, and none of them twice."""
    timeout_ms = 8000 if lab.is_timed else 2000
    down_s = min(max(until.seconds / 4, 3), 60)
    longest_s = 0
    lines = ("socket.timeout.ms=5000", f"message.timeout.ms={int(down_s * 900)}")
    with lab.commd(lines) as daemon, with_time(lab, daemon, rate=50, timeout_ms=timeout_ms) as traffic:
        while until.more():
            traffic.await_flow()
            for node in lab.cluster.brokers.values():
                node.kill()
            time.sleep(down_s)
            longest_s = max(longest_s, bring_back(lab, traffic, *lab.cluster.brokers))
    if not traffic.verdict["failed"] + traffic.verdict["unknown"]:
        raise Failed("no sender was told that there are no brokers")
    return traffic.verdict | {"rounds": until.rounds, "down_s": round(down_s),
                              "late_ms": late_ms(lab, traffic, timeout_ms),
                              "resumed_after_start_s": round(longest_s, 1)}
