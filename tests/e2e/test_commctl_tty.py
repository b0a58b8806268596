#!/usr/bin/python3
"""commctl with somebody in front of it: what a terminal shows, and what Ctrl-C does there."""

import fcntl
import os
import pty
import re
import select
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

sys.path.insert(0, os.path.join(os.environ["COMMD_SOURCE_ROOT"], "tests", "lib"))
from tap import LIMIT_S, Tap, commd

CTRL_C, CTRL_D = "\x03", "\x04"
HOME = "\x1b[H"


def screen_of(text):
    """The lines that a terminal shows after this text, without blanks at their ends."""
    lines, column = [""], 0
    for character in text:
        if character == "\r":
            column = 0
        elif character == "\n":
            lines.append("")
            column = 0
        else:
            line = lines[-1].ljust(column)
            lines[-1] = line[:column] + character + line[column + 1:]
            column += 1
    return [line.rstrip() for line in lines]


class Terminal:
    """commctl on a terminal of its own, with standard input from there or from a pipe."""

    everything = ""

    def __init__(self, socket, *arguments, piped=False, environment=None):
        self.text = ""
        self.pipe = None
        source = None
        if piped:
            source, self.pipe = os.pipe()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            if piped:
                os.dup2(source, 0)
                os.close(self.pipe)
            os.execve(os.environ["COMMCTL"], ["commctl", "--socket", socket, *arguments],
                      {**os.environ, **(environment or {})})
        if piped:
            os.close(source)

    def feed(self, text):
        """Write to the pipe."""
        os.write(self.pipe, text.encode())

    def close_pipe(self):
        os.close(self.pipe)
        self.pipe = None

    def press(self, keys):
        os.write(self.fd, keys.encode())

    def _read(self, deadline):
        """Some more of what commctl prints; false at its end."""
        readable, _, _ = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))
        if not readable:
            raise TimeoutError(f"nothing more came after {self.text!r}")
        try:
            some = os.read(self.fd, 65536).decode()
        except OSError:
            # Linux tells the end of a terminal in this way.
            return False
        self.text += some
        Terminal.everything += some
        return bool(some)

    def wait_for(self, pattern):
        """Wait until something that was printed matches."""
        deadline = time.monotonic() + LIMIT_S
        while not re.search(pattern, self.text):
            if not self._read(deadline):
                raise EOFError(f"commctl ended with {self.text!r}")

    def wait_end(self):
        """Returns the exit status, or minus the signal that ended it."""
        deadline = time.monotonic() + LIMIT_S
        while self._read(deadline):
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        if self.pipe is not None:
            self.close_pipe()
        return os.waitstatus_to_exitcode(status)

    def screen(self):
        """What is shown, without empty lines and without what the terminal itself shows of
        Ctrl-C, at a moment of its own."""
        lines = [line.replace("^C", "").rstrip() for line in screen_of(self.text)]
        return [line for line in lines if line]


class Relay:
    """Between one commctl and the daemon, until it is cut; then nobody listens on its path."""

    def __init__(self, directory, daemon_path):
        self.path = os.path.join(directory, "relay")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.client = None
        self.daemon = socket.socket(socket.AF_UNIX)
        self.daemon.connect(daemon_path)
        self.thread = threading.Thread(target=self._pass_on)

    def accept(self):
        """The commctl that was started has connected."""
        self.listener.settimeout(LIMIT_S)
        self.client, _ = self.listener.accept()
        self.listener.close()
        self.thread.start()

    def _pass_on(self):
        other = {self.client: self.daemon, self.daemon: self.client}
        while True:
            for end in select.select(list(other), [], [])[0]:
                some = end.recv(65536)
                if not some:
                    return
                other[end].sendall(some)

    def cut(self):
        """When this returns, nothing more arrives on either side."""
        self.client.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.client.close()
        self.daemon.close()


def run(socket, *arguments, text=""):
    """commctl without a terminal; returns what it prints."""
    return subprocess.run([os.environ["COMMCTL"], "--socket", socket, *arguments], input=text,
                          stdout=subprocess.PIPE, text=True, timeout=LIMIT_S, check=True).stdout


def columns(line):
    """Where the words begin and end that two spaces or more are between."""
    return [match.span() for match in re.finditer(r"\S+(?: \S+)*", line)]


def is_aligned(titles, row):
    """Each word begins or ends where its title does."""
    return all(a[0] == b[0] or a[1] == b[1] for a, b in zip(columns(titles), columns(row)))


def table_of(lines, first_title):
    """The titles of a table, and its rows."""
    at = next(i for i, line in enumerate(lines) if line.startswith(first_title))
    rows = []
    for line in lines[at + 1:]:
        if not line:
            break
        rows.append(line)
    return lines[at], rows


