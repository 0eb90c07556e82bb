"""What compiling costs: processor time by number of probes, nothing loaded.

Each round compiles every script once. What the process costs before it compiles anything is measured
with a script of one empty probe; "in the process" is what is added to that.
"""

import resource
import statistics
import subprocess
import tempfile

from commands import ROUNDS, bpftrace, chosen

HEADERS = ["linux/sched.h", "linux/fs.h", "linux/socket.h", "net/sock.h", "linux/mm.h"]


def probe(number):
    """A probe as scripts have it: a condition, a map, a histogram and a line of text."""
    return (
        f"tracepoint:sched:sched_switch /pid > {number}/ {{\n"
        f"  $delta = nsecs - @start[tid];\n"
        f"  @taken{number}[comm, pid] = sum($delta);\n"
        f"  @hist = hist($delta);\n"
        f'  if (args.prev_pid > {number}) {{ printf("%s %d %d\\n", comm, args.next_pid, $delta); }}\n'
        f"  @start[tid] = nsecs;\n"
        f"}}\n"
    )


def scripts():
    """What is compiled, by name."""
    found = {
        "nothing": "begin { }",
        "one-liner": "tracepoint:raw_syscalls:sys_enter { @[comm] = count(); }",
        "five headers": "".join(f"#include <{header}>\n" for header in HEADERS)
        + "begin { print(AF_INET); @[comm] = count(); }",
    }
    for count in (1, 10, 40, 200):
        found[f"{count} probes"] = "".join(probe(number) for number in range(count))
    return found


def children_time():
    """Milliseconds of user and kernel time of all processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (usage.ru_utime + usage.ru_stime)


def processor_time(words):
    """Milliseconds of user and kernel time that one run takes."""
    before = children_time()
    run = subprocess.run(words, capture_output=True, text=True, errors="replace")
    if run.returncode != 0:
        raise SystemExit(f"{' '.join(words)}: status {run.returncode}: {run.stderr}")
    return children_time() - before


def main(names):
    """Measures and prints the rows of these names, or all."""
    rows = chosen(scripts(), names)
    rows = {"nothing": scripts()["nothing"], **rows}
    times = {name: [] for name in rows}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in rows.items():
            with open(f"{folder}/{name}.bt", "w") as script:
                script.write(text)
        for _ in range(ROUNDS + 1):
            for name in rows:
                times[name].append(
                    processor_time(
                        bpftrace() + ["--emit-artifact", f"{folder}/out", f"{folder}/{name}.bt"]
                    )
                )
    start = min(times["nothing"][1:])
    print(f"{ROUNDS} rounds; milliseconds of user and kernel time")
    print(f"{'':24}{'min':>9}{'median':>9}{'in the process':>18}{'for each probe':>18}")
    for name, found in times.items():
        runs = found[1:]  # the first one warms up
        added = min(runs) - start
        count = name.partition(" ")[0]
        each = f"{added / int(count):18.2f}" if count.isdigit() else ""
        print(f"{name:24}{min(runs):9.1f}{statistics.median(runs):9.1f}{added:18.1f}{each}")
