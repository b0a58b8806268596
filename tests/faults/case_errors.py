"""What brokers answer."""

import tempfile

from basics import Failed
from cases import case
from mock import PRODUCE, Mock
from traffic import ACKED, FAILED, UNKNOWN, Traffic

# Their numbers; -195 is a connection that closes instead of an answer.
PASSING = {"_TRANSPORT": -195, "LEADER_NOT_AVAILABLE": 5, "NOT_LEADER_FOR_PARTITION": 6,
           "REQUEST_TIMED_OUT": 7, "NOT_ENOUGH_REPLICAS": 19, "NOT_ENOUGH_REPLICAS_AFTER_APPEND": 20,
           "KAFKA_STORAGE_ERROR": 56}
LASTING = {"UNKNOWN": -1, "INVALID_MSG": 2, "MSG_SIZE_TOO_LARGE": 10, "RECORD_LIST_TOO_LARGE": 18,
           "INVALID_REQUIRED_ACKS": 21, "TOPIC_AUTHORIZATION_FAILED": 29, "INVALID_TIMESTAMP": 32,
           "UNSUPPORTED_FOR_MESSAGE_FORMAT": 43, "POLICY_VIOLATION": 44, "INVALID_RECORD": 87}
# Some of these end the producer, so that the daemon makes another; others are no answer to what is sent. What
# is told then has to be true.
OTHERS = {"DUPLICATE_SEQUENCE_NUMBER": 46, "OUT_OF_ORDER_SEQUENCE_NUMBER": 45, "UNKNOWN_PRODUCER_ID": 59,
          "INVALID_PRODUCER_EPOCH": 47, "NETWORK_EXCEPTION": 13, "COORDINATOR_LOAD_IN_PROGRESS": 14,
          "THROTTLING_QUOTA_EXCEEDED": 89}

# One request at a time: with more the mock lets later ones pass while an earlier one is refused.
LINES = ("max.in.flight=1", "retry.backoff.ms=10", "message.timeout.ms=20000")
RECORDS = 60
SURFACED_MS = 1000


def send_into(lab, mock, traffic, code):
    """Records of which one request is answered the code. Returns the sender's follower, and what it was
    told."""
    with tempfile.TemporaryFile(dir=lab.dir, mode="w+") as messages:
        mock.tell("error", PRODUCE, code, 1)
        follower = traffic.finish_load(traffic.add_load(records=RECORDS, timeout_ms=15000, messages=messages))
        messages.seek(0)
        return follower, messages.read()


def check(name, follower, told):
    n = follower.count
    if name in PASSING and n[ACKED] < RECORDS:
        raise Failed(f"{name} passes, and {n[FAILED]} records have failed, {n[UNKNOWN]} perhaps: {told}")
    if name in LASTING and (not n[FAILED] + n[UNKNOWN] or name not in told):
        raise Failed(f"{name} does not pass, and senders were told: {told or 'nothing'}")


def change_leaders(mock, traffic, round_number):
    """Of all partitions, while records are under way."""
    load = traffic.add_load(records=400, rate=400, timeout_ms=15000)
    for partition in range(traffic.partitions):
        mock.tell("leader", traffic.topic, partition, 1 + (partition + round_number) % mock.n)
    n = traffic.finish_load(load).count
    if n[ACKED] < 400:
        raise Failed(f"leaders have changed, and {n[FAILED]} records have failed, {n[UNKNOWN]} perhaps")


@case("F6", "each error that brokers answer to what is sent, and other leaders", cluster=False)
def errors_are_answered(lab, until):
    """Those that pass never reach a sender; the others do at once, in the broker's own words."""
    codes = PASSING | LASTING | OTHERS
    longest_us = 0
    with Mock(lab) as mock, lab.commd(LINES) as daemon:
        mock.tell("topic", "errors", 3)
        with Traffic(lab, daemon, topic="errors", partitions=3) as traffic:
            while until.more():
                for name, code in codes.items():
                    follower, told = send_into(lab, mock, traffic, code)
                    check(name, follower, told)
                    if name in LASTING:
                        longest_us = max(longest_us, *map(follower.longest_us.get, (FAILED, UNKNOWN)))
                change_leaders(mock, traffic, until.rounds)
    surfaced_ms = lab.within(longest_us // 1000, SURFACED_MS, "milliseconds until an error reaches a sender")
    return traffic.verdict | {"rounds": until.rounds, "errors": len(codes), "surfaced_ms": surfaced_ms}
