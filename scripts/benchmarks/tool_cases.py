"""The tools that libbpf-tools has as well: loads for them, and what both must show of a load."""

import re
from dataclasses import dataclass


@dataclass
class Case:
    """A tool, what to do while it traces, and where to look for the answer.

    `options` and `theirs` are words for our tool and for that of libbpf-tools; {pid} is the load. `rows`
    are columns that are compared: of the rows in which the column `where[0]` is `where[1]`. A column that
    is called differently has both names: ours/theirs. `histogram` compares how many values there are in
    all, `counts` the column COUNT of the row that begins with this word. A case with none of them is
    only measured. `begins` is in the first line that libbpf-tools' one writes when it traces. `rewritten`
    are expressions for what it shows in another way, with what ours has in its place.
    """

    load: str
    count: int
    options: str = "-p {pid}"
    theirs: str | None = None
    rows: tuple[str, ...] = ()
    where: tuple[str, str] = ("PID", "{pid}")
    histogram: bool = False
    counts: str = ""
    begins: str = "PID"
    rewritten: tuple[tuple[str, str], ...] = ()

    @property
    def compared(self):
        """How often the load does its thing when rows are compared: few times, since some of
        libbpf-tools have buffers for no more than 32 events and lose what comes in between."""
        return min(self.count, 24) if self.rows else self.count

    def as_ours(self, cell):
        """What our tool shows for a cell of libbpf-tools' one."""
        for pattern, text in self.rewritten:
            cell = re.sub(pattern, text, cell)
        return cell

    def words(self, ours, pid):
        text = self.options if ours or self.theirs is None else self.theirs
        return text.format(pid=pid).split()


ENDS = ("IP", "SADDR", "DADDR", "DPORT")

CASES = {
    # Which shells there are is not asked: each tool is told of the one that is typed into.
    "bashreadline": Case(
        "shell",
        20,
        "-s /bin/bash",
        "-s /proc/{pid}/root/bin/bash",
        rows=("COMMAND",),
        where=("COMMAND", "echo load$((40+2))"),
    ),
    "bindsnoop": Case("bind", 300, rows=("COMM", "RET", "PROTO", "OPTS", "IF", "PORT", "ADDR")),
    # Of libbpf-tools' ones some know no processes, so that each shows what others do at the same time.
    "biolatency": Case("direct", 100, "", begins="Tracing"),
    "biosnoop": Case("direct", 100, "", rows=("COMM", "DISK", "T", "SECTOR", "BYTES")),
    "biostacks": Case("direct", 100, "", begins="Tracing"),
    "biotop": Case("direct", 100, "-C -p {pid} 1"),
    "bitesize": Case(
        "direct", 100, "--comm load", "-c load", histogram=True, begins="Tracing"
    ),
    "cachestat": Case("write", 20000, "1", begins="HITS"),
    "capable": Case("lower", 100, rows=("COMM", "CAP", "NAME")),
    # Of one process, libbpf-tools' one counts a time on a CPU only if the thread could go on when it ended:
    # of a load that sleeps, none. Times off the CPU it counts as ours does.
    "cpudist": Case("sleep", 200, "-O -p {pid}", histogram=True, begins="Tracing"),
    "execsnoop": Case("exec", 50, "", rows=("PCOMM", "PID", "RET"), where=("PPID", "{pid}")),
    "exitsnoop": Case("exec", 50, "", rows=("PCOMM", "PID", "EXIT_CODE"), where=("PPID", "{pid}")),
    "filelife": Case("create", 100, rows=("COMM", "FILE")),
    "fsdist": Case("create", 100, "-t tmpfs -p {pid}", "-t ext4 -p {pid}", begins="Tracing"),
    "gethostlatency": Case("resolve", 100, rows=("COMM", "HOST")),
    "hardirqs": Case("sleep", 200, "", begins="Tracing"),
    "mdflush": Case("direct", 100, "", begins="Tracing"),
    # Columns behind these are other ones.
    "mountsnoop": Case("umount", 100, rows=("COMM", "TID", "MNT_NS")),
    "oomkill": Case("sleep", 200, "", begins="Tracing"),
    "offcputime": Case("sleep", 200, begins="Tracing"),
    "opensnoop": Case("open", 1000, rows=("COMM", "FD", "ERR", "PATH")),
    "profile": Case("write", 300000, begins="Sampling"),
    "runqlat": Case("switch", 2000, histogram=True, begins="Tracing"),
    "runqlen": Case("switch", 2000, "", begins="Sampling"),
    "runqslower": Case("switch", 2000, begins="Tracing"),
    "sigsnoop": Case("signal", 300, rows=("COMM", "SIG", "TPID")),
    "softirqs": Case("sleep", 200, "", begins="Tracing"),
    # Without a path, that is in an fstat(), libbpf-tools' one shows what the descriptor is open for.
    "statsnoop": Case(
        "stat", 1000, rows=("COMM", "RET", "PATH"), rewritten=((r"^\w+:\[\d+\]/$", ""),)
    ),
    "syncsnoop": Case(
        "sync", 300, "", rows=("COMM", "CALL"), where=("COMM", "load"), begins="COMM"
    ),
    "syscount": Case("getppid", 20000, counts="getppid", begins="Tracing"),
    "tcpconnect": Case("connect", 200, rows=ENDS),
    "tcpconnlat": Case("connect", 200, rows=ENDS),
    "tcplife": Case(
        "connect", 200, rows=("COMM", "LADDR", "LPORT", "RADDR", "RPORT", "TX_KB", "RX_KB")
    ),
    "tcpstates": Case(
        "connect",
        200,
        "",
        rows=("LADDR", "LPORT", "RADDR", "RPORT", "OLDSTATE", "NEWSTATE"),
        where=("COMM", "load"),
    ),
    "tcpsynbl": Case("connect", 200, "", begins="Tracing"),
    "tcptop": Case("connect", 200, "-C -S -p {pid} 1"),
    "vfsstat": Case("write", 20000, "100", begins="TIME"),
    "wakeuptime": Case("switch", 2000, begins="Tracing"),
}
