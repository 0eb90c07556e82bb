"""What the tracer's own process costs: events, large maps, many probes, listing.

Processor time is user and kernel time of the command and its children, from start to end.
"""

import os
import re
import signal
import subprocess
import tempfile
import time

from commands import MARK, chosen, compiled, everyone

EVENTS = 1_000_000
LIBC = "uprobe:libc"
MANY = " ".join(
    f'interval:s:{number} {{ @a{number}[comm, pid] = count(); printf("%d %s\\n", pid, comm); }}'
    for number in range(1, 41)
)


def fill(count, limit, more=""):
    """Arguments for a script that fills a map and ends."""
    return [
        "-e",
        f"config = {{ max_map_keys = {limit}{more} }} "
        f"begin {{ for $i : 0..{count} {{ @[$i] = $i; }} exit(); }}",
    ]


def attach(probes):
    """Arguments for a script that attaches to all of these and ends."""
    return ["-e", f"{probes} {{ @[probe] = count(); }} interval:ms:100 {{ exit(); }}"]


RUNS = {
    "map100k": fill(100_000, 200_000),
    "map1m": fill(1_000_000, 2_000_000),
    "noprint1m": fill(1_000_000, 2_000_000, "; print_maps_on_exit = false"),
    "sysenter": attach("tracepoint:syscalls:sys_enter_*"),
    "sched": attach("tracepoint:sched:*"),
    "uprobe_many": attach(LIBC + ":mem*"),
    "list_tp": ["-l", "tracepoint:*"],
    "list_all": ["-l", "*"],
    "list_v": ["-lv", "tracepoint:*"],
    "list_uprobe": ["-l", LIBC + ":*"],
    "begin": ["-e", "BEGIN { exit(); }"],
    "probes40": ["--dry-run", "-e", MANY],
}
FLOODS = {"flood": [], "flood_full": ["-B", "full"]}


class Usage:
    """Processor and wall time, and the peak memory of the largest process, from here on."""

    def __init__(self):
        self.before, self.start = os.times(), time.monotonic()

    @property
    def processor(self):
        now = os.times()
        return (
            now.children_user
            - self.before.children_user
            + now.children_system
            - self.before.children_system
        )

    @property
    def wall(self):
        return time.monotonic() - self.start


def run(words, folder):
    """Runs a command to its end and says what it took."""
    peak = f"{folder}/peak"
    usage = Usage()
    with open(f"{folder}/output", "w") as output:
        try:
            subprocess.run(
                ["/usr/bin/time", "-o", peak, "-f", "%M", *words],
                stdout=output,
                stderr=subprocess.DEVNULL,
                timeout=180,
            )
        except subprocess.TimeoutExpired:
            return "takes more than three minutes"
    with open(peak) as file:
        kilobytes = int(file.read().split()[-1])
    return f"{usage.processor:8.2f} s CPU {usage.wall:8.2f} s {kilobytes / 1000:8.1f} MB"


def flood(words, folder, load):
    """Has a load write, prints a line for each time, and accounts for all of them."""
    script = (
        'tracepoint:syscalls:sys_enter_write /comm == "load"/'
        ' { @n = count(); printf("%d %s\\n", pid, comm); }'
    )
    output, errors = f"{folder}/output", f"{folder}/errors"
    with open(output, "w") as out, open(errors, "w") as err:
        tracer = subprocess.Popen(
            words + ["-e", script], stdout=out, stderr=err, env=dict(os.environ, **{MARK: "1"})
        )
    deadline = time.monotonic() + 30
    while MARK not in open(output, errors="replace").read(4000):
        if tracer.poll() is not None or time.monotonic() > deadline:
            tracer.kill()
            tracer.wait()
            return "does not run"
        time.sleep(0.02)
    subprocess.run([load, "write", str(EVENTS)], stdout=subprocess.DEVNULL)
    usage = Usage()
    time.sleep(2)
    stop(tracer)
    with open(output, errors="replace") as file:
        text = file.read()
    with open(errors, errors="replace") as file:
        lost = re.findall(r"Total lost event count: (\d+)", file.read())
    printed = len(re.findall(r"^\d+ load$", text, re.M))
    counted = int((re.findall(r"^@n: (\d+)", text, re.M) or [0])[0])
    missing = counted - printed - int(lost[0] if lost else 0)
    rate = printed / usage.processor if usage.processor else 0
    return (
        f"{rate / 1000:8.0f} thousand lines for each s of CPU; of {counted} events {printed} printed, "
        f"{lost[0] if lost else 0} lost, {missing} missing"
    )


def stop(tracer):
    """Ends a tracer as Ctrl-C does."""
    tracer.send_signal(signal.SIGINT)
    try:
        tracer.wait(60)
    except subprocess.TimeoutExpired:
        tracer.kill()
        tracer.wait()


def main(names):
    """Measures and prints the rows of these names, or all."""
    load = compiled("load")
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in chosen({**FLOODS, **RUNS}, names).items():
            for command, words in everyone().items():
                if name in FLOODS:
                    result = flood(words + arguments, folder, load)
                else:
                    result = run(words + arguments, folder)
                print(f"{name:12}{command:32}{result}", flush=True)
