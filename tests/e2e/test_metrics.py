#!/usr/bin/python3
"""What commd tells Prometheus: in the right form, true, and in a file that is whole at every moment."""

import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.environ["COMMD_SOURCE_ROOT"], "tests", "lib"))
import exposition
from keeper import Directory
from rpc import Checks, await_true, connection
from tap import commd, write

# Topics with a name of their own, and some more.
NAMED, MORE = 200, 5

DEFAULT = ("profile", "default")


def read(request):
    return exposition.read(request("metrics")[0])


def topic(metrics, name, label):
    return metrics.get((f"commd_topic_{name}", DEFAULT, ("topic", label)))


def check_reader(tap):
    """It finds what it is there to find."""
    good = "# HELP commd_a_total a\n# TYPE commd_a_total counter\n"
    tap.equal(exposition.read(good + 'commd_a_total{b="c\\"d\\\\",e="f"} 1\n'),
              {("commd_a_total", ("b", 'c"d\\'), ("e", "f")): 1.0}, "a sample is read")
    for text in ("commd_a_total 1\n", good + "commd_a_total 1", good + "commd_a_total one\n",
                 good + "commd_a_total 1\ncommd_a_total 1\n", good + good, good + "commd_b 1\n",
                 good + 'commd_a_total{b="c"d"} 1\n', good + "commd_a_total -1\n",
                 good.replace("counter", "gauge"), good.replace("commd_a", "a"),
                 good.replace("commd_a_total a", "commd_a_total "),
                 good.replace("_a_total", "_a_ms_total")):
        try:
            exposition.read(text)
            tap.ok(False, f"refused: {text!r}")
        except (exposition.Malformed, ValueError):
            pass
    tap.ok(True, "what is wrong is refused")


def check_values(tap, request):
    before = read(request)
    request("create_topic", "orders", 1)
    for i in range(3):
        request("send", "orders", [b"x" * 10, b"y" * 10])
    after = read(request)
    tap.equal(topic(after, "records_accepted_total", "orders"), 6, "records are counted by topic")
    tap.equal(topic(after, "records_persisted_total", "orders"), 6, "and what became of them")
    tap.equal(topic(after, "accepted_bytes_total", "orders"), 60, "and their bytes")
    tap.equal(after[("commd_records_accepted_total", DEFAULT)], 6, "and by profile")
    tap.equal(after[("commd_send_duration_seconds_count", DEFAULT)], 3, "each send has its duration")
    tap.ok(0 < after[("commd_send_duration_seconds_sum", DEFAULT)] < 10, "which is short")
    for name in ("commd_requests_total", "commd_read_bytes_total", "commd_uptime_seconds"):
        tap.ok(after[(name,)] > before[(name,)], f"{name} grows", before[(name,)], after[(name,)])
    tap.equal(after[("commd_profile_up", DEFAULT)], 1, "the profile is up")


def check_process(tap, request, daemon):
    def said(name):
        with open(f"/proc/{daemon.process.pid}/status", encoding="utf-8") as status:
            return int(dict(line.split(":", 1) for line in status)[name].split()[0])

    def is_told(name, wanted):
        """What Kafka's connections need comes and goes between two looks."""
        return await_true(lambda: read(request)[(f"commd_process_{name}",)] == wanted())

    metrics, resident = read(request), said("VmRSS") * 1024
    tap.ok(0.5 < metrics[("commd_process_resident_memory_bytes",)] / resident < 2,
           "its memory is told", resident)
    tap.ok(is_told("threads", lambda: said("Threads")), "its threads are")
    tap.ok(is_told("open_fds", lambda: len(os.listdir(f"/proc/{daemon.process.pid}/fd"))),
           "its descriptors are")
    # The kernel tells it in hundredths of a second.
    tap.ok(await_true(lambda: read(request)[("commd_process_cpu_seconds_total",)] > 0),
           "its processor time is")
    tap.ok(abs(metrics[("commd_process_start_time_seconds",)] - time.time()) < 600, "its start is",
           metrics[("commd_process_start_time_seconds",)])
    tap.ok(await_true(lambda: read(request)[("commd_loop_lag_seconds_count",)] > 0),
           "the lag of its loop is")


def check_groups(tap, request):
    subscription = request("subscribe", 'we"ird\n', ["orders"], "earliest")[0]
    labels = DEFAULT, ("group", 'we"ird\n')
    lag = await_true(lambda: request("receive", subscription, 1)[0] and
                     read(request).get(("commd_consumer_lag_records", *labels, ("topic", "orders"))))
    metrics = read(request)
    tap.ok(lag and 0 < lag < 6, "the lag of a group is told, whatever its name", lag)
    tap.equal(metrics[("commd_consumer_up", *labels)], 1, "it reads")
    tap.equal(metrics[("commd_consumer_subscriptions", *labels)], 1, "for one subscription")
    tap.ok(metrics[("commd_consumer_unacknowledged_records", *labels)] > 0,
           "and waits to hear that it is done")
    request("unsubscribe", subscription)