def check_progress(tap, socket):
    terminal = Terminal(socket, "send", "t", piped=True)
    terminal.feed("one\ntwo\nthree\n")
    terminal.wait_for("sent 3  acknowledged 3  failed 0")
    tap.ok(True, "send shows how far it is")
    terminal.feed("four\n" * 97)
    terminal.wait_for("sent 100  acknowledged 100  failed 0")
    terminal.close_pipe()
    tap.equal(terminal.wait_end(), 0, "and succeeds")
    tap.equal(terminal.screen(), ["sent 100 acknowledged 100 failed 0"],
              "what it showed is gone at the end")

    terminal = Terminal(socket, "send", "t")
    terminal.press("typed\n")
    terminal.press(CTRL_D)
    tap.equal(terminal.wait_end(), 0, "lines can be typed")
    tap.equal(terminal.screen(), ["typed", "sent 1 acknowledged 1 failed 0"],
              "and nothing is written between them")


def check_failures(tap, socket):
    terminal = Terminal(socket, "send", "t", piped=True)
    with tempfile.TemporaryFile("w+") as file:
        for number in range(1, 25):
            file.write(("x" * 1100000 if number % 2 else "good") + "\n")
        file.seek(0)
        while block := file.read(65536):
            terminal.feed(block)
    terminal.close_pipe()
    tap.equal(terminal.wait_end(), 6, "some lines fail")
    told = terminal.screen()
    tap.equal([line.split(":")[1] for line in told[:10]],
              [f" line {number}" for number in range(1, 20, 2)], "the first are told one by one")
    tap.equal(told[10:], ["commctl: failed lines: 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, and 2 more, "
                          "which --json tells", "sent 24 acknowledged 12 failed 12"],
              "the list of them is short")


def check_tables(tap, socket):
    run(socket, "create-topic", "a-topic-with-a-long-name", "-p", "12")
    terminal = Terminal(socket, "topics")
    tap.equal(terminal.wait_end(), 0, "topics succeeds")
    tap.equal(terminal.screen(), ["TOPIC                     PARTITIONS  REPLICAS  ERROR",
                                  "a-topic-with-a-long-name          12         1",
                                  "t                                  1         1"],
              "topics is a table")
    tap.equal(run(socket, "topics"), "a-topic-with-a-long-name\t12\t1\t\nt\t1\t1\t\n",
              "but into a pipe")
    terminal = Terminal(socket, "topics", "t")
    terminal.wait_end()
    titles, rows = table_of(screen_of(terminal.text), "PARTITION")
    tap.ok(len(rows) == 1 and is_aligned(titles, rows[0]), "so are partitions", titles, rows)

    terminal = Terminal(socket, "status", environment={"NO_COLOR": "1"})
    tap.equal(terminal.wait_end(), 0, "status succeeds")
    lines = screen_of(terminal.text)
    tap.ok(re.match(r"commd [0-9.]+ \(.*\), librdkafka ", lines[0]), "status says what runs",
           lines)
    for first_title in "PROFILE", "TOPIC", "COUNTER":
        titles, rows = table_of(lines, first_title)
        tap.ok(rows and all(is_aligned(titles, row) for row in rows),
               f"status has a table that begins with {first_title}", titles, rows)
    plain = run(socket, "status").splitlines()
    tap.ok(all(re.match("(daemon|profile|topic|counter)\t", line) for line in plain),
           "but into a pipe", plain)


def check_ctrl_c_in_send(tap, daemon):
    terminal = Terminal(daemon.socket, "send", "t", piped=True)
    terminal.feed("one\ntwo\nthree\nnot a whole line")
    terminal.wait_for("acknowledged 3 ")
    terminal.press(CTRL_C)
    tap.equal(terminal.wait_end(), 0, "Ctrl-C ends send: all that was sent is acknowledged")
    tap.equal(terminal.screen(), ["commctl: stopped after line 3", "sent 3 acknowledged 3 failed 0"],
              "it says how far it got")

    terminal = Terminal(daemon.socket, "send", "t", piped=True)
    terminal.feed("one\ntwo\nthree\n")
    terminal.wait_for("acknowledged 3 ")
    daemon.stop()
    terminal.feed("four\nfive\n")
    terminal.wait_for("sent 5 ")
    terminal.press(CTRL_C)
    terminal.wait_for("waiting for 2 outcomes; Ctrl-C again gives them up")
    terminal.press(CTRL_C)
    # Sooner than an outcome would be given up without it.
    tap.equal(terminal.wait_end(), 130, "while commd stands still, a second one ends send")
    tap.equal(terminal.screen(), ["commctl: waiting for 2 outcomes; Ctrl-C again gives them up",
                                  "commctl: unknown lines: 4-5",
                                  "commctl: stopped after line 5",
                                  "sent 5 acknowledged 3 failed 0 unknown 2"],
              "it says of what the outcome is unknown")
    daemon.go_on()


