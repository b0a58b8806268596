"""Faults that programs of the test suite go through one by one, which are run as meson runs them."""

import re
import subprocess

from basics import Failed
from cases import case


def run_programs(lab, *names):
    """Until each has passed. Returns how many tests there were in them."""
    done = subprocess.run(["meson", "test", "-C", lab.build, "--no-rebuild", "--print-errorlogs", *names],
                          stdout=subprocess.PIPE, text=True, check=False)
    counts = re.findall(r" OK +[\d.]+s +(\d+) subtests passed", done.stdout)
    if done.returncode or len(counts) != len(names):
        raise Failed(done.stdout[-4000:])
    return sum(map(int, counts))


@case("F7", "a client killed at every byte of each message, and every mistake in one", cluster=False,
      suite=True)
def client_is_killed(lab, until):
    """Nobody else notices, and nothing of it stays."""
    tests = 0
    while until.more():
        tests += run_programs(lab, "wire killed", "wire exhaustive")
    return {"tests": tests, "rounds": until.rounds}


@case("F15", "each allocation fails, of the library, and of commd where messages come and go", cluster=False,
      suite=True)
def memory_is_short(lab, until):
    """An error is told, or one connection ends; the others go on."""
    tests = 0
    while until.more():
        tests += run_programs(lab, "client_memory", "wire memory")
    return {"tests": tests, "rounds": until.rounds}
