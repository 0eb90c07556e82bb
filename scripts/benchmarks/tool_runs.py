"""Running tools of this project and of libbpf-tools beside a load."""

import os
import pty
import select
import shlex
import shutil
import signal
import subprocess
import tempfile
import termios
import time
import tty

from commands import COMMANDS, MARK, ROOT, compiled

LIMIT = 30

# What libbpf says where the kernel lacks something.
LACKS = {
    "failed to add legacy kprobe event": "the kernel has no kprobes",
    "failed to create kprobe": "the kernel has no kprobes",
}


def ours(name):
    """This project's tool, as the words of a command line; None if it has none of that name."""
    if not os.path.exists(f"{os.environ.get('BT_TOOL_PATH', ROOT + '/tools')}/{name}.bt"):
        return None
    return [f"{COMMANDS}/bt-tool", name]


def theirs(name):
    """libbpf-tools' one: from PATH, or with BENCH_LIBBPF_TOOLS before its name (such as `chroot DIR`)."""
    before = shlex.split(os.environ.get("BENCH_LIBBPF_TOOLS", ""))
    if before:
        return before + [f"{name}-libbpf"]
    path = os.environ["PATH"] + os.pathsep + "/usr/sbin"
    return [f"{name}-libbpf"] if shutil.which(f"{name}-libbpf", path=path) else None


def checked(name):
    """What `bt-tool check` says of our tool."""
    words = [f"{COMMANDS}/bt-tool", "check", name]
    return subprocess.run(words, capture_output=True, text=True).stdout


class Load:
    """A load that waits for its beginning, so that tools can be told its process."""

    def __init__(self, call, count):
        self.process = subprocess.Popen(
            [compiled("load"), call, str(count), "wait"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self.process.pid

    def run(self, tracers):
        """Runs, while what the tools write is taken: who cannot write loses events.

        The process stays, because some tools end when that does which they trace.
        """
        self.process.stdin.write("go")
        self.process.stdin.flush()
        while not select.select([self.process.stdout], [], [], 0)[0]:
            for tracer in tracers:
                tracer.read(0.01)
        self.process.stdout.readline()

    def end(self):
        self.process.kill()
        self.process.communicate()


class Tracer:
    """A tool on a terminal of its own."""

    def __init__(self, words, mark):
        self.mark, self.text, self.ended = mark, "", False
        self.terminal, line = pty.openpty()
        tty.setraw(line, termios.TCSANOW)
        self.messages = tempfile.TemporaryFile("w+", errors="replace")
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=line,
            stderr=self.messages,
            env=dict(os.environ, **{MARK: "1"}),
            start_new_session=True,
        )
        os.close(line)

    def read(self, seconds):
        """Takes what comes within this time; False when there will be no more."""
        if not select.select([self.terminal], [], [], max(seconds, 0))[0]:
            return True
        try:
            chunk = os.read(self.terminal, 1 << 16)
        except OSError:
            self.ended = True
            return False
        self.text += chunk.decode(errors="replace")
        return bool(chunk)

    def wait_attached(self):
        """Whether it traces: it wrote the mark, or anything at all where there is none."""
        end = time.monotonic() + LIMIT
        while not (self.mark in self.text if self.mark else self.text):
            if not self.read(0.1) or time.monotonic() > end:
                return False
        return True

    def settle(self, seconds=0.5):
        """Takes what comes until nothing has come for so long."""
        quiet, before = time.monotonic() + seconds, len(self.text)
        while time.monotonic() < quiet and self.read(0.05):
            if len(self.text) != before:
                quiet, before = time.monotonic() + seconds, len(self.text)

    def finish(self):
        """Ctrl-C; returns everything that it wrote."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        end = time.monotonic() + LIMIT
        while self.read(0.2) and time.monotonic() < end:
            pass
        if self.process.poll() is None and time.monotonic() >= end:
            self.process.kill()
        self.process.wait()
        os.close(self.terminal)
        return self.text.replace("\r", "")

    def said(self):
        """All that it wrote, messages first."""
        self.messages.seek(0)
        return self.messages.read() + self.text

    def failure(self):
        """Why it does not trace, in a few words."""
        if not self.ended:
            return f"within {LIMIT} seconds it did not write {self.mark}"
        said = [line.strip() for line in self.said().split("\n") if line.strip()]
        return said[0][:90] if said else "no message"

    def lack(self):
        """What the kernel lacks for one of libbpf-tools, by what libbpf says; None if nothing is known."""
        said = self.said()
        return next((name for text, name in LACKS.items() if text in said), None)
