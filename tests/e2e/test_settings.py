#!/usr/bin/python3
"""A topic's settings, partitions and offsets on a real Kafka, compared with what Kafka's own tools and
kcat say."""

import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["COMMD_SOURCE_ROOT"], "tests", "lib"))
from rpc import Checks, await_true, connection, kafka_tool
from tap import commd, kafka

EBAD_VALUE, ETOPIC_QUERY, ETOPIC_UNAVAILABLE, ETOPIC_ALTER = 4, 7, 10, 27

TOPIC = f"settings-{os.getpid()}"
PARTITIONS = 2


def own_settings(request):
    """What is set for the topic itself."""
    return {name: value for name, value, source, _, _ in request("describe_topic", TOPIC)[1]
            if source == "topic"}


def await_settings(tap, request, wanted, description):
    """The broker that is asked hears of a change from Kafka's controller, which has answered by then."""
    await_true(lambda: own_settings(request) == wanted)
    tap.equal(own_settings(request), wanted, description)


def kafka_settings():
    """The same as kafka-configs tells it, in lines such as "retention.ms=60000 sensitive=false ..."."""
    lines = kafka_tool("kafka.admin.ConfigCommand", "--bootstrap-server", kafka(), "--describe",
                       "--entity-type", "topics", "--entity-name", TOPIC)
    return dict(line[0].split("=", 1) for line in lines if "=" in line[0])


def kcat_offset(partition, when):
    done = subprocess.run(["kcat", "-b", kafka(), "-Q", "-t", f"{TOPIC}:{partition}:{when}"],
                          check=True, capture_output=True, text=True, timeout=60)
    return int(done.stdout.split()[-1])


def check_settings(tap, request):
    topic, settings = request("describe_topic", TOPIC)
    listed = request("list_topics", TOPIC)[0][0]
    tap.equal(topic, listed, "a topic is described as it is listed")
    names = [s[0] for s in settings]
    tap.ok("retention.ms" in names and names == sorted(names), "all its settings are told by name",
           names)
    tap.equal(own_settings(request), {"retention.ms": "60000"}, "that it was created with one too")
    tap.equal(request("alter_topic", TOPIC, [["max.message.bytes", "2000000"],
                                             ["cleanup.policy", "compact"]]), [],
              "two are changed")
    await_settings(tap, request, {"retention.ms": "60000", "max.message.bytes": "2000000",
                                  "cleanup.policy": "compact"}, "and the third stays")
    tap.equal(kafka_settings(), own_settings(request), "Kafka's own tool says the same")
    request("alter_topic", TOPIC, [["cleanup.policy", None], ["max.message.bytes", "1000000"]])
    await_settings(tap, request, {"retention.ms": "60000", "max.message.bytes": "1000000"},
                   "one is what it is by default again")
    tap.fails(ETOPIC_ALTER, "INVALID_CONFIG", "a setting that does not exist",
              request, "alter_topic", TOPIC, [["retention.mz", "1"]])
    tap.fails(ETOPIC_ALTER, "Not a number of type LONG", "a value that is none",
              request, "alter_topic", TOPIC, [["retention.ms", "a while"]])
    tap.equal(own_settings(request), {"retention.ms": "60000", "max.message.bytes": "1000000"},
              "nothing of that has changed anything")
    for method, code, args in (("describe_topic", ETOPIC_QUERY, ()),
                               ("alter_topic", ETOPIC_ALTER, ([["retention.ms", "1"]],)),
                               ("add_partitions", ETOPIC_ALTER, (5,)),
                               ("offsets", ETOPIC_UNAVAILABLE, ())):
        tap.fails(code, "UNKNOWN_TOPIC_OR_PART", f"{method}: a topic that does not exist",
                  request, method, TOPIC + "-not", *args)
    tap.ok(TOPIC + "-not" not in [t[0] for t in request("list_topics")[0]],
           "asking has created nothing")


def check_offsets(tap, request):
    before_ms = int(time.time() * 1000)
    request("send", TOPIC, [["value", None, None, 0]] * 5)
    told = request("offsets", TOPIC)[0]
    tap.equal(told, [[0, 0, 5, None], [1, 0, 0, None]], "where each partition begins and ends")
    for partition, low, high, _ in told:
        tap.equal([low, high], [kcat_offset(partition, -2), kcat_offset(partition, -1)],
                  f"kcat says the same of partition {partition}")
    request("send", TOPIC, [["value", None, None, 0, before_ms + 3600000]] * 2)
    tap.equal([p[3] for p in request("offsets", TOPIC, before_ms)[0]], [0, None],
              "the first record since then")
    tap.equal([p[3] for p in request("offsets", TOPIC, before_ms + 1800000)[0]], [5, None],
              "the first record from then on")
    tap.equal([p[3] for p in request("offsets", TOPIC, before_ms + 7200000)[0]], [None, None],
              "no record is that young")


def check_partitions(tap, request):
    tap.fails(ETOPIC_ALTER, "would not be an increase", "partitions are not taken away",
              request, "add_partitions", TOPIC, 1)
    for n in (PARTITIONS + 1, PARTITIONS + 4):
        request("add_partitions", TOPIC, n)
        outcome = request("send", TOPIC, [["value", None, None, n - 1]])[0][0]
        tap.equal(outcome, [1, n - 1, 0], f"a record goes to partition {n - 1} at once")
    n = await_true(lambda: len(request("describe_topic", TOPIC)[0][1]) == PARTITIONS + 4)
    tap.ok(n, "and all are there")


def main():
    tap = Checks()
    with commd(kafka()) as daemon, connection(daemon) as request:
        request("create_topic", TOPIC, PARTITIONS, None, [["retention.ms", "60000"]])
        check_settings(tap, request)
        request("alter_topic", TOPIC, [["retention.ms", None]])
        check_offsets(tap, request)
        check_partitions(tap, request)
        request("delete_topic", TOPIC)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
