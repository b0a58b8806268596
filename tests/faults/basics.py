"""What every part of the matrix knows."""

import sys
import time

LIMIT_S = 120


class Failed(Exception):
    """A case has not done what is promised."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def now_us():
    """On the clock of the ledgers."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


def await_true(is_true, what, limit_s=LIMIT_S):
    """Ask until the answer is true. Returns the answer."""
    deadline = time.monotonic() + limit_s
    while not (answer := is_true()):
        if time.monotonic() > deadline:
            raise Failed(f"within {limit_s} s not: {what}")
        time.sleep(0.02)
    return answer


class Until:
    """The time of a case: at least one round, and more until it is over."""

    def __init__(self, seconds):
        self.end = time.monotonic() + seconds
        self.seconds = seconds
        self.rounds = 0

    def more(self, least=1):
        if self.rounds >= least and time.monotonic() >= self.end:
            return False
        self.rounds += 1
        return True

    def left_s(self):
        return max(self.end - time.monotonic(), 0)

    def rest(self, least_s):
        """Let the time go by; at least so much."""
        time.sleep(max(self.left_s(), least_s))