def check_given_up(tap, daemon):
    """What was given up before it was sent is not unknown: it has failed."""
    with tempfile.TemporaryDirectory(prefix="commd-test.") as directory:
        relay = Relay(directory, daemon.socket)
        terminal = Terminal(relay.path, "send", "t", piped=True)
        relay.accept()
        terminal.feed("one\n")
        terminal.wait_for("acknowledged 1 ")
        relay.cut()
        terminal.feed("two\nthree\n")
        terminal.wait_for("sent 3 ")
        terminal.press(CTRL_C)
        terminal.wait_for("waiting for 2 outcomes; Ctrl-C again gives them up")
        terminal.press(CTRL_C)
        tap.equal(terminal.wait_end(), 130, "a second Ctrl-C ends send without a daemon")
        told = terminal.screen()
        tap.ok(all(re.fullmatch(f"commctl: line {number}: send: the handle was closed before the "
                                "(record|request) was sent", line)
                   for number, line in zip((2, 3), told[1:3])),
               "what was not sent has failed", told)
        tap.equal(told[3:], ["commctl: stopped after line 3", "sent 3 acknowledged 1 failed 2"],
                  "and nothing is unknown")


def check_ctrl_c_in_receive(tap, socket):
    run(socket, "create-topic", "three", "-p", "1")
    run(socket, "send", "three", text="one\ntwo\nthree\n")
    for more, status in ((), 0), (("-c", "10"), 130):
        terminal = Terminal(socket, "receive", "three", "-o", "beginning", *more)
        terminal.wait_for("three")
        terminal.press(CTRL_C)
        tap.equal(terminal.wait_end(), status, f"Ctrl-C ends receive {' '.join(more)}")
        tap.equal(terminal.screen(), ["one", "two", "three", "received 3 records"],
                  "it says how much it was")


def check_hostile_records(tap, socket):
    """What a record holds does nothing to the terminal, unless its bytes are asked for."""
    run(socket, "create-topic", "hostile", "-p", "1")
    run(socket, "send", "hostile", text="clear \x1b[2J\ta column\n")
    terminal = Terminal(socket, "receive", "hostile", "-o", "beginning", "-c", "1")
    tap.equal(terminal.wait_end(), 0, "a record with commands for a terminal is received")
    tap.ok("clear \\x1b[2J\ta column\r\n" in terminal.text, "they are shown", terminal.text)
    tap.equal(run(socket, "receive", "hostile", "-o", "beginning", "-c", "1"),
              "clear \x1b[2J\ta column\n", "but into a pipe")
    terminal = Terminal(socket, "receive", "hostile", "-o", "beginning", "-c", "1", "-f", "%s\\n")
    terminal.wait_end()
    tap.ok("clear \x1b[2J\ta column\r\n" in terminal.text, "or in a format of one's own",
           terminal.text)


def check_top(tap, socket):
    """It is shown again and again, in the terminal's size, until somebody has seen enough."""
    for i in range(30):
        run(socket, "create-topic", f"many-{i}", "-p", "1")
        run(socket, "send", f"many-{i}", text="x\n")
    for key, name in ("q", "q"), (CTRL_C, "Ctrl-C"):
        terminal = Terminal(socket, "top", "-d", "0.1")
        fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 100, 0, 0))
        terminal.wait_for(r"(?s)(TOPIC .*){4}")
        shown = terminal.text.split(HOME)[-2]
        tap.ok(termios.tcgetattr(terminal.fd)[3] & (termios.ECHO | termios.ICANON) == 0,
               "keys are not shown")
        terminal.press("x" + key)
        tap.equal(terminal.wait_end(), 0, f"{name} ends top")
        lines = [line for line in screen_of(shown.replace("\x1b[J", ""))]
        tap.ok(len(lines) <= 20 and "TOPIC" in shown and "CLIENT" in shown, "it fits", lines)
        for first_title in "TOPIC", "CLIENT":
            titles, rows = table_of(lines, first_title)
            tap.ok(rows and all(is_aligned(titles, row) for row in rows),
                   f"top has a table that begins with {first_title}", titles, rows)


def main():
    tap = Tap()
    with commd() as daemon:
        run(daemon.socket, "create-topic", "t", "-p", "1")
        check_progress(tap, daemon.socket)
        check_failures(tap, daemon.socket)
        check_tables(tap, daemon.socket)
        check_ctrl_c_in_send(tap, daemon)
        check_given_up(tap, daemon)
        check_ctrl_c_in_receive(tap, daemon.socket)
        tap.ok("\x1b" not in Terminal.everything, "there is no colour, with NO_COLOR or without")
        check_hostile_records(tap, daemon.socket)
        check_top(tap, daemon.socket)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
