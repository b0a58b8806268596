#!/usr/bin/python3
"""A Kafka that wants to know who one is: with the right credentials everything works, and for each thing
that is wrong there is an answer in its time that says what it is and what to do."""

import json
import os
import socket
import subprocess
import sys
import time

import msgpack

sys.path.insert(0, os.path.join(os.environ["COMMD_SOURCE_ROOT"], "tests", "lib"))
from broker import Broker
from rpc import Checks, CommdError, connection
from tap import LIMIT_S, commd, write

ETOPIC_CREATE, ETOPIC_DELETE, ETOPIC_UNAVAILABLE, EBROKER, EDENIED, EAUTH = 8, 9, 10, 12, 18, 32

REQUEST_MS = 15000

# No request is given up before nine tenths of its time have passed.
GIVEN_UP_S = REQUEST_MS / 1000 * 0.9

# More than the test may take.
HOUR_MS = 3600000

# What must be seen nowhere.
SECRETS = ("bob-secret", "alice-secret", "key-secret", "not-his", "not-hers")

USERS = ("alice", "bob", "CN=client")
ACLS = ("topic open- read", "topic open- write", "topic open- create", "topic open- describe",
        "topic readable- read", "topic writable- write", "group g- read")

SCRAM_VERSION = (2, 6, 1)

NOT_ALLOWED = "; the brokers must allow it to the user of this profile by an ACL"
OLD_SCRAM = "librdkafka before 2.6.1 cannot log in by SCRAM to Kafka 4"
PASSWORD = "see sasl.username and sasl.password of the profile"


def sasl(broker, mechanism, user, password, ca="ca", host="127.0.0.1"):
    port = broker.read("sasl").split(":")[1]
    return [f"bootstrap.servers={host}:{port}", "broker.address.family=v4",
            "security.protocol=sasl_ssl", f"ssl.ca.location={broker.path('certs', ca + '.pem')}",
            f"sasl.mechanism={mechanism}", f"sasl.username={user}", "debug=all",
            *([f"sasl.password={password}"] if password else [])]


def tls(broker, certificate=None, key=None, listener="tls"):
    lines = [f"bootstrap.servers={broker.read(listener)}", "security.protocol=ssl",
             f"ssl.ca.location={broker.path('certs', 'ca.pem')}"]
    if certificate:
        lines += [f"ssl.certificate.location={broker.path('certs', certificate + '.pem')}",
                  f"ssl.key.location={broker.path('certs', (key or certificate) + '.key')}"]
    return lines


def right(broker):
    return {
        "plain": sasl(broker, "PLAIN", "bob", "bob-secret"),
        "plain-by-file": sasl(broker, "PLAIN", "bob", None) +
        [f"commd.sasl.password.file={broker.path('bob')}"],
        "scram-256": sasl(broker, "SCRAM-SHA-256", "alice", "alice-secret"),
        "scram-512": sasl(broker, "SCRAM-SHA-512", "alice", "alice-secret"),
        "mutual-tls": tls(broker, "client", "locked") + ["ssl.key.password=key-secret"],
    }


def wrong(broker):
    """Profiles, each with what must be said of it."""
    return {
        "password": (sasl(broker, "PLAIN", "bob", "not-his"),
                     "SASL authentication error", PASSWORD),
        "scram-password": (sasl(broker, "SCRAM-SHA-512", "alice", "not-hers"),
                           "SASL authentication error", PASSWORD),
        "mechanism": (sasl(broker, "SCRAM-SHA-1", "alice", "alice-secret"),
                      "set sasl.mechanism of the profile to one of them"),
        "authority": (sasl(broker, "PLAIN", "bob", "bob-secret", ca="other-ca"),
                      "certificate verify failed: unable to get local issuer certificate: "
                      "it is issued by CN = ca; ssl.ca.location of the profile must hold"),
        "host": (sasl(broker, "PLAIN", "bob", "bob-secret", host="localhost"),
                 "certificate verify failed: hostname mismatch: it is for IP Address:127.0.0.1; "
                 "bootstrap.servers of the profile and"),
        "brokers-certificate": (tls(broker, "client", listener="expired"),
                                "certificate has expired: it is valid until",
                                "and this host's clock says"),
        "late": (tls(broker, "late-client"), "SSL alert number",
                 "the brokers do not accept the certificate of ssl.certificate.location"),
        "stranger": (tls(broker, "stranger"), "SSL alert number",
                     "the brokers do not accept the certificate of ssl.certificate.location"),
        "no-certificate": (tls(broker), "SSL alert number",
                           "set ssl.certificate.location and ssl.key.location of the profile"),
        "no-login": ([f"bootstrap.servers={broker.read('sasl')}", "security.protocol=ssl",
                      f"ssl.ca.location={broker.path('certs', 'ca.pem')}"],
                     "set security.protocol of the profile to sasl_ssl"),
        "no-tls": ([f"bootstrap.servers={broker.read('tls')}"],
                   "set security.protocol of the profile to ssl or sasl_ssl"),
        "needless-tls": ([f"bootstrap.servers={broker.bootstrap}", "security.protocol=ssl"],
                         "this may be a port without TLS"),
    }


