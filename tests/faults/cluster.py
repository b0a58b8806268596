"""Three Apache Kafka brokers and a controller, each a process of its own that can be killed, paused and
started again, behind proxies that can do to the network what a network does."""

import json
import os
import signal
import socket
import subprocess
import time

from basics import LIMIT_S, await_true
from proxy import Proxies

HERE = os.path.dirname(os.path.abspath(__file__))
KAFKA = os.path.join(HERE, "..", "kafka")
CLUSTER_ID = "AAAAAAAAAAAAAAAAAAAAAQ"
# The controller is none of the brokers, so that it can move partitions whichever of them is gone.
CONTROLLER = 100

COMMON = """\
node.id={id}
controller.quorum.voters={controller}@127.0.0.1:{ports[0]}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,EXTERNAL:PLAINTEXT
log.dirs={dir}/data
# A broker that is silent for so long is gone.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
# Since 4.1 it is the controller's that counts.
min.insync.replicas=2
"""
CONTROLLER_PROPERTIES = COMMON + """\
process.roles=controller
listeners=CONTROLLER://127.0.0.1:{ports[0]}
"""
BROKER_PROPERTIES = COMMON + """\
process.roles=broker
listeners=INTERNAL://127.0.0.1:{ports[1]},EXTERNAL://127.0.0.1:{ports[2]}
advertised.listeners=INTERNAL://127.0.0.1:{ports[1]},EXTERNAL://127.0.0.1:{advertised}
inter.broker.listener.name=INTERNAL
auto.create.topics.enable=false
default.replication.factor=3
num.partitions=6
replica.lag.time.max.ms=4000
group.initial.rebalance.delay.ms=0
offsets.topic.replication.factor=3
offsets.topic.num.partitions=6
transaction.state.log.replication.factor=3
transaction.state.log.num.partitions=3
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.num.partitions=3
log.cleaner.dedupe.buffer.size=2097152
log.retention.check.interval.ms=5000
"""


def tool(name, *words):
    """What one of the programs beside the fetched Kafka prints."""
    return subprocess.run([os.path.join(KAFKA, name), *words], check=True, capture_output=True,
                          text=True).stdout.strip()


class Node:
    """One JVM."""

    def __init__(self, cluster, number, ports, advertised=0):
        self.number = number
        self.port = int(ports[1] if number != CONTROLLER else ports[0])
        self.dir = os.path.join(cluster.dir, f"node-{number}")
        self.log = os.path.join(self.dir, "log")
        self.jars = cluster.jars
        self.process = None
        os.makedirs(self.dir)
        template = CONTROLLER_PROPERTIES if number == CONTROLLER else BROKER_PROPERTIES
        self.properties = os.path.join(self.dir, "server.properties")
        with open(self.properties, "w", encoding="ascii") as file:
            file.write(template.format(id=number, controller=CONTROLLER, ports=ports, dir=self.dir,
                                       advertised=advertised))

    def java(self, *words, heap="384m"):
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                ["java", f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                 f"-Dlog4j2.configurationFile={KAFKA}/log4j2.xml", "-cp", f"{self.jars}/*", *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def format(self):
        return self.java("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", self.properties,
                         heap="128m")

    def start(self):
        self.process = self.java("kafka.Kafka", self.properties)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """In order: what it leads is led by others first."""
        self.process.terminate()
        self.process.wait()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def is_up(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def await_up(self):
        deadline = time.monotonic() + LIMIT_S
        while not self.is_up():
            if self.process.poll() is not None or time.monotonic() > deadline:
                with open(self.log, encoding="utf-8", errors="replace") as log:
                    raise RuntimeError(f"node {self.number} does not start: {log.read()[-3000:]}")
            time.sleep(0.05)


class Cluster:
    """With-statement for all of it. Brokers are numbered from 1."""

    def __init__(self, directory, n=3):
        self.dir = directory
        self.n = n
        self.jars = tool("fetch")

    def __enter__(self):
        ports = tool("free-ports", str(1 + 2 * self.n)).split()
        self.proxies = Proxies()
        self.controller = Node(self, CONTROLLER, ports[:1])
        self.brokers = {}
        for i in range(self.n):
            number, own = i + 1, ports[1 + 2 * i:3 + 2 * i]
            advertised = self.proxies.add(number, own[1])
            self.brokers[number] = Node(self, number, [ports[0], *own], advertised)
        # For those whom no fault is to meet.
        self.direct = ",".join(f"127.0.0.1:{node.port}" for node in self.brokers.values())
        self.bootstrap = ",".join(f"127.0.0.1:{port}" for port in self.proxies.ports())
        nodes = [self.controller, *self.brokers.values()]
        try:
            if any([p.wait() for p in [node.format() for node in nodes]]):
                raise RuntimeError(f"the storage of Kafka cannot be formatted: see {self.dir}")
            for node in nodes:
                node.start()
            self.await_whole()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for node in [*self.brokers.values(), self.controller]:
            if node.process and node.process.poll() is None:
                node.kill()
        self.proxies.close()

    def await_whole(self, limit_s=LIMIT_S):
        """All brokers are there, and every partition has all its replicas in sync."""
        deadline = time.monotonic() + limit_s
        for node in self.brokers.values():
            node.await_up()
        while not self.is_whole():
            if time.monotonic() > deadline:
                raise RuntimeError("the cluster does not become whole")
            time.sleep(0.1)

    def metadata(self):
        done = subprocess.run(["kcat", "-b", self.direct, "-L", "-J", "-m", "5"], capture_output=True,
                              text=True, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else {"brokers": [], "topics": []}

    def is_whole(self):
        told = self.metadata()
        return len(told["brokers"]) == self.n and all(
            p["leader"] > 0 and len(p["isrs"]) == len(p["replicas"])
            for topic in told["topics"] for p in topic["partitions"])

    def leader(self, topic, partition=0):
        """The number of a partition's leader; 0 if it has none now."""
        for told in self.metadata()["topics"]:
            if told["topic"] == topic:
                for p in told["partitions"]:
                    if p["partition"] == partition:
                        return max(p["leader"], 0)
        return 0

    def await_leader(self, topic):
        return await_true(lambda: self.leader(topic), f"{topic} has a leader")

    def restart(self, *numbers):
        """Those that have ended: all at once."""
        for number in numbers:
            self.brokers[number].start()
        for number in numbers:
            self.brokers[number].await_up()

    def mend(self):
        """Whatever a case has done."""
        self.proxies.heal()
        for node in self.brokers.values():
            if node.process.poll() is None:
                node.go_on()
            else:
                node.start()
        self.await_whole()
