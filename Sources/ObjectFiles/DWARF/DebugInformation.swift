package import BTF
internal import Synchronization

/// The debug information (DWARF) of a binary: source lines, inlined functions, parameters, types.
///
/// It is read by ourselves, from the binary or its debug file, from what was split off (`.dwo`, `.dwp`)
/// and from what several debug files share. Nothing is read before it is asked for; a question about an
/// address reads the unit that the address is in. Addresses are those of the file, before relocation
/// (`ELFFile.address(ofFileOffset:)`).
///
/// Nothing in it is believed, and no question fails: what is damaged is missing from the answer, and
/// `complaints` say so. How long a question takes is bounded by the size of the files.
package final class DebugInformation: Sendable {
  private let reader: Mutex<DWARFReader>

  /// Looks for the debug information of `binary`, where `DebugFiles` finds it too.
  ///
  /// - Parameters:
  ///   - root: The folder that shows the file system the binary lives in; empty for ours.
  ///   - folders: Where to look for a debug file first, as in `DebugFiles.find`.
  /// - Returns: nil if there is none.
  package init?(of binary: ELFFile, root: String = "", folders: [String] = []) {
    var file = binary
    if !binary.hasDebugInformation {
      guard let found = DebugFiles.find(for: binary, root: root, folders: folders),
        found.hasDebugInformation
      else { return nil }
      file = found
    }
    guard file.kind != .relocatable else { return nil }
    reader = Mutex(DWARFReader(binary, file, root: root))
  }

  /// What was found damaged or missing so far, as sentences without an end.
  package var complaints: [String] { reader.withLock { $0.image.complaints } }

  // MARK: Addresses

  /// The functions at an address, innermost first: those that were inlined there, then the one that the
  /// code belongs to.
  ///
  /// Each has the place in its source where it is at; empty if nothing is known. For an address that a
  /// call returns to, ask for the one before it.
  package func frames(at address: UInt64) -> [SourceFrame] { ask { $0.frames(at: address) } }

  /// The line of source that the instruction at an address was made of; nil if that is not known.
  package func position(at address: UInt64) -> LinePosition? {
    ask { $0.position(at: address) }
  }

  // MARK: Lines

  /// Where the statements of a line start.
  package func statements(at line: SourceLine) -> SourceStatements {
    ask { $0.statements(line) }
  }

  /// The paths of all source files, of headers too; sorted.
  package var sourceFiles: [String] { ask { $0.sourceFiles.sorted() } }

  // MARK: Functions

  /// The functions that are entered at `addresses`, with what they take and return.
  ///
  /// - Throws: `BTFError` if the types make no sense together.
  package func functions(at addresses: [UInt64]) throws(BTFError) -> DebugFunctions {
    try reader.withLock { reader throws(BTFError) in
      reader.budget = DWARFBudget()
      var functions: [UInt64: DebugFunction] = [:]
      for address in addresses {
        functions[address] = reader.description(ofFunctionAt: address)
      }
      return DebugFunctions(types: try reader.types.table(), functions: functions)
    }
  }

  /// All types that were asked for so far, now also the structures, unions, enumerations and typedefs of
  /// that name; nil if there are none.
  ///
  /// It reads all units, up to the first that defines one.
  package func types(named name: String) throws(BTFError) -> BTFTypes? {
    try reader.withLock { reader throws(BTFError) in
      reader.budget = DWARFBudget()
      return reader.findType(named: name) ? try reader.types.table() : nil
    }
  }

  /// Where a function, named as in the source or by the linker, has code of its own and was inlined.
  ///
  /// It reads all units that can be about it, up to where `limit` places have been found.
  package func instances(of function: String, limit: Int = .max) -> FunctionInstances {
    ask { $0.instances(named: function, limit: limit) }
  }

  /// The same of the function whose code is at `address`, before relocation, in its source file and what that
  /// includes: most functions are inlined where they are written, and nothing else has to be read.
  package func instances(ofFunctionAt address: UInt64) -> FunctionInstances {
    ask { $0.instances(ofFunctionAt: address) }
  }

  private func ask<Answer: Sendable>(_ question: (DWARFReader) -> Answer) -> Answer {
    reader.withLock {
      $0.budget = DWARFBudget()
      return question($0)
    }
  }
}

extension ELFFile {
  /// Whether the file itself has debug information.
  package var hasDebugInformation: Bool {
    sections.contains {
      ($0.name == ".debug_info" || $0.name == ".zdebug_info") && !$0.isEmptyInFile && $0.size > 0
    }
  }
}
