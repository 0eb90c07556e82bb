"""What starting costs: time until attached, processor time and memory.

Each round runs every command once, so that a busy moment meets all of them.
"""

import os
import shlex
import statistics
import subprocess
from dataclasses import dataclass

from commands import COMMANDS, MARK, ROOT, ROUNDS, chosen, compiled, everyone

OPENAT = 'tracepoint:syscalls:sys_enter_openat { printf("%s %s\\n", comm, str(args->filename)); }'


def find_opensnoop():
    """libbpf-tools' opensnoop, as the words of a command line."""
    if "BENCH_OPENSNOOP" in os.environ:
        return shlex.split(os.environ["BENCH_OPENSNOOP"])
    for folder in os.environ["PATH"].split(os.pathsep) + ["/usr/sbin"]:
        if os.access(f"{folder}/opensnoop-libbpf", os.X_OK):
            return [f"{folder}/opensnoop-libbpf"]
    return None


def tables():
    """What is measured, by name: rows of a name, a mark to wait for, and words."""
    script = f"{ROOT}/tools/opensnoop.bt"
    opensnoop = [(f"{name}, script", MARK, words + [script]) for name, words in everyone().items()]
    opensnoop.append(("bt-tool, artifact", MARK, [f"{COMMANDS}/bt-tool", "opensnoop"]))
    theirs = find_opensnoop()
    if theirs:
        opensnoop.append(("libbpf-tools", "", theirs))
    else:
        print("libbpf-tools' opensnoop is not found: install libbpf-tools, or set BENCH_OPENSNOOP")
    return {
        "exit": one_liner("BEGIN { exit(); }"),
        "openat": one_liner(OPENAT),
        "opensnoop": opensnoop,
    }


def one_liner(script):
    return [(name, MARK, words + ["-e", script]) for name, words in everyone().items()]


@dataclass
class Run:
    """One run of a command: milliseconds, and megabytes."""

    attached: float | None
    processor: float
    # From the moment it was attached, when it got SIGINT, to its end.
    after: float
    peak: float


def measure(program, mark, words, seconds=0, output="/dev/null"):
    """One run, so many seconds of it, and why it could not be measured: one of both is None.

    What the command wrote is in the file `output`.
    """
    environment = dict(os.environ, **{MARK: "1"})
    run = subprocess.run(
        [program, "-w", str(seconds), "-o", output, mark] + words,
        capture_output=True,
        text=True,
        errors="replace",
        env=environment,
    )
    if run.returncode != 0:
        return None, f"could not be measured ({run.returncode})"
    attached, user, system, wall, peak, status = run.stdout.split()
    if int(status) not in (0, 130):
        return None, f"status {status}: " + " ".join(run.stderr.split())[-200:]
    shown = float(attached) if float(attached) >= 0 else None
    after = float(wall) - float(attached) - 1000 * seconds
    return Run(shown, float(user) + float(system), after, int(peak) / 1000), None


def report(program, heading, rows):
    """Measures all rows of one table, round by round, and prints it."""
    results = {name: [] for name, _, _ in rows}
    failures = {}
    for _ in range(ROUNDS + 1):
        for name, mark, words in rows:
            if name in failures:
                continue
            result, failure = measure(program, mark, words)
            if failure:
                failures[name] = failure
            else:
                results[name].append(result)
    print(f"\n{heading}")
    print(f"{'':32}{'attached ms':>18}{'CPU ms':>18}{'peak MB':>10}")
    print(f"{'':32}{'min':>9}{'median':>9}{'min':>9}{'median':>9}{'median':>10}")
    for name, _, _ in rows:
        if name in failures:
            print(f"{name:32}{failures[name]}")
            continue
        runs = results[name][1:]  # the first one warms up
        attached = [run.attached for run in runs if run.attached is not None]
        times = (
            f"{min(attached):9.1f}{statistics.median(attached):9.1f}" if attached else f"{'-':>18}"
        )
        processor = [run.processor for run in runs]
        memory = statistics.median(run.peak for run in runs)
        print(
            f"{name:32}{times}{min(processor):9.1f}{statistics.median(processor):9.1f}"
            f"{memory:10.1f}"
        )


def main(names):
    """Measures and prints the tables of these names, or all."""
    program = compiled("measure")
    print(f"{ROUNDS} rounds; CPU is user and kernel time from start to end, attach and detach in it")
    for heading, rows in chosen(tables(), names).items():
        report(program, heading, rows)
    print("\nsize on disk, stripped")
    for command in ("bpftrace", "bt-tool"):
        if os.path.exists(f"{COMMANDS}/{command}"):
            size = os.path.getsize(f"{COMMANDS}/{command}")
            print(f"{command:32}{size / 1e6:9.1f} MB")