class Asked:
    """A request on a connection of its own, whose answer is read later."""

    def __init__(self, daemon, profile, method, *args):
        self.began = time.monotonic()
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(REQUEST_MS / 1000 + LIMIT_S)
        self.sock.connect(daemon.socket)
        for i, (name, params) in enumerate((("hello", ["test", profile]), (method, args))):
            self.sock.sendall(msgpack.packb([0, i, name, params]))

    def answer(self):
        """Error, result, and the seconds it took."""
        unpacker = msgpack.Unpacker(raw=False)
        with self.sock:
            while True:
                unpacker.feed(self.sock.recv(65536))
                for _, i, error, result in unpacker:
                    if i == 1:
                        return error, result, time.monotonic() - self.began


def check_wrong(tap, daemon, broker, can_scram):
    cases = wrong(broker)
    requests = (("create_topic", "open-never", 1, 1, None, REQUEST_MS), ("send", "open-never", ["v"]),
                ("subscribe", "g-1", ["open-never"]), ("list_groups",))
    asked = [(name, request, Asked(daemon, name, *request)) for name in cases for request in requests]
    for name, (method, *_), question in asked:
        error, _, _ = question.answer()
        parts = cases[name][1:]
        if name == "scram-password" and not can_scram:
            parts += (OLD_SCRAM,)
        code = EBROKER if name in ("no-login", "no-tls", "needless-tls") else EAUTH
        tap.ok(error and error[0] == code and all(part in error[2] for part in parts),
               f"{method} with a wrong {name}: why, and what to do", error)
    with connection(daemon) as request:
        errors = {row[0]: row[2] for row in profile_rows(request)}
    for name, (_, *parts) in cases.items():
        tap.ok(all(part in (errors[name] or "") for part in parts), f"status says it of {name}",
               errors[name])


def profile_rows(request):
    """[name, state, error] of each profile."""
    return [row[:3] for row in request("status")[7]]


def check_right(tap, daemon, name):
    topic, values = f"open-{name}", [b"one", b"two", b"three"]
    with connection(daemon) as request:
        request("hello", "test", name)
        request("create_topic", topic, 1, 1)
        tap.equal(request("send", topic, values), [[[3, 0, 0]]], f"{name}: records are sent")
        subscription = request("subscribe", f"g-{name}", [topic])[0]
        received = []
        while len(received) < len(values):
            batches = request("receive", subscription, 10, None, LIMIT_S * 1000)[0]
            if not batches:
                break
            received += [record[4] for batch in batches for record in batch[-1]]
        tap.equal(received, values, f"{name}: and received by a group")
        tap.equal(dict((row[0], row[1]) for row in profile_rows(request))[name], "up",
                  f"{name}: status says that its brokers are up")


def check_old_scram(tap, daemon, name):
    tap.ok(f"profile {name}: {OLD_SCRAM}" in daemon.messages(), f"{name}: it is said at the start")
    conf = os.path.join(os.path.dirname(daemon.socket), "commd.conf")
    done = subprocess.run([os.environ["COMMD"], "--config", conf, "--check-config"],
                          capture_output=True, text=True, check=False)
    tap.ok(done.returncode == 0 and f"/{name}.conf: warning: {OLD_SCRAM}" in done.stderr,
           f"{name}: and by --check-config, as a warning", done.stderr)
    error, _, _ = Asked(daemon, name, "create_topic", "open-scram", 1, 1, None, REQUEST_MS).answer()
    tap.ok(error[0] == EAUTH and OLD_SCRAM in error[2],
           f"{name}: a librdkafka that cannot do it says so", error)


def check_acls(tap, daemon, name):
    def denied(code, parts, description, method, *args):
        error, result, seconds = Asked(daemon, name, method, *args).answer()
        # A send is answered with an outcome for each record.
        if method == "send" and result:
            error = result[0][0][3]
        tap.ok(error and error[0] == code and all(part in error[2] for part in (*parts, NOT_ALLOWED)),
               f"{name}: {description}", error, result)
        tap.ok(seconds < GIVEN_UP_S, "at once: nothing was given up", seconds)

    topic = "TOPIC_AUTHORIZATION_FAILED"
    denied(ETOPIC_UNAVAILABLE, [topic], "a topic that may be read only", "send", "readable-1", ["v"])
    denied(ETOPIC_UNAVAILABLE, [topic], "a topic that is not ours", "send", "secret-1", ["v"])
    denied(ETOPIC_UNAVAILABLE, [topic, "secret-1"], "nor to be subscribed to", "subscribe", "g-1",
           ["secret-1"])
    denied(ETOPIC_CREATE, [topic, "secret-2"], "nor to be created", "create_topic", "secret-2", 1, 1)
    denied(ETOPIC_DELETE, [topic, "readable-1"], "nor to be deleted", "delete_topic", "readable-1")
    for group, topic_read, code, parts, description in (
            ("x-1", "readable-1", EDENIED, ['group "x-1"', "GROUP_AUTHORIZATION_FAILED"],
             "a group that is not ours"),
            (f"g-{name}-1", "writable-1", ETOPIC_UNAVAILABLE, ["writable-1", topic],
             "a topic that may be written only, for a group"),
            (None, "writable-1", ETOPIC_UNAVAILABLE, ["writable-1", topic],
             "and without one")):
        check_reading(tap, daemon, name, group, topic_read, code, parts, description)
    denied(EDENIED, ['group "x-1"'], "the group is not to be looked at", "describe_group", "x-1")


