"""What one event costs the traced program.

Each row is a script and a load. *net* is the time of the script's programs for one event, by the
kernel's own statistics, less that of an empty program; *added* is what one call of the load takes
longer than untraced, by the load's processor time. Rounds take turns; the medians are shown.
"""

import os
import re
import signal
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass

from commands import MARK, ROUNDS, chosen, compiled, everyone

STATISTICS = "/proc/sys/kernel/bpf_stats_enabled"
CALLS = int(os.environ.get("BENCH_CALLS", "300000"))
PROBE = "tracepoint:syscalls:sys_enter_getppid"


@dataclass
class Row:
    """A script, its load, and how many programs of it run for one event."""

    script: str
    call: str = "getppid"
    programs: int = 1

    @property
    def calls(self):
        """Opening a file takes several times as long as the other calls."""
        return CALLS // 6 if self.call == "open" else CALLS


ROWS = {
    "empty": Row(PROBE + " { }"),
    "count": Row(PROBE + " { @ = count(); }"),
    "inc": Row(PROBE + " { @++; }"),
    "sum": Row(PROBE + " { @ = sum(args.__syscall_nr); }"),
    "comm": Row(PROBE + " { @[comm] = count(); }"),
    "pidcount": Row(PROBE + " { @[pid] = count(); }"),
    "hist": Row(
        'tracepoint:syscalls:sys_enter_write /comm == "load"/ { @[pid] = hist(args.count); }',
        "write",
    ),
    "filter": Row(PROBE + " /pid == 1/ { @ = count(); }"),
    "commfilter": Row(PROBE + ' /comm == "nothere"/ { @ = count(); }'),
    "kstack": Row(PROBE + " { @[kstack] = count(); }"),
    "ustack": Row(PROBE + " { @[ustack] = count(); }"),
    "pair": Row(
        PROBE + " { @s[tid] = nsecs; } tracepoint:syscalls:sys_exit_getppid /@s[tid]/"
        " { @ = hist(nsecs - @s[tid]); delete(@s, tid); }",
        programs=2,
    ),
    "printf": Row(PROBE + ' { printf("%d %s\\n", pid, comm); }'),
    "openstr": Row(
        'tracepoint:syscalls:sys_enter_openat /comm == "load"/'
        ' { printf("%s %s\\n", comm, str(args.filename)); }',
        "open",
    ),
    "raw": Row("tracepoint:raw_syscalls:sys_enter /args.id == 110/ { @[comm] = count(); }"),
    "switch": Row("tracepoint:sched:sched_switch { @[args.next_pid] = count(); }", "switch"),
    "stats": Row(PROBE + " { @[comm] = stats(args.__syscall_nr); }"),
    "struct": Row(
        PROBE + " { $t = (struct task_struct *)curtask; @[$t->real_parent->tgid] = count(); }"
    ),
}


def processes(first):
    """A process and all that come from it."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                parents[int(name)] = int(file.read().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = [first]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found


def program_times(process):
    """Nanoseconds and number of runs of each program that these processes hold, by its id."""
    times = {}
    for holder in processes(process):
        folder = f"/proc/{holder}/fdinfo"
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            try:
                with open(f"{folder}/{name}") as file:
                    facts = dict(re.findall(r"^(\w+):\s*(\S+)$", file.read(), re.M))
            except OSError:
                continue
            if "run_cnt" in facts:
                times[facts["prog_id"]] = (int(facts["run_time_ns"]), int(facts["run_cnt"]))
    return times


def run_load(load, row):
    """Nanoseconds of processor time for each call of the load."""
    answer = subprocess.run([load, row.call, str(row.calls)], capture_output=True, text=True)
    return float(answer.stdout)


def measure(words, row, load):
    """Nanoseconds of the programs and of one call; None if the script does not run."""
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        tracer = subprocess.Popen(
            words + ["-e", row.script],
            stdout=output,
            stderr=subprocess.DEVNULL,
            env=dict(os.environ, **{MARK: "1"}),
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + 30
            while MARK not in read_start(output):
                if tracer.poll() is not None or time.monotonic() > deadline:
                    return None
                time.sleep(0.02)
            call = run_load(load, row)
            times = program_times(tracer.pid).values()
            return sum(ns / runs for ns, runs in times if runs >= row.calls // 2), call
        finally:
            for process in reversed(processes(tracer.pid)):
                try:
                    os.kill(process, signal.SIGINT)
                except OSError:
                    pass
            try:
                tracer.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(tracer.pid, signal.SIGKILL)
                tracer.wait()


def read_start(file):
    """The beginning of a file that somebody else writes."""
    return os.pread(file.fileno(), 20000, 0).decode(errors="replace")


def medians(row, load):
    """The medians of all rounds, by command."""
    results = {name: [] for name in everyone()}
    for number in range(min(ROUNDS, 5)):
        order = list(everyone().items())
        for name, words in order if number % 2 else reversed(order):
            result = measure(words, row, load)
            if result:
                results[name].append(result)
    return {
        name: tuple(statistics.median(column) for column in zip(*runs)) if runs else None
        for name, runs in results.items()
    }


def ratio(ours, theirs):
    return f"{ours / theirs:8.2f}" if abs(theirs) > 3 else f"{'-':>8}"


def set_statistics(text):
    with open(STATISTICS, "w") as file:
        file.write(text)


def main(names):
    """Measures and prints the rows of these names, or all."""
    load = compiled("load")
    rows = {"empty": ROWS["empty"], **chosen(ROWS, names)}
    print(f"{'':12}{'':32}{'net ns':>9}{'added ns':>10}{'ratios to ours':>18}")
    empty, untraced = None, {}
    with open(STATISTICS) as file:
        before = file.read()
    set_statistics("1")
    try:
        for name, row in rows.items():
            if row.call not in untraced:
                untraced[row.call] = statistics.median(run_load(load, row) for _ in range(5))
            found = medians(row, load)
            empty = empty or found
            net = {
                command: (value[0] - empty[command][0] * row.programs, value[1] - untraced[row.call])
                for command, value in found.items()
                if value and empty[command]
            }
            ours = net.get("this bpftrace")
            for command in found:
                if command not in net:
                    print(f"{name:12}{command:32}{'does not run':>19}", flush=True)
                    continue
                value = net[command]
                ratios = "".join(ratio(*pair) for pair in zip(ours, value)) if ours else ""
                print(f"{name:12}{command:32}{value[0]:9.0f}{value[1]:10.0f}  {ratios}", flush=True)
    finally:
        set_statistics(before)
