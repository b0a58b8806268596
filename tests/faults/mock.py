"""A Kafka in memory, in a process of its own, whose brokers answer with whatever error is wanted."""

import subprocess

from basics import Failed

PRODUCE = 0


class Mock:
    """With-statement: the cluster of a lab that has none. What it is told is in mock.c."""

    def __init__(self, lab, n=3):
        self.lab, self.n = lab, n

    def __enter__(self):
        self.process = subprocess.Popen([self.lab.tool("mock"), str(self.n)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.lab.processes.append(self.process)
        self.bootstrap = self.direct = self.process.stdout.readline().strip()
        self.lab.cluster = self
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def tell(self, *words):
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if answer != "ok":
            raise Failed(f"mock: {words}: {answer}")
