extension DiagnosticExplanation {
  /// What is said of settings and of the machine.
  static let configuration: [DiagnosticExplanation] = [
    DiagnosticExplanation(
      "code-generation",
      "The script is right, and yet no program could be made of it. This is a fault "
        + "of the compiler.",
      example: nil,
      remedy:
        "Please report it, with the script. A smaller probe often gets around it."),
    DiagnosticExplanation(
      "config-environment",
      "A variable of the environment sets a key of the configuration to something it cannot be.",
      example: nil,
      remedy:
        "Correct or unset the variable, such as `BPFTRACE_MAX_STRLEN`."),
    DiagnosticExplanation(
      "config-key",
      "There is no setting of this name.",
      example:
        """
        config = { nonesuch = 1 }
        begin { }
        """,
      remedy:
        "The language manual lists the keys of the configuration; they may be "
        + "written in upper case and with `BPFTRACE_` before them."),
    DiagnosticExplanation(
      "config-renamed",
      "The setting has another name by now; the old one still works.",
      example:
        """
        config = { strlen = 64 }
        begin { }
        """,
      remedy:
        "Use the new name."),
    DiagnosticExplanation(
      "config-value",
      "The setting cannot have this value.",
      example:
        """
        config = { license = "BSD" }
        begin { }
        """,
      remedy:
        "Use a value of the kind that the message names."),
    DiagnosticExplanation(
      "machine",
      "Something of the machine that the script needs to know could not be read.",
      example: nil,
      remedy:
        "The message names the file. Rights are the usual reason: run as root, and "
        + "with /sys and /proc mounted."),
    DiagnosticExplanation(
      "needs-btf",
      "The probe needs the type information of the kernel (BTF), and this kernel has none.",
      example: nil,
      remedy:
        "Use a kernel built with CONFIG_DEBUG_INFO_BTF, name a file of types in "
        + "`BPFTRACE_BTF`, or use another kind of probe."),
    DiagnosticExplanation(
      "not-supported",
      "The language has this, but this release cannot do it yet.",
      example: nil,
      remedy:
        "Do without it, or in another way."),
    DiagnosticExplanation(
      "tracefs",
      "The list of tracepoints or of traceable functions could not be read.",
      example: nil,
      remedy:
        "Mount tracefs: `mount -t tracefs nodev /sys/kernel/tracing`; and run as root."),
    DiagnosticExplanation(
      "unstable-feature",
      "The feature may change with the next release, and the script has not said "
        + "that this is all right.",
      example:
        """
        config = { unstable_tseries = "error" }
        begin { @t = tseries(1, 1s, 5); }
        """,
      remedy:
        "Set the key that the message names to `enable`."),
  ]
}