def check_reading(tap, daemon, name, group, topic, code, parts, description):
    """Subscribing goes well; reading does not."""
    with connection(daemon) as request:
        request("hello", "test", name)
        subscription = request("subscribe", group, [topic], "earliest")[0]
        try:
            answer = request("receive", subscription, 10, None, HOUR_MS)
            tap.ok(False, f"{name}: {description}", answer)
        except CommdError as e:
            tap.ok(e.code == code and all(part in e.message for part in (*parts, NOT_ALLOWED)),
                   f"{name}: {description}", e.args)


def check_set_up(tap, daemon):
    """commctl check names the cause and the next step."""
    cases = (("password", [], "brokers", "trust", "Invalid username or password", PASSWORD),
             ("host", [], "brokers", "trust", "hostname mismatch: it is for IP Address:127.0.0.1",
              "bootstrap.servers of the profile and the brokers' advertised.listeners must use such "
              "a name"),
             ("brokers-certificate", [], "brokers", "trust",
              "certificate has expired", "the certificate or the clock must be set right"),
             ("plain", ["secret-1"], "topic secret-1", "not-authorised", "TOPIC_AUTHORIZATION_FAILED",
              NOT_ALLOWED[2:]),
             ("plain", ["writable-1"], "topic writable-1", "not-authorised",
              "TOPIC_AUTHORIZATION_FAILED", NOT_ALLOWED[2:]),
             ("plain", ["-w", "readable-1"], "topic readable-1", "not-authorised",
              "TOPIC_AUTHORIZATION_FAILED", NOT_ALLOWED[2:]),
             ("plain", ["-g", "x-1"], "group x-1", "not-authorised", "GROUP_AUTHORIZATION_FAILED",
              NOT_ALLOWED[2:]))
    for profile, args, what, cause, message, next_step in cases:
        done = subprocess.run([os.environ["COMMCTL"], "--socket", daemon.socket, "--profile", profile,
                               "--json", "--timeout", "4", "check", *args],
                              capture_output=True, text=True, check=False)
        told = [line for line in map(json.loads, done.stdout.splitlines()) if line["check"] == what]
        tap.ok(len(told) == 1 and told[0]["cause"] == cause and told[0]["state"] == "problem"
               and message in told[0]["message"] and next_step in told[0]["next"] and done.returncode,
               f"commctl --profile {profile} check {' '.join(args)}", done.stdout, done.stderr)


def check_secrets(tap, daemon):
    """librdkafka was told to say all that it knows."""
    seen = {"its log": daemon.messages()}
    for name in ("cmdline", "environ"):
        with open(f"/proc/{daemon.process.pid}/{name}", encoding="utf-8") as file:
            seen[name] = file.read()
    for method in ("status", "clients", "metrics"):
        seen[method] = subprocess.run([os.environ["COMMCTL"], "--socket", daemon.socket, "call", method],
                                      capture_output=True, text=True, check=False).stdout
    tap.ok("sasl.password = [redacted]" in seen["its log"], "librdkafka has logged its properties")
    tap.ok('"profiles"' in seen["status"], "and status was told", seen["status"])
    for name, text in seen.items():
        found = [line for line in text.splitlines() if any(s in line for s in SECRETS)]
        tap.equal(found, [], f"no password in {name}")


def prepare(daemon, broker):
    with connection(daemon) as request:
        request("hello", "test", "admin")
        for topic in ("readable-1", "writable-1", "secret-1"):
            request("create_topic", topic, 1, 1)
    subprocess.run([os.environ["ALLOW"], broker.bootstrap,
                    *(f"{user} {acl}" for user in USERS for acl in ACLS)], check=True)


def can_scram(daemon):
    with connection(daemon) as request:
        version = request("status")[3]
    return tuple(int(n) for n in version.split("-")[0].split(".")) >= SCRAM_VERSION


def check(tap, broker):
    good = right(broker)
    profiles = {"admin": [f"bootstrap.servers={broker.bootstrap}"], **good,
                **{name: lines for name, (lines, *_) in wrong(broker).items()}}
    with commd(profiles=profiles, conf=f"[timeouts]\nrequest-ms = {REQUEST_MS}\n") as daemon:
        prepare(daemon, broker)
        able = can_scram(daemon)
        check_wrong(tap, daemon, broker, able)
        for name in good:
            if able or not name.startswith("scram"):
                check_right(tap, daemon, name)
                check_acls(tap, daemon, name)
            else:
                check_old_scram(tap, daemon, name)
        check_set_up(tap, daemon)
        check_secrets(tap, daemon)


def main():
    tap = Checks()
    broker = Broker(KAFKA_SECURED="1")
    write(broker.directory.name, "bob", "bob-secret\n")
    try:
        check(tap, broker)
    finally:
        broker.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
