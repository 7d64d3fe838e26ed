"""A terminal of 24 lines and 120 columns, for a program that is typed to.

Started with a program and its arguments; standard input has steps as JSON: ["type", text], ["see", text], and
["run", arguments] for the same program beside the terminal. What is typed is seen only behind what was seen before.
Prints {"code", "seen"} once the program has ended. A step that comes to nothing within a minute ends it.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

PATIENCE_S = 60
SHOWN_BYTES = 4096


class Terminal:
    def __init__(self, command):
        self.seen, self.looked = b"", 0
        self.child, self.fd = pty.fork()
        if self.child == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
            os.execvp(command[0], command)

    def read(self, until):
        """Takes what comes next; False at the end."""
        if not select.select([self.fd], [], [], max(0, until - time.monotonic()))[0]:
            self.give_up("nothing more comes")
        try:
            came = os.read(self.fd, 65536)
        except OSError:
            came = b""
        self.seen += came
        return came != b""

    def see(self, text):
        wanted, until = text.encode(), time.monotonic() + PATIENCE_S
        while (place := self.seen.find(wanted, self.looked)) < 0:
            if not self.read(until):
                self.give_up(f"it ended without {text!r}")
            if time.monotonic() > until:
                self.give_up(f"there is no {text!r}")
        self.looked = place + len(wanted)

    def end(self):
        until = time.monotonic() + PATIENCE_S
        while self.read(until):
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])

    def give_up(self, why):
        os.kill(self.child, signal.SIGKILL)
        shown = self.seen[max(0, self.looked - SHOWN_BYTES):][:2 * SHOWN_BYTES]
        sys.exit(f"{why} behind byte {self.looked}: {shown.decode(errors='replace')}")


def main():
    command = sys.argv[1:]
    terminal = Terminal(command)
    for kind, what in json.load(sys.stdin):
        if kind == "type":
            os.write(terminal.fd, what.encode())
        elif kind == "see":
            terminal.see(what)
        else:
            subprocess.run([command[0], *what], check=True, stdout=subprocess.DEVNULL)
    code = terminal.end()
    print(json.dumps({"code": code, "seen": terminal.seen.decode(errors="replace")}))


main()
