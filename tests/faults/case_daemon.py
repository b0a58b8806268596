"""What becomes of commd itself: killed, restarted, stopped, hung, told to read its configuration again."""

import itertools
import random
import time

from basics import Failed, await_true
from cases import case
from traffic import Traffic, expect_acknowledged

# A daemon that comes back has the same partitions of its groups at once.
STATIC = ("group.instance.id=matrix",)


def paces(lab, daemon, **options):
    """Several clients, all partitions, at a pace that leaves time."""
    return Traffic(lab, daemon, **{"clients": 10, "rate": 100, **options})


def share(verdicts, *names):
    """The sums of some of the figures of several verdicts."""
    return {name: sum(verdict[name] for verdict in verdicts) for name in names}


COUNTED = ("sent", "acked", "failed", "unknown", "lost", "duplicated", "outside", "reordered", "phantom",
           "corrupt")


@case("F1", "kill -9 of commd at a random moment under load, with a group that reads", weight=3)
def daemon_is_killed(lab, until):
    """It is ready again within half a second, and each client sends within two. What had no outcome is sent
    again by the clients of one topic, and not by those of the other, where nothing may be twice. The group
    has each record acknowledged by somebody who was given it, and none after that."""
    ready_s, resumed_s = [], []
    with lab.commd(STATIC) as daemon, paces(lab, daemon) as once:
        with paces(lab, daemon, resend=True) as again:
            again.add_readers(clients=3, ack="manual", hold_ms=200)
            while until.more(5):
                # Now and then long enough for what was acknowledged to be committed without doubt.
                is_long = until.rounds % 4 == 0
                time.sleep(6 if is_long else random.uniform(0.05, 0.5))
                if is_long and not lab.is_timed:
                    again.await_committed()
                again.cut(lambda: once.cut(daemon.kill))
                ready_s.append(daemon.start())
                resumed_s.append(max(again.await_clients(), once.await_clients()))
    if once.verdict["duplicated"]:
        raise Failed(f"{once.verdict['duplicated']} records are twice in a topic that nobody sends to again")
    lab.within(max(ready_s), 0.5, "seconds until commd is ready")
    lab.within(max(resumed_s), 2, "seconds until each client sends again")
    return share([once.verdict, again.verdict], *COUNTED) | {
        **share([again.verdict], "taken", "repeated", "again", "skipped"), "rounds": until.rounds,
        "ready_s": round(max(ready_s), 3), "resumed_s": round(max(resumed_s), 2)}


