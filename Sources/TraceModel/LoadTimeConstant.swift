/// A read-only value of a program that the runtime sets between opening and loading the object.
///
/// The verifier knows its value, so code that it rules out is not even verified.
package struct LoadTimeConstant: Hashable, Sendable {
  /// Where the value comes from.
  package enum Source: Hashable, Sendable {
    /// A named parameter of the script, given as an option.
    case option(String)
    /// The `n`-th positional parameter, counted from 1.
    case positional(Int)
    /// The number of positional parameters.
    case positionalCount
    /// The process of `-p`, as the command's own pid namespace numbers it, or 0.
    case targetPID
    /// The child of `-c`, or 0.
    case childPID
    /// Device number of the command's own pid namespace, as `stat` gives it.
    case pidNamespaceDevice
    /// Inode number of the command's own pid namespace; 0 when it is the initial one.
    case pidNamespaceInode
    /// The address of a kernel symbol, or 0.
    case kernelSymbol(String)
    /// The id of the cgroup at a path, or 0.
    case cgroupID(String)
    /// The number of CPUs the machine could have.
    case possibleCPUs
    /// Boot clock at the start of the session, in nanoseconds.
    case startTime
    /// TAI minus boot clock, in nanoseconds.
    case taiOffset
    /// One if the kernel has the feature, else zero.
    case feature(String)
    /// One if the attach point (written as in a script) exists on this machine, else zero.
    case attachPointExists(String)
    /// One if the run uses the filter, else zero.
    case usesTaskFilter(TaskFilter)
    /// Where a field of a kernel structure is, in bytes, if the run uses the filter that asks for it;
    /// else zero, and nobody looks for it. The field is written as in `FieldPath.text`.
    case fieldOffset(String, for: TaskFilter)
  }

  /// The shape of the value.
  package enum Shape: Hashable, Sendable {
    /// 8 bytes.
    case integer
    /// NUL-terminated text in `capacity` bytes.
    case string(capacity: Int)

    package var size: Int {
      switch self {
      case .integer: 8
      case .string(let capacity): capacity
      }
    }
  }

  package var source: Source
  package var shape: Shape
  /// From the start of the constants section, in bytes; a multiple of 8.
  package var offset: Int
  /// The value for `.integer` when nothing sets another.
  package var defaultInteger: Int64
  /// The value for `.string` when nothing sets another.
  package var defaultString: String

  package init(
    source: Source, shape: Shape, offset: Int, defaultInteger: Int64 = 0, defaultString: String = ""
  ) {
    self.source = source
    self.shape = shape
    self.offset = offset
    self.defaultInteger = defaultInteger
    self.defaultString = defaultString
  }
}

/// A named parameter of a script: `getopt(name, default, description)`.
///
/// The description may begin with what the option looks like on a tool's command line, then a colon:
/// `"-p PID: trace this process only"`, `"-x: failed calls only"`, or for a positional argument
/// `"[INTERVAL]: seconds between summaries"`. Upstream shows the whole text as the description.
package struct ScriptOption: Hashable, Sendable {
  package enum Value: Hashable, Sendable {
    case boolean(Bool)
    case unsigned(UInt64)
    case signed(Int64)
    case string(String)
  }

  package var name: String
  package var defaultValue: Value
  package var description: String

  package init(name: String, defaultValue: Value, description: String) {
    self.name = name
    self.defaultValue = defaultValue
    self.description = description
  }
}
