"""The cases of the matrix, in the order of their ids; each stands in a module of those that are listed here."""

import importlib
import re

MODULES = ("case_clients", "case_load", "case_kafka", "case_network", "case_errors", "case_daemon", "case_ending",
           "case_clock", "case_suite")


class Case:
    """run(lab, until) returns figures, a dictionary; whatever it raises is a failure."""

    def __init__(self, run, identity, title, weight, needs_cluster, is_suite):
        self.run, self.id, self.title, self.weight = run, identity, title, weight
        self.needs_cluster, self.is_suite = needs_cluster, is_suite


CASES = {}


def case(identity, title, weight=1, cluster=True, suite=False):
    """Its part of the time is weight. Without cluster it starts what it needs by itself, and other cases run
    beside it. With suite it is tests of the suite, which are repeated here when there is time for that."""

    def add(run):
        CASES[identity] = Case(run, identity, title, weight, cluster, suite)
        return run

    return add


def order(identity):
    letter, number, rest = re.fullmatch(r"([A-Z]+)(\d+)(.*)", identity).groups()
    return letter != "L", int(number), rest


def load_all():
    for module in MODULES:
        importlib.import_module(module)
    return [CASES[identity] for identity in sorted(CASES, key=order)]