@case("F8", "SIGTERM and start of commd with many clients connected", weight=2)
def daemon_is_restarted(lab, until):
    """Each record is acknowledged, none is there twice, and each client sends again within three seconds."""
    n = 1000 if until.seconds > 60 else 200
    ended_s, resumed_s = [], []
    with lab.commd(STATIC) as daemon, paces(lab, daemon, clients=n, rate=2000 // n) as traffic:
        traffic.add_readers(clients=3)
        while until.more():
            traffic.await_clients()
            ended_s.append(daemon.terminate())
            daemon.start()
            resumed_s.append(traffic.await_clients())
    lab.within(max(resumed_s), 3, "seconds until each client sends again")
    return expect_acknowledged(traffic.verdict) | {
        "clients": n, "rounds": until.rounds, "ended_s": round(max(ended_s), 2),
        "resumed_s": round(max(resumed_s), 2)}


@case("F16", "SIGSTOP of commd: goes on; and for so long that its manager ends it")
def daemon_is_stopped(lab, until):
    """Half of what its watchdog allows, after which it goes on; then until it is killed and started again.
    Each record is acknowledged."""
    watchdog_s = 10 if until.seconds else 3
    resumed_s = []
    with lab.commd(STATIC, watchdog_s=watchdog_s) as daemon, paces(lab, daemon, resend=True) as traffic:
        while until.more():
            traffic.await_flow()
            daemon.stop()
            time.sleep(watchdog_s / 2)
            daemon.go_on()
            resumed_s.append(traffic.await_clients())
            await_true(lambda: daemon.beats.silence_s() < watchdog_s / 2, "it gives signs of life again")
            daemon.stop()
            await_true(lambda: daemon.beats.silence_s() > watchdog_s, "its signs of life are missed")
            traffic.cut(daemon.abort)
            daemon.start()
            resumed_s.append(traffic.await_clients())
    lab.within(max(resumed_s), 3, "seconds until each client sends again")
    return expect_acknowledged(traffic.verdict) | {
        "rounds": until.rounds, "resumed_s": round(max(resumed_s), 2)}


@case("F17", "a loop, or a polling of Kafka, that does not go on", cluster=False)
def half_hangs(lab, until):
    """The other half goes on, and yet no sign of life is given any more, so that a manager ends it."""
    watchdog_s = 10 if until.seconds else 2
    n_hung = 0
    while until.more():
        for half in ("loop", "kafka"):
            with lab.dev(watchdog_s=watchdog_s, env={"COMMD_DEBUG_HANG": half}) as daemon:
                n = daemon.beats.n
                await_true(lambda: daemon.beats.n > n + 1, "signs of life")
                daemon.hang()
                time.sleep(watchdog_s)
                n = daemon.beats.n
                time.sleep(watchdog_s)
                if half == "kafka":
                    daemon.call("ping")
                if daemon.beats.n > n:
                    raise Failed(f"the {half} hangs, and yet there are signs of life")
                n_hung += 1
                daemon.kill()
    return {"hung": n_hung}


# What a reload finds, in turn: whether it is right, a file, and its text.
RELOADS = (
    (True, "profiles/other.conf", "bootstrap.servers=127.0.0.1:1\n"),
    (False, "commd.conf", "[limits]\nconnections = 1\nconnectoins = 5\n"),
    (True, "commd.conf", "[limits]\nconnections = 3000\n"),
    (False, "profiles/default.conf", "bootstrap.servers\n"),
    (True, "profiles/default.conf", "bootstrap.servers={bootstrap}\nlinger.ms=1\n"),
    (False, "profiles/other.conf", "bootstrap.servers=127.0.0.1:1\nlinger=4\n"),
    (True, "profiles/default.conf", "bootstrap.servers={bootstrap}\n"),
    (False, "commd.conf", "[limits\n"),
)


def read_again(daemon, is_right, file, text):
    """With what is wrong nothing changes, and the answer says where it is."""
    before = daemon.read(file)
    daemon.write(file, text.format(bootstrap=daemon.lab.cluster.bootstrap))
    try:
        daemon.call("reload")
    except Failed as failure:
        if is_right or file.rsplit("/", 1)[-1] not in str(failure):
            raise
        if before is None:
            daemon.remove(file)
        else:
            daemon.write(file, before)
        return
    if not is_right:
        raise Failed(f"{file} is taken with {text!r}")


@case("F19", "reading the configuration again, every other one wrong")
def configuration_is_read_again(lab, until):
    """What is wrong changes nothing, and the answer names the file. Each record is acknowledged, and no
    client has to connect anew."""
    n, least, timeout_ms = 0, 100 if until.seconds else 10, 5000 if lab.is_timed else 30000
    with lab.commd() as daemon, paces(lab, daemon, timeout_ms=timeout_ms) as traffic:
        traffic.await_flow()
        for is_right, file, text in itertools.cycle(RELOADS):
            if n >= least and not until.more():
                break
            read_again(daemon, is_right, file, text)
            n += 1
            traffic.await_acks(20)
    if traffic.n_connections != traffic.n_loads:
        raise Failed(f"{traffic.n_loads} clients have connected {traffic.n_connections} times")
    return expect_acknowledged(traffic.verdict) | {"reloads": n, "wrong": n // 2}
