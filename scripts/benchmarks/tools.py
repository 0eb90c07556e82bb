"""Each tool beside that of libbpf-tools: start, memory, Ctrl-C and the cost of an event.

"attached" is from the start to the first output when the probes are attached, "prompt" from Ctrl-C to
the end. "ns" is what the tool's programs take for one round of the load, by the kernel's own statistics.
Runs take turns; medians are shown. scripts/compare-tools tells whether both show the same.
"""

import statistics

from commands import MARK, ROUNDS, chosen, compiled
from events import STATISTICS, program_times, set_statistics
from start import measure
from tool_cases import CASES
from tool_runs import Load, Tracer, ours, theirs


def start(program, words, mark):
    """Milliseconds until attached and from Ctrl-C to the end, and megabytes; None if it does not run."""
    result, failure = measure(program, mark, words)
    if failure or result.attached is None:
        return None
    return result.attached, result.after, result.peak


def cost(words, mark, case):
    """Nanoseconds of the tool's programs for one round of the load; None if it does not run."""
    load = Load(case.load, case.count)
    tracer = Tracer(words(load.pid), mark)
    taken = None
    if tracer.wait_attached():
        before = program_times(tracer.process.pid)
        load.run([tracer])
        after = program_times(tracer.process.pid)
        taken = sum(ns - before.get(program, (0, 0))[0] for program, (ns, _) in after.items())
    tracer.finish()
    load.end()
    return taken and taken / case.count


def sides(name, case):
    """Who is measured: a name, what to wait for, and a function of a process for the words."""
    found = []
    for title, mark, words, is_ours in (
        ("bt-tool", MARK, ours(name), True),
        ("libbpf-tools", case.begins, theirs(name), False),
    ):
        if words:
            found.append(
                (title, mark, lambda pid, w=words, o=is_ours: w + case.words(o, pid))
            )
    return found


def main(names):
    """Measures and prints the rows of these tools, or of all that both have."""
    program = compiled("measure")
    print(f"{'':18}{'':14}{'attached ms':>12}{'prompt ms':>11}{'peak MB':>9}{'ns':>9}")
    with open(STATISTICS) as file:
        before = file.read()
    try:
        for name, case in chosen(CASES, names).items():
            everyone = sides(name, case)
            if len(everyone) < 2:
                missing = "libbpf-tools" if everyone else "bt-tool"
                print(f"{name:18}not in {missing}", flush=True)
                continue
            runs = {title: [] for title, _, _ in everyone}
            costs = {title: [] for title, _, _ in everyone}
            for number in range(min(ROUNDS, 7) + 1):
                for title, mark, words in everyone if number % 2 else reversed(everyone):
                    result = start(program, words(1), mark)
                    if result and number:  # the first one warms up
                        runs[title].append(result)
            set_statistics("1")
            for number in range(min(ROUNDS, 3)):
                for title, mark, words in everyone if number % 2 else reversed(everyone):
                    if runs[title]:
                        result = cost(words, mark, case)
                        if result is not None:
                            costs[title].append(result)
            set_statistics(before)
            for title, _, _ in everyone:
                if not runs[title]:
                    print(f"{name:18}{title:14}{'does not run here':>23}", flush=True)
                    continue
                attached, prompt, peak = (statistics.median(c) for c in zip(*runs[title]))
                each = f"{statistics.median(costs[title]):9.0f}" if costs[title] else f"{'-':>9}"
                print(
                    f"{name:18}{title:14}{attached:12.1f}{prompt:11.1f}{peak:9.1f}{each}", flush=True
                )
    finally:
        set_statistics(before)
