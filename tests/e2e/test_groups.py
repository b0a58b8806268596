#!/usr/bin/python3
"""Groups on a real Kafka: what commd tells is what Kafka's own tool tells, and what commd does is what
that tool and other clients see."""

import contextlib
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["COMMD_SOURCE_ROOT"], "tests", "lib"))
from rpc import Checks, await_true, connection, kafka_tool
from tap import LIMIT_S, commd, kafka

EBAD_VALUE, ETOPIC_UNAVAILABLE, EGROUP_QUERY, EGROUP_ALTER, EGROUP_ACTIVE = 4, 10, 28, 29, 30

TOPIC = f"groups-{os.getpid()}"
PARTITIONS = 3
RECORDS = 10  # of each partition


def group(name):
    """A name that no other test run uses."""
    return f"{name}-{os.getpid()}"


def kafka_lags(name):
    """By topic and partition: the committed offset, the end, the lag and the member, as kafka-consumer-groups
    tells them."""
    lines = kafka_tool("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
                       "--bootstrap-server", kafka(), "--describe", "--group", name)
    return {(line[1], int(line[2])): [None if word == "-" else word for word in line[3:7]]
            for line in lines if line[0] == name}


def commd_lags(description):
    """The same as describe_group tells it; what is nil for the tool is not compared."""
    return {(topic, partition): [committed if committed is None else str(committed), str(end),
                                 None if committed is None else str(lag), member]
            for topic, partition, committed, end, lag, member in description[4]}


def committed(request, name):
    return {(lag[0], lag[1]): lag[2] for lag in request("describe_group", name)[4]}


def positions(result):
    return {(topic, partition): offset for topic, partition, offset in result[0]}


def everywhere(offset):
    return {(TOPIC, partition): offset for partition in range(PARTITIONS)}


