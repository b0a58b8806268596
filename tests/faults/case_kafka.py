"""What becomes of brokers, and of the way to them."""

from cases import case
from traffic import Traffic

# Requests that no broker answers end soon enough for the next one to be asked.
LINES = ("socket.timeout.ms=5000", "message.timeout.ms=60000")


def paces(lab, daemon, **options):
    """Traffic with something of everything: several clients, all partitions, at a pace that leaves time."""
    return Traffic(lab, daemon, **{"clients": 10, "rate": 200, "timeout_ms": 90000, **options})


@case("F3", "kill -9 of the leader of a partition, which comes back", weight=2)
def leader_is_killed(lab, until):
    longest_s = 0
    with lab.commd(LINES) as daemon, paces(lab, daemon) as traffic:
        while until.more():
            traffic.await_flow()
            number = lab.cluster.leader(traffic.topic)
            lab.cluster.brokers[number].kill()
            longest_s = max(longest_s, traffic.await_flow())
            lab.cluster.restart(number)
            lab.cluster.await_whole()
    lab.within(longest_s, 5, "seconds until records go to each partition again")
    return traffic.verdict | {"rounds": until.rounds, "resumed_s": round(longest_s, 1)}
