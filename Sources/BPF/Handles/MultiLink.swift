internal import CLibBPF
internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import TraceModel

/// Links of many functions at once, which libbpf 1.1 does not know for uprobes.
enum MultiLink {
  /// Attaches to all places that the kernel takes.
  ///
  /// It takes all of a link or none and does not say which it minds. So what it refuses is divided until
  /// that is found, and what it takes on the way is kept.
  ///
  /// - Parameters:
  ///   - counter: What of the link counts the calls that it misses.
  ///   - objection: Why the kernel must not be asked for a place.
  ///   - make: Makes the link for some of the places.
  /// - Throws: The reason for the first place if it takes none.
  static func attach(
    to places: [AttachTarget.Place], counter: LinkInformation.Counter? = nil,
    objection: (AttachTarget.Place) -> AttachError? = { _ in nil },
    _ make: ([AttachTarget.Place]) throws(SystemError) -> FileDescriptor
  ) throws(AttachError) -> [any Attachment] {
    var attachments: [LinkAttachment] = []
    var refusals: [AttachRefusal] = []
    var allowed: [AttachTarget.Place] = []
    for place in places {
      if let reason = objection(place) {
        refusals.append(AttachRefusal(place, reason: reason))
      } else {
        allowed.append(place)
      }
    }
    var waiting = allowed.isEmpty ? [] : [allowed[...]]
    while let some = waiting.popLast() {
      do throws(SystemError) {
        attachments.append(LinkAttachment(try make(Array(some)), counter: counter))
      } catch {
        let name = some.first?.name ?? ""
        guard let reason = reason(error, at: name) else { throw .because(error) }
        if some.count > 1 {
          let middle = some.startIndex + some.count / 2
          waiting += [some[middle...], some[..<middle]]
        } else if let place = some.first {
          refusals.append(AttachRefusal(place, reason: reason))
        }
      }
    }
    guard let last = attachments.last else { throw refusals.first?.reason ?? .nothingMatches("") }
    last.refusals = refusals
    return attachments
  }

  /// What the kernel minds of one place; nil for what has to do with none.
  private static func reason(_ error: SystemError, at name: String) -> AttachError? {
    switch error.errno {
    case ENOENT: .noSuchFile(name)
    case EILSEQ: .insideInstruction(name)
    case EINVAL, EOPNOTSUPP, ESRCH: .notTraceable(name)
    case AttachError.unsupportedInstructionNumber: .unsupportedInstruction(name)
    default: nil
    }
  }

  /// Makes one link to functions of the kernel.
  static func ofKprobes(
    _ program: Program, _ places: [AttachTarget.Place], _ attachType: ProgramKind.AttachType,
    isReturn: Bool
  ) throws(SystemError) -> FileDescriptor {
    let answer = ofKprobes(
      program.descriptor, functions: places.map(\.function), cookies: places.map(\.cookie),
      isReturn: isReturn, attachType: attachType.rawValue)
    return try link(answer, program)
  }

  /// Makes one link to code of a file.
  ///
  /// - Parameter process: The process to watch; nil for every process.
  static func ofUprobes(
    _ program: Program, path: String, _ places: [AttachTarget.Place], isReturn: Bool,
    process: Int32?
  ) throws(SystemError) -> FileDescriptor {
    let answer = ofUprobes(
      program.descriptor, path: path, offsets: places.map(\.number),
      counters: places.map { $0.counter ?? 0 }, cookies: places.map(\.cookie), isReturn: isReturn,
      process: process)
    return try link(answer, program)
  }

  private static func link(
    _ answer: CInt, _ program: Program
  ) throws(SystemError) -> FileDescriptor {
    guard answer >= 0 else {
      throw SystemError(operation: "BPF_LINK_CREATE", subject: program.name, errno: -answer)
    }
    return FileDescriptor(owning: answer)
  }

  /// A descriptor, or a negative errno.
  ///
  /// - Parameter attachType: For feature probes, another kind of link to functions.
  static func ofKprobes(
    _ program: CInt, functions: [String], cookies: [UInt64], isReturn: Bool,
    attachType: UInt32 = ProgramKind.AttachType.kprobeMulti.rawValue
  ) -> CInt {
    // All names in one piece of memory, each with its NUL.
    var text: [CChar] = []
    var starts: [Int] = []
    for function in functions {
      starts.append(text.count)
      text.append(contentsOf: function.utf8CString)
    }
    return unsafe text.withUnsafeBufferPointer { text in
      let base = UInt64(UInt(bitPattern: text.baseAddress))
      let names = starts.map { base + UInt64($0) }
      return unsafe names.withUnsafeBufferPointer { names in
        unsafe cookies.withUnsafeBufferPointer { cookies in
          create(
            program, attachType,
            [
              (isReturn ? 1 : 0) | UInt64(functions.count) << 32,
              UInt64(UInt(bitPattern: names.baseAddress)), 0,
              UInt64(UInt(bitPattern: cookies.baseAddress)),
            ])
        }
      }
    }
  }

  /// A descriptor, or a negative errno.
  ///
  /// - Parameter counters: Offsets of the numbers that the kernel counts up; 0 for none.
  static func ofUprobes(
    _ program: CInt, path: String, offsets: [UInt64], counters: [UInt64] = [], cookies: [UInt64],
    isReturn: Bool, process: Int32?
  ) -> CInt {
    let hasCounters = counters.contains { $0 != 0 }
    return unsafe path.withSystemCString { path in
      unsafe offsets.withUnsafeBufferPointer { offsets in
        unsafe counters.withUnsafeBufferPointer { counters in
          unsafe cookies.withUnsafeBufferPointer { cookies in
            create(
              program, ProgramKind.AttachType.uprobeMulti.rawValue,
              [
                UInt64(UInt(bitPattern: path)), UInt64(UInt(bitPattern: offsets.baseAddress)),
                hasCounters ? UInt64(UInt(bitPattern: counters.baseAddress)) : 0,
                UInt64(UInt(bitPattern: cookies.baseAddress)),
                UInt64(offsets.count) | (isReturn ? 1 << 32 : 0),
                UInt64(UInt32(bitPattern: process ?? 0)),
              ])
          }
        }
      }
    }
  }

  /// `struct link_create` of `union bpf_attr`, as 64-bit words: what is the same for all links, and what
  /// the attach type adds.
  private static func create(
    _ program: CInt, _ attachType: UInt32, _ words: [UInt64]
  ) -> CInt {
    var attributes = [UInt64(UInt32(bitPattern: program)), UInt64(attachType)] + words
    let link = unsafe clinux_bpf(
      CInt(BPF_LINK_CREATE.rawValue), &attributes, UInt32(attributes.count * 8))
    return link >= 0 ? CInt(link) : -errno
  }
}
