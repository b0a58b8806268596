"""The end of the daemon."""

import json
import os
import re
import socket
import time

from basics import Failed, await_true
from cases import case
from traffic import ACKED, Traffic

UNIT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "systemd", "commd.service.in")

# What is left of the time that systemd gives it.
MARGIN_S = 5

CLIENTS = 10


def stop_limit_s():
    """How long the service may take to stop."""
    with open(UNIT, encoding="utf-8") as file:
        return int(re.search(r"^TimeoutStopSec=(\d+)s$", file.read(), re.MULTILINE).group(1)) - MARGIN_S


def heal(proxies):
    proxies.heal()


def slow_down(proxies):
    proxies.heal()
    proxies.set(delay_s=0.5)


def go_down(proxies):
    proxies.heal()
    proxies.go_down()


def await_queue(daemon, n):
    def is_full():
        return daemon.call("status")["profiles"][0]["in_flight"] >= n

    await_true(is_full, f"{n} records are in flight")


def ask(client):
    """One request on a connection of its own. Returns the answer."""
    client.sendall(b'{"method":"ping"}\n')
    line = b""
    while not line.endswith(b"\n"):
        if not (data := client.recv(4096)):
            raise Failed("a connection is closed without an answer")
        line += data
    return json.loads(line)


def drain(lab, daemon, traffic, n, shutdown_ms, become):
    """Stop the daemon with n records in its queue that no broker has confirmed. Returns the seconds."""
    # It knows the brokers and the topic before they are silent.
    traffic.finish_load(traffic.add_load(clients=1, records=10 * traffic.partitions))
    lab.cluster.proxies.set(is_silent_in=True)
    process = traffic.add_load(clients=CLIENTS, records=n // CLIENTS, window=n // CLIENTS, timeout_ms=60000)
    await_queue(daemon, n)
    n_stops = daemon.messages().count("stopping;")
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(shutdown_ms / 1000)
        client.connect(daemon.socket)
        ask(client)
        began = time.monotonic()
        daemon.process.terminate()
        await_true(lambda: daemon.messages().count("stopping;") > n_stops, "the daemon begins to end")
        answer = ask(client)
    if (answer.get("error") or {}).get("name") != "COMM_ESHUTDOWN":
        raise Failed(f"a request to a daemon that ends is answered {answer}")
    become(lab.cluster.proxies)
    daemon.await_end()
    seconds = time.monotonic() - began
    lab.cluster.proxies.heal()
    traffic.finish_load(process)
    daemon.start()
    return seconds


@case("F9", "SIGTERM with 100,000 records in the queue, and brokers that are there, slow (500 ms) or down",
      weight=2)
def daemon_ends(lab, until):
    """Requests from then on are answered COMM_ESHUTDOWN; records have shutdown-ms to go out, and of those
    that have not it is told whether they were never sent. The exit status is 0."""
    n, shutdown_ms = (100000, 20000) if lab.is_timed else (5000, 20000)
    conf = f"[limits]\ninflight-records = {2 * n}\n[timeouts]\nshutdown-ms = {shutdown_ms}\n"
    seconds = dict.fromkeys(("there", "slow", "down"), 0)
    with lab.commd(conf=conf) as daemon, Traffic(lab, daemon) as traffic:
        while until.more():
            for name, become in zip(seconds, (heal, slow_down, go_down)):
                n_acked = traffic.progress()[ACKED]
                seconds[name] = max(seconds[name], drain(lab, daemon, traffic, n, shutdown_ms, become))
                if name == "there" and traffic.progress()[ACKED] - n_acked < n:
                    raise Failed(f"of {n} records {traffic.progress()[ACKED] - n_acked} have gone out")
    for name, took in seconds.items():
        lab.within(took, stop_limit_s(), f"seconds to the end with brokers {name}")
    return traffic.verdict | {"rounds": until.rounds} | {
        f"end_s_{name}": round(took, 1) for name, took in seconds.items()}
