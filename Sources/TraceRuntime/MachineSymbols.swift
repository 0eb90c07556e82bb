package import BPF
internal import LinuxSystem
package import MachineView
internal import ObjectFiles
package import Output
internal import Symbolization
package import TraceModel

/// The names of addresses on the machine we run on.
package final class MachineSymbols: SymbolSource {
  private let kernel: KernelSymbolizer
  private let user: UserSymbolizer
  private var records: (any ProcessRecordSource)?
  /// When records were last taken, on the monotonic clock.
  private var caughtUp: UInt64 = 0
  private var lostRecords: UInt64 = 0
  /// Whether a process was asked for of which nothing is known.
  private var lacksProcess = false

  /// - Parameters:
  ///   - startsChild: Whether the run has a child of its own, most of whose symbols are asked for when
  ///     it has ended.
  ///   - debugFolders: Where to look for debug files first.
  package init(
    kernel: any KernelView, configuration: RuntimeConfiguration, startsChild: Bool,
    debugFolders: [String]
  ) {
    self.kernel = KernelSymbolizer(kernel)
    let caching: UserSymbolizer.Caching
    switch configuration.userSymbolCache {
    case .perProcess?: caching = .perProcess
    case .perProgram?: caching = .perProgram
    case RuntimeConfiguration.UserSymbolCache.none?: caching = .none
    case nil: caching = startsChild || !Self.isLayoutRandom ? .perProgram : .perProcess
    }
    user = UserSymbolizer(
      isDemangling: configuration.demangle, caching: caching, debugFolders: debugFolders,
      showsSources: configuration.showsSources)
  }

  package func kernelFrames(at addresses: [UInt64]) -> [Stack.Frame] {
    addresses.map {
      var frame = Stack.Frame(kernel.resolve($0))
      // Only user frames tell where they are from.
      frame.object = nil
      return frame
    }
  }

  package func userFrames(at addresses: [UInt64], in process: Int32) -> [Stack.Frame] {
    catchUpIfNeeded(addresses, in: process)
    let frames = user.resolve(addresses, in: process)
    if frames.first.map({ $0.name == nil && $0.object == nil }) == true { lacksProcess = true }
    return frames.map(Stack.Frame.init)
  }

  package func note(_ addresses: [UInt64], in process: Int32?) {
    guard let process else { return kernel.note(addresses) }
    catchUpIfNeeded(addresses, in: process)
    user.note(addresses, in: process)
  }

  package func nameNoted() {
    kernel.nameNoted()
    user.nameNoted()
  }

  package func functionNumbers(of addresses: [UInt64], in process: Int32?) -> [Int] {
    guard let process else { return addresses.map { kernel.resolve($0).name.hashValue } }
    catchUpIfNeeded(addresses, in: process)
    return user.functionNumbers(of: addresses, in: process)
  }

  package func unwind(
    _ registers: [String: UInt64], stack: [UInt8], in process: Int32, architecture: Architecture?,
    limit: Int
  ) -> [UInt64] {
    guard let architecture, let place = registers[architecture.instructionPointer],
      let pointer = registers[architecture.stackPointer]
    else { return [] }
    catchUp()
    var numbered: [Int: UInt64] = [:]
    for (number, name) in architecture.callFrameRegisters.enumerated() {
      numbered[number] = registers[name]
    }
    return user.unwind(
      CapturedStack(
        instructionPointer: place, stackPointer: pointer, registers: numbered, memory: stack),
      in: process, limit: limit)
  }

  /// Whatever led to addresses has been told before they came.
  private func catchUpIfNeeded(_ addresses: [UInt64], in process: Int32) {
    if records != nil,
      !user.knows(addresses, in: process)
        || Clock.monotonic.now - caughtUp > Self.greatestDelay
    {
      catchUp()
    }
  }

  /// A process that executes another program may have the same addresses mapped: it is asked for what
  /// happened not only when one is unknown. Nanoseconds.
  private static let greatestDelay: UInt64 = 1_000_000

  package var complaint: String? {
    if let failure = kernel.failure {
      return "addresses of the kernel stay without names: \(failure)"
    }
    guard lacksProcess else { return nil }
    if lostRecords > 0 {
      return "\(lostRecords) records of what processes had mapped were lost, so that addresses of "
        + "some that have ended stay without names"
    }
    guard user.forgottenProcesses > 0 else { return nil }
    return "what the first \(user.forgottenProcesses) of the processes that have ended had mapped "
      + "was forgotten, so that their addresses stay without names"
  }

  package func prime(_ process: Int32) { user.prime(process) }

  package func follow(_ records: any ProcessRecordSource) { self.records = records }

  package func stopFollowing() {
    catchUp()
    records = nil
    user.noteLastStack()
  }

  package func catchUp() {
    guard let records else { return }
    caughtUp = Clock.monotonic.now
    records.take { record in
      switch record {
      case .mapped(let process, let mapping):
        user.noteMapping(NotedMapping(mapping), in: process)
      case .executed(let process): user.noteExec(process)
      case .forked(let process, let parent): user.noteFork(process, of: parent)
      case .ended(let process): user.noteEnd(process)
      case .lost(let count): lostRecords += count
      }
    }
  }

  package func primeSome() -> Bool { user.learnRunning(for: .milliseconds(1)) }

  /// Whether processes get their memory laid out at random.
  private static let isLayoutRandom: Bool = {
    let text: String
    do { text = try FileSystem.readText("/proc/sys/kernel/randomize_va_space") } catch {
      return true
    }
    return !text.hasPrefix("0")
  }()
}

extension NotedMapping {
  fileprivate init(_ mapping: ProcessRecord.Mapping) {
    self.init(
      start: mapping.start, size: mapping.size, fileOffset: mapping.fileOffset,
      device: (mapping.deviceMajor, mapping.deviceMinor), inode: mapping.inode, path: mapping.path)
  }
}

extension Stack.Frame {
  /// What a symbolizer knows, in the terms of the output.
  fileprivate init(_ frame: Symbolization.Frame) {
    self.init(
      address: frame.address, symbol: frame.name, offset: frame.offset, object: frame.object)
    if let buildID = frame.buildID, let offset = frame.fileOffset {
      location = Stack.FileLocation(buildID: buildID.bytes, offset: offset)
    }
    for function in frame.sources {
      let place = function.position.map { "\($0.path):\($0.line)" }
      if function.isInlined {
        inlined.append(Stack.Inlined(symbol: function.name ?? "??", source: place))
      } else {
        source = place
      }
    }
  }
}
