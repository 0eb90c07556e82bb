extension BTFTypes {
  private static let rawTracepointPrefix = "btf_trace_"
  private static let iteratorPrefix = "bpf_iter_"

  /// Returns the names of the raw tracepoints that these bytes declare, the base's left out.
  ///
  /// A tracepoint leaves a typedef `btf_trace_NAME`, of a pointer to its prototype.
  package func rawTracepointNames() throws(BTFError) -> [String] {
    var names: [String] = []
    try forEachName([.typedef], prefix: Self.rawTracepointPrefix) { _, name in
      names.append(String(name.dropFirst(Self.rawTracepointPrefix.count)))
    }
    return names
  }

  /// Returns the typedef `btf_trace_NAME`, which is also the attach id of a typed raw tracepoint.
  package func rawTracepointID(_ name: String) throws(BTFError) -> BTFTypeID? {
    try find(Self.rawTracepointPrefix + name, .typedef)
  }

  /// Returns the arguments of raw tracepoint `name`; nil if there is none of that name.
  ///
  /// The first argument of every prototype is the tracer's own pointer and left out. Names are those
  /// of the prototype where the kernel's `__bpf_trace_NAME` function or the prototype has them;
  /// else `arg0`, `arg1`, and so on.
  package func rawTracepointArguments(_ name: String) throws(BTFError) -> [BTFParameter]? {
    guard let id = try rawTracepointID(name) else { return nil }
    let pointer = try resolve(id)
    guard case .pointer(let target) = try type(pointer) else {
      throw .wrongKind(pointer, found: try kind(of: pointer))
    }
    let declared = try prototype(target).parameters.dropFirst()
    let named = try function(named: "__traceiter_\(name)")?.parameters.dropFirst()
    var arguments: [BTFParameter] = []
    for (number, parameter) in declared.enumerated() {
      var argument = parameter.name
      if argument.isEmpty, let named, named.count == declared.count {
        argument = named[named.startIndex + number].name
      }
      if argument.isEmpty { argument = "arg\(number)" }
      arguments.append(BTFParameter(name: argument, type: parameter.type))
    }
    return arguments
  }

  /// Returns the names of the BPF iterators that these bytes declare, sorted.
  ///
  /// An iterator `NAME` has a function `bpf_iter_NAME` for its attach id and a context struct
  /// `bpf_iter__NAME`.
  package func iteratorNames() throws(BTFError) -> [String] {
    var names: [String] = []
    try forEachName([.function], prefix: Self.iteratorPrefix) { _, function throws(BTFError) in
      let name = String(function.dropFirst(Self.iteratorPrefix.count))
      if try iteratorContext(name) != nil { names.append(name) }
    }
    return names.sorted()
  }

  /// Returns the attach id and the context struct of iterator `name`.
  package func iterator(
    _ name: String
  ) throws(BTFError) -> (function: BTFTypeID, context: BTFTypeID)? {
    guard let function = try find(Self.iteratorPrefix + name, .function),
      let context = try iteratorContext(name)
    else { return nil }
    return (function, context)
  }

  private func iteratorContext(_ name: String) throws(BTFError) -> BTFTypeID? {
    try find("bpf_iter__" + name, .structure)
  }

  /// Returns the struct that describes the record of tracepoint `category:event`.
  ///
  /// Its members are those of the format file. Events that share a class share its struct, so that
  /// the name need not be the event's: pass the class if the event itself has none. System calls all
  /// share `syscall_trace_enter` and `syscall_trace_exit`.
  package func tracepointRecord(_ event: String) throws(BTFError) -> BTFTypeID? {
    try find("trace_event_raw_" + event, .structure)
  }
}