def check_brokers(tap, request):
    def up():
        return [(key, value) for key, value in read(request).items() if key[0] == "commd_broker_up"]
    tap.ok(await_true(up), "brokers are told")
    key, value = up()[0]
    tap.ok(value == 1 and key[1] == DEFAULT and re.match(r"127\.0\.0\.1:\d+$", key[2][1]) and
           key[3] == ("id", "1"), "by their address and id", key, value)


def check_profile_again(tap, daemon, request):
    """One that is removed comes back while a subscription is there that began before."""
    again = "profile", "again"
    path = os.path.join(os.path.dirname(daemon.socket), "profiles", "again.conf")

    def come():
        write(*os.path.split(path), "bootstrap.servers=none\n")
        request("reload")

    come()
    with connection(daemon) as old, connection(daemon) as new:
        old("hello", "old", "again")
        old("create_topic", "back", 1)
        old("send", "back", [b"1"])
        old("subscribe", None, ["back"], "earliest")
        os.remove(path)
        request("reload")
        tap.ok(await_true(lambda: not any(again in key for key in read(request))),
               "what there was for a profile that is gone is told no more")
        come()
        new("hello", "new", "again")
        new("send", "back", [b"2", b"3"])
        tap.equal(read(request).get(("commd_topic_records_accepted_total", again, ("topic", "back"))), 2,
                  "one that comes back begins anew")
    os.remove(path)
    request("reload")


def check_bound(tap, request):
    """As many topics as one likes are no more series than that; and none becomes smaller."""
    for i in range(NAMED + MORE):
        request("create_topic", f"many-{i}", 1)
        request("send", f"many-{i}", [b"1"])
    metrics = read(request)
    named = [key for key in metrics if key[0] == "commd_topic_records_accepted_total"]
    tap.equal(len(named), NAMED + 1, "topics beyond a number share one series")
    tap.equal(topic(metrics, "records_accepted_total", "(other)"), MORE + 1,
              "which has the sum of theirs")
    tap.equal(sum(metrics[key] for key in named), metrics[("commd_records_accepted_total", DEFAULT)],
              "all of them are what the profile has")


def check_file(tap, request, path):
    """Whoever reads it, and whenever, finds all of it. It is another file each time."""
    inodes, texts, is_over = set(), [], threading.Event()

    def look():
        while not is_over.is_set():
            with open(path, encoding="utf-8") as file:
                inodes.add(os.fstat(file.fileno()).st_ino)
                texts.append(file.read())

    tap.ok(await_true(lambda: os.path.exists(path)), "the file is there")
    tap.equal(os.stat(path).st_mode & 0o777, 0o644, "everybody may read it")
    reader = threading.Thread(target=look)
    reader.start()
    first = read(request)[("commd_metrics_files_total",)]
    try:
        tap.ok(await_true(lambda: read(request)[("commd_metrics_files_total",)] >= first + 5),
               "it is written again and again")
    finally:
        is_over.set()
        reader.join()
    tap.ok(len(inodes) > 1, "each time anew", inodes)
    tap.ok(all("\ncommd_process_max_fds " in text and exposition.read(text)
               for text in set(texts)), "it is whole at every moment")
    name = os.path.basename(path)
    tap.equal(set(os.listdir(os.path.dirname(path))) - {name + ".tmp"}, {name},
              "nothing else is there, but for the next one")
    tap.equal(read(request)[("commd_metrics_file_errors_total",)], 0, "no write has failed")


def check_file_failure(tap, request, path):
    os.remove(path)
    os.rename(os.path.dirname(path), os.path.dirname(path) + ".gone")
    tap.ok(await_true(lambda: read(request)[("commd_metrics_file_errors_total",)]),
           "a file that cannot be written is counted")
    os.rename(os.path.dirname(path) + ".gone", os.path.dirname(path))
    tap.ok(await_true(lambda: os.path.exists(path)), "and written when it can be")


def main():
    tap = Checks()
    check_reader(tap)
    with Directory() as directory:
        path = os.path.join(directory, "textfile", "commd.prom")
        os.mkdir(os.path.dirname(path))
        with commd(conf=f"[metrics]\ntextfile = {path}\ninterval-ms = 100\n") as daemon, \
                connection(daemon) as request:
            check_values(tap, request)
            check_process(tap, request, daemon)
            check_groups(tap, request)
            check_profile_again(tap, daemon, request)
            check_bound(tap, request)
            check_brokers(tap, request)
            check_file(tap, request, path)
            check_file_failure(tap, request, path)
        tap.equal(os.listdir(os.path.dirname(path)), [], "the file goes with commd")
    return tap.end()


sys.exit(main())
