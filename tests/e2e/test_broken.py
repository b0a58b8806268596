#!/usr/bin/env python3
"""Configuration files that are wrong, each with what is said about it: tests/e2e/broken.txt."""

import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))
import tap  # noqa: E402
from keeper import Directory  # noqa: E402

TABLE = Path(__file__).resolve().parent / "broken.txt"
EX_CONFIG = 78

# What a good configuration has beside the file that is wrong.
GOOD_PROFILE = b"bootstrap.servers=127.0.0.1:1\n"


class Case:
    """One file: its name, its bytes, what is done to it before, and what is said about it."""

    def __init__(self, title):
        self.title = title
        self.is_profile = title.startswith("profile")
        self.name = "profiles/p.conf" if self.is_profile else "commd.conf"
        self.lines = []
        self.setup = []
        self.wanted = None

    def content(self):
        return b"".join(unescape(line) + b"\n" for line in self.lines)


def unescape(line):
    """\\xNN is a byte, and \\{x*N} is N times x."""
    line = re.sub(rb"\\\{(.+?)\*(\d+)\}", lambda m: m[1] * int(m[2]), line.encode())
    return re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), line)


def read_table():
    cases = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("=== "):
            cases.append(Case(line[4:]))
        elif not cases:
            continue
        elif line.startswith("--- "):
            cases[-1].wanted = line[4:]
        elif line.startswith("! "):
            cases[-1].setup.append(line[2:].split())
        elif cases[-1].wanted is None:
            cases[-1].lines.append(line)
    return cases


# ---- what is done to a file besides writing it ----


def set_mode(path, mode):
    path.chmod(int(mode, 8))


def make_directory(path):
    path.unlink()
    path.mkdir()


def make_loop(path):
    path.unlink()
    path.symlink_to(path.name)


def make_large(path, size):
    path.write_bytes(b"#" * int(size))


def remove(path, name=None):
    path = path.parent / name if name else path
    if path.is_dir():
        for file in path.iterdir():
            file.unlink()
        path.rmdir()
    else:
        path.unlink()


def make_file(path, name):
    """A file in the place of a directory."""
    remove(path, name)
    (path.parent / name).write_bytes(b"")


def add(path, name, mode, *lines):
    """One more file, as a certificate that is none."""
    file = path.parent / name
    file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    file.chmod(int(mode, 8))


SETUP = {
    "add": add,
    "directory": make_directory,
    "file": make_file,
    "large": make_large,
    "loop": make_loop,
    "mode": set_mode,
    "remove": remove,
}


def write_case(directory, case, name):
    path = directory / name
    path.write_bytes(case.content().replace(b"@DIR@", bytes(directory)))
    path.chmod(0o600)
    for verb, *arguments in case.setup:
        SETUP[verb](path, *arguments)


def good_directory(directory):
    (directory / "profiles").mkdir()
    (directory / "profiles/default.conf").write_bytes(GOOD_PROFILE)
    (directory / "commd.conf").write_bytes(b"")


# ---- what commd says ----


def run(*arguments):
    """Exit status, and what was said. One that begins to serve has none."""
    try:
        done = subprocess.run([os.environ["COMMD"], *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=tap.LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return None, "commd: it begins to serve"
    return done.returncode, done.stderr.decode("utf-8", "replace")


def is_wanted(said, wanted):
    """What ends with "..." goes on in librdkafka's own words, or those of another library."""
    if wanted.endswith("..."):
        return said.startswith(wanted[:-3])
    return said == wanted


def check_conf(case, parent):
    """Both ways of reading it say the same, in one line."""
    with tempfile.TemporaryDirectory(dir=parent) as name:
        directory = Path(name)
        good_directory(directory)
        write_case(directory, case, case.name)
        conf = ["--config", str(directory / "commd.conf")]
        results = [run("--check-config", *conf), run(*conf, "--socket", str(directory / "sock"))]
        return [(status, said.replace(f"{directory}/", "").rstrip("\n")) for status, said in results]


def start_until_serving(directory, parent):
    """The log of a daemon from its start until it serves."""
    with open(directory / "log", "w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen([os.environ["COMMD"], "--config", str(directory / "commd.conf"), "--socket",
                                    str(directory / "sock")], stdin=subprocess.DEVNULL, stderr=log)
        parent.end_with(process.pid)
        deadline = time.monotonic() + tap.LIMIT_S
        while f" serves {directory}/sock" not in (directory / "log").read_text(errors="replace"):
            if process.poll() is not None or time.monotonic() > deadline:
                break
            time.sleep(0.01)
        process.terminate()
        status = process.wait(tap.STOP_LIMIT_S)
        return status, (directory / "log").read_text(errors="replace")


def find_line(said, directory, name, prefix):
    """What is said about the file, "" for nothing."""
    for line in said.splitlines():
        if line.startswith(f"{prefix}{directory}/{name}:"):
            return line[len(prefix):].replace(f"{directory}/", "").replace(name, "profiles/p.conf")
    return ""


def check_profiles(t, cases, parent):
    """A profile that is wrong is the trouble of those who use it: all are wrong at once."""
    with tempfile.TemporaryDirectory(dir=parent.name) as name:
        directory = Path(name)
        good_directory(directory)
        names = [f"profiles/p{i:03}.conf" for i in range(len(cases))]
        for case, file in zip(cases, names):
            write_case(directory, case, file)
        checked = run("--check-config", "--config", str(directory / "commd.conf"))
        started = start_until_serving(directory, parent)
        t.equal(checked[0], EX_CONFIG, "profiles that are wrong: the status of --check-config")
        t.equal(len(checked[1].splitlines()), len(cases), "a line for each of them, and no more")
        t.equal(started[0], 0, "commd begins all the same, and ends in order")
        for case, file in zip(cases, names):
            said = find_line(checked[1], directory, file, "commd: ")
            t.ok(is_wanted(said, case.wanted), f"{case.title}: what is said", said, case.wanted)
            said = find_line(started[1], directory, file, "commd: warning: ")
            t.ok(is_wanted(said, case.wanted), f"{case.title}: what is logged", said, case.wanted)


def main():
    t = tap.Tap()
    cases = read_table()
    t.ok(len(cases) >= 100, "there are a hundred files at least", len(cases))
    confs = [case for case in cases if not case.is_profile]
    parent = Directory()
    with parent, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for case, results in zip(confs, pool.map(lambda case: check_conf(case, parent.name), confs)):
            for how, (status, said) in zip(("--check-config", "start"), results):
                t.equal(status, EX_CONFIG, f"{case.title}: {how}: the status")
                t.ok(is_wanted(said, f"commd: {case.wanted}"), f"{case.title}: {how}: what is said", said,
                     case.wanted)
        check_profiles(t, [case for case in cases if case.is_profile], parent)
    return t.end()


sys.exit(main())