@contextlib.contextmanager
def kcat(name, client):
    """Another program that is a member of the group, for as long as it takes."""
    process = subprocess.Popen(["kcat", "-b", kafka(), "-X", f"client.id={client}",
                                "-X", "auto.offset.reset=earliest", "-G", name, TOPIC],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(LIMIT_S)


def receive(request, subscription, n):
    while n > 0:
        n -= sum(len(records) for _, records in
                 request("receive", subscription, n, None, LIMIT_S * 1000)[0])


def check_unknown(tap, request):
    name = group("nobody")
    tap.fails(EGROUP_QUERY, "does not exist", "a group that does not exist",
              request, "describe_group", name)
    tap.fails(EGROUP_ALTER, "GROUP_ID_NOT_FOUND", "is not deleted either",
              request, "delete_group", name)
    tap.fails(EGROUP_ALTER, "name the topics", "and has nothing to be reset",
              request, "reset_group", name, None, "earliest")
    tap.ok(name not in [g[0] for g in request("list_groups")[0]], "nothing of this has created it")


def check_reset(tap, request):
    """A group that has no members goes where it is told to."""
    name = group("moved")
    tap.equal(positions(request("reset_group", name, [TOPIC], "earliest")), everywhere(0),
              "a new group is to begin at the beginning")
    tap.equal(committed(request, name), everywhere(0), "and is said to")
    tap.equal([g[1:] for g in request("list_groups")[0] if g[0] == name], [["Empty", True]],
              "it is listed")
    tap.equal(positions(request("reset_group", name, None, "latest", None, True)),
              everywhere(RECORDS), "where it would go on is told")
    tap.equal(committed(request, name), everywhere(0), "without sending it there")
    for start, at, offset in (("latest", None, RECORDS), ("tail", 3, RECORDS - 3),
                              ("offset", 4, 4), ("tail", 1000, 0), ("time", 0, 0),
                              ("time", int(time.time() * 1000) + 3600000, RECORDS)):
        request("reset_group", name, None, start, at)
        tap.equal(committed(request, name), everywhere(offset), f"it is sent to {start} {at}")
    request("reset_group", name, [[TOPIC, 1, 7], [TOPIC, 2]], "earliest")
    tap.equal(committed(request, name), {(TOPIC, 0): RECORDS, (TOPIC, 1): 7, (TOPIC, 2): 0},
              "partitions are sent each to its own place")
    tap.equal(commd_lags(request("describe_group", name)), kafka_lags(name),
              "Kafka's own tool says the same")
    tap.fails(EBAD_VALUE, "has no offset 99", "an offset that is not there yet",
              request, "reset_group", name, [[TOPIC, 1, 99]])
    tap.fails(ETOPIC_UNAVAILABLE, f"no partition {PARTITIONS}", "a partition that is not there",
              request, "reset_group", name, [[TOPIC, PARTITIONS, 0]])
    tap.fails(ETOPIC_UNAVAILABLE, "UNKNOWN_TOPIC_OR_PART", "a topic that is not there",
              request, "reset_group", name, ["nosuch"], "latest")
    tap.fails(EBAD_VALUE, "patterns are for subscribe", "a pattern",
              request, "reset_group", name, [f"^{TOPIC}"], "latest")
    tap.equal(committed(request, name)[TOPIC, 1], 7, "nothing of that has moved it")
    subscription = request("subscribe", name, [TOPIC])[0]
    records = []
    while len(records) < 3 + RECORDS:
        for _, batch in request("receive", subscription, None, None, LIMIT_S * 1000)[0]:
            records += batch
    tap.equal(sorted((r[0], r[1]) for r in records),
              [(1, offset) for offset in range(7, RECORDS)] +
              [(2, offset) for offset in range(RECORDS)], "a member goes on where it was sent")
    request("unsubscribe", subscription)
    tap.equal(request("delete_group", name), [], "it is deleted although it has just been left")
    tap.fails(EGROUP_QUERY, "does not exist", "and is gone", request, "describe_group", name)


def check_members(tap, daemon, request):
    """Members here and elsewhere are told, and nothing happens behind their backs."""
    name = group("shared")
    request("hello", "the-reader")
    subscription = request("subscribe", name, [TOPIC])[0]
    receive(request, subscription, PARTITIONS * RECORDS)
    request("receive", subscription, 1, None, 0)

    def all_is_committed():
        d = request("describe_group", name)
        return d if all(lag[2] == RECORDS for lag in d[4]) and d[4] else None

    d = await_true(all_is_committed)
    tap.equal(d[0], [name, "Stable", False], "a group with a member is stable")
    tap.equal(len(d[3]), 1, "that is one")
    member = d[3][0]
    tap.equal(member[2:5], ["commd", "/127.0.0.1", True], "the member is this daemon")
    tap.equal(sorted(map(tuple, member[5])), sorted(everywhere(0)), "and has all partitions")
    tap.equal(commd_lags(d), kafka_lags(name), "Kafka's own tool says the same")
    with connection(daemon) as other:
        for method, args in (("reset_group", (None, "earliest")), ("delete_group", ())):
            tap.fails(EGROUP_ACTIVE, f"the-reader (pid {os.getpid()})",
                      f"{method} names who reads here", other, method, name, *args)
        tap.equal(positions(other("reset_group", name, None, "earliest", None, True)),
                  everywhere(0), "where it would go is told all the same")
    with kcat(name, "the-stranger"):
        d = await_true(lambda: (lambda d: d if len(d[3]) == 2 and d[0][1] == "Stable" else None)(
            request("describe_group", name)))
        tap.equal(sorted(m[2] for m in d[3]), ["commd", "the-stranger"], "another member has come")
        tap.equal([m[4] for m in d[3] if m[2] == "the-stranger"], [False], "which is not here")
        request("unsubscribe", subscription)
        tap.fails(EGROUP_ACTIVE, "client the-stranger on /127.0.0.1",
                  "a member elsewhere is named", request, "reset_group", name, None, "earliest")
        tap.fails(EGROUP_ACTIVE, "client the-stranger on /127.0.0.1",
                  "and forbids to delete it", request, "delete_group", name)
    await_true(lambda: not request("describe_group", name)[3])
    tap.equal(positions(request("reset_group", name, None, "earliest")), everywhere(0),
              "when it has gone the group can be moved")
    request("delete_group", name)


def main():
    tap = Checks()
    with commd(kafka()) as daemon, connection(daemon) as request:
        request("create_topic", TOPIC, PARTITIONS)
        for partition in range(PARTITIONS):
            request("send", TOPIC, [["value", None, None, partition]] * RECORDS)
        check_unknown(tap, request)
        check_reset(tap, request)
        check_members(tap, daemon, request)
        request("delete_topic", TOPIC)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
