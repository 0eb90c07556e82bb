"""The tools that show stacks, when these are as many as they keep: memory, and Ctrl-C to prompt.

What they look at is made for it: four programs, each with 3,000 functions that call each other and 60,000 more
with names as long as those of a C++ compiler, go 6,000 different ways of 16 to 112 calls, over and over,
in processes of 48 ways each. "stacks" is how many a tool has shown. libbpf-tools' are told to keep as many as ours do; in a
chroot they see the programs only if these are at the same place there (BENCH_STACKS says where).
"""

import os
import re
import statistics
import subprocess
import tempfile

from commands import MARK, ROOT, ROUNDS, chosen, compiled
from start import measure
from tool_runs import ours, theirs

WAYS, PROGRAMS, FUNCTIONS, FILLERS = 6000, 4, 3000, 60000
SECONDS = 10

# Our options, and theirs.
SAME = "--stack-storage-size 4096"
TOOLS = {
    "profile": ("-F 2000", f"-F 2000 {SAME}", "Sampling"),
    "offcputime": ("", SAME, "Tracing"),
    "wakeuptime": ("", SAME, "Tracing"),
}


def mangled(program, number):
    """The name of a function as a C++ compiler writes it: a member of a template."""

    def named(text):
        return f"{len(text)}{text}"

    return (
        f"_ZN8compiler8analysis{named(f'Traversal{program}')}INS_4tree{named(f'Statement{number}')}EJ"
        f"iNS_5types6MatrixIdLj{number}EEEEE{named(f'visitWithContext{number % 97}')}"
        f"ERKNS_7ContextEPNS2_6WalkerILi{number}EEE"
    )


def source(program):
    """The functions of a program, in C."""
    yield "typedef void step(unsigned long way, int depth);\nstep take_step;\n"
    for number in range(FUNCTIONS):
        yield f'static step step{number} asm("{mangled(program, number)}");\n'
        yield f"__attribute__((noinline)) static void step{number}(unsigned long way, int depth)\n"
        yield '{ take_step(way, depth); asm volatile("" ::: "memory"); }\n'
    steps = ", ".join(f"step{number}" for number in range(FUNCTIONS))
    yield f"step *const steps[] = {{{steps}}};\nconst unsigned long step_count = {FUNCTIONS};\n"
    yield 'asm(".text\\n"\n'
    for number in range(FUNCTIONS, FUNCTIONS + FILLERS):
        name = mangled(program, number)
        yield f'".type {name}, %function\\n{name}: .zero 64\\n.size {name}, 64\\n"\n'
    yield ");\n"


def programs():
    """The paths of the programs; made the first time, which takes half a minute."""
    folder = os.environ.get("BENCH_STACKS", f"{ROOT}/build/stacks")
    os.makedirs(folder, exist_ok=True)
    walk = f"{ROOT}/scripts/benchmarks/walk.c"
    newest = max(os.path.getmtime(path) for path in (walk, __file__))
    paths = [f"{folder}/walk{number}" for number in range(PROGRAMS)]
    for number, path in enumerate(paths):
        if os.path.exists(path) and os.path.getmtime(path) > newest:
            continue
        with tempfile.NamedTemporaryFile("w", suffix=".c") as file:
            file.writelines(source(number))
            file.flush()
            # Stacks are walked by frame pointers.
            flags = ["-O1", "-fno-omit-frame-pointer", "-fno-optimize-sibling-calls"]
            subprocess.run(["cc", *flags, "-o", path, walk, file.name], check=True)
    return paths


def run(program, words, mark, output):
    """Megabytes, milliseconds from Ctrl-C to the end, and stacks shown; None if it does not run."""
    result, failure = measure(program, mark, words, SECONDS, output)
    if failure or result.attached is None:
        return None
    with open(output, errors="replace") as file:
        shown = len(re.findall(r"^ +\d+\n\n", file.read(), re.M))
    return result.peak, result.after, shown


def main(names):
    """Measures and prints the rows of these tools, or of all."""
    program = compiled("measure")
    paths = programs()
    # Who reports does not wait for those that it reports.
    load = subprocess.Popen(
        ["nice", "-n", "19", paths[0], str(WAYS), *paths], stdin=subprocess.PIPE
    )
    print(f"{'':14}{'':14}{'peak MB':>10}{'prompt ms':>12}{'stacks':>9}")
    try:
        for name, (options, other_options, begins) in chosen(TOOLS, names).items():
            sides = [("bt-tool", MARK, ours(name), options)]
            sides.append(("libbpf-tools", begins, theirs(name), other_options))
            runs = {title: [] for title, _, words, _ in sides if words}
            with tempfile.TemporaryDirectory() as folder:
                for _ in range(min(ROUNDS, 3)):
                    for title, mark, words, more in sides:
                        if not words:
                            continue
                        result = run(program, words + more.split(), mark, f"{folder}/output")
                        if result:
                            runs[title].append(result)
            for title, results in runs.items():
                if not results:
                    print(f"{name:14}{title:14}{'does not run here':>31}", flush=True)
                    continue
                peak, prompt, shown = (statistics.median(column) for column in zip(*results))
                print(f"{name:14}{title:14}{peak:10.1f}{prompt:12.0f}{shown:9.0f}", flush=True)
    finally:
        load.stdin.close()
        load.wait()
