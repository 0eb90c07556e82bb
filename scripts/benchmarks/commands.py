"""The commands that are measured, and the programs that help to."""

import os
import shlex
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COMMANDS = os.environ.get("BENCH_COMMANDS", f"{ROOT}/build/bin")
MARK = "__BPFTRACE_NOTIFY_PROBES_ATTACHED"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "10"))


def bpftrace():
    """This project's bpftrace, as the words of a command line."""
    return [f"{COMMANDS}/bpftrace"]


def peers():
    """The bpftraces to compare with, by the name that the tables show."""
    found = {}
    path = os.pathsep.join(
        folder
        for folder in os.environ["PATH"].split(os.pathsep) + ["/usr/sbin"]
        if os.path.realpath(folder) != os.path.realpath(COMMANDS)
    )
    installed = os.environ.get("COMPARE_WITH") or shutil.which("bpftrace", path=path)
    for command in (installed, os.environ.get("BENCH_PEER")):
        if command:
            words = shlex.split(command)
            answer = subprocess.run(words + ["-V"], capture_output=True, text=True)
            found[answer.stdout.strip() or command] = words
    return found


def everyone():
    """This project's bpftrace and all that it is compared with."""
    return {"this bpftrace": bpftrace(), **peers()}


def compiled(name):
    """The path of the program made from NAME.c beside this file."""
    os.makedirs(f"{ROOT}/build", exist_ok=True)
    source, program = f"{ROOT}/scripts/benchmarks/{name}.c", f"{ROOT}/build/{name}"
    subprocess.run(["cc", "-O2", "-Wall", "-o", program, source], check=True)
    return program


def chosen(rows, names):
    """Those of the rows that somebody asked for, or all."""
    unknown = set(names) - set(rows)
    if unknown:
        sys.exit(f"no such row: {', '.join(sorted(unknown))} (there are {', '.join(rows)})")
    return {name: row for name, row in rows.items() if not names or name in names}
