"""A Kafka for one test alone, by tests/kafka/broker."""

import os
import signal
import subprocess

from keeper import Directory


class Broker:
    """Up from its creation to close(); bootstrap is its HOST:PORT."""

    def __init__(self, **environment):
        self.directory = Directory()
        self.environment = {**os.environ, **environment}
        self.run("start")
        self.bootstrap = self.read("bootstrap")
        self.pid = int(self.read("pid"))
        self.directory.end_with(self.pid)

    def path(self, *names):
        return os.path.join(self.directory.name, *names)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read().strip()

    def run(self, verb):
        script = os.path.join(os.environ["COMMD_SOURCE_ROOT"], "tests", "kafka", "broker")
        subprocess.run([script, verb, self.directory.name], check=True, stdout=subprocess.DEVNULL,
                       env=self.environment)

    def close(self):
        os.kill(self.pid, signal.SIGCONT)
        self.run("stop")
        self.directory.cleanup()
