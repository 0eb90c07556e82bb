internal import CLibBPF
internal import Glibc
internal import LinuxSystem
internal import TraceModel

/// A walk over the kernel's objects of one kind. The program was loaded for it and attaches to no other;
/// it runs when somebody reads: we ourselves, or whoever opens the file that it is pinned to.
struct IteratorMechanism: AttachMechanism {
  let name: String
  /// The path of that file.
  var pin: String?

  func exists(_ resolver: some AttachResolver) throws(AttachError) -> Bool {
    do {
      _ = try resolver.typeID(of: ProgramTarget(.function, "bpf_iter_\(name)"))
      return true
    } catch {
      if case .noSuchTarget = error { return false }
      throw error
    }
  }

  func targets(process: Int32?, _ resolver: some AttachResolver) -> [AttachTarget] {
    [AttachTarget(pin.map { .pinnedIterator(name, path: $0) } ?? .iterator(name))]
  }

  func attach(
    _ program: Program, to target: AttachTarget, probe: String
  ) throws(AttachError) -> [any Attachment] {
    let answer = create(program.descriptor)
    guard answer >= 0 else {
      throw .because(SystemError(operation: "BPF_LINK_CREATE", subject: probe, errno: -answer))
    }
    let link = FileDescriptor(owning: answer)
    if let pin {
      let path = BPFFilesystem.path(pin)
      var answer = unsafe bpf_obj_pin(link.rawValue, path)
      if answer == -ENOENT, BPFFilesystem.mount(for: path) {
        answer = unsafe bpf_obj_pin(link.rawValue, path)
      }
      if answer < 0 {
        let problem: AttachError.PinProblem =
          switch -answer {
          case EEXIST: .exists
          case ENOENT: .noFolder
          case EPERM: .noSuchPlace
          default: .system(SystemError(operation: "BPF_OBJ_PIN", subject: path, errno: -answer))
          }
        throw .unpinnable(path, problem)
      }
    }
    return [IteratorAttachment(link, name: name)]
  }
}

extension IteratorMechanism {
  /// Iterators that have to be told where to begin: `union bpf_iter_link_info`.
  private static let beginnings: [String: bpf_iter_link_info] = [
    "cgroup": {
      var info = bpf_iter_link_info()
      unsafe info.cgroup.order = BPF_CGROUP_ITER_DESCENDANTS_PRE
      return info
    }()
  ]

  private func create(_ program: CInt) -> CInt {
    guard var info = Self.beginnings[name] else {
      return bpf_link_create(program, 0, BPF_TRACE_ITER, nil)
    }
    return unsafe withUnsafeMutablePointer(to: &info) { info in
      var options = unsafe bpf_link_create_opts()
      unsafe options.sz = MemoryLayout<bpf_link_create_opts>.size
      unsafe options.iter_info = unsafe info
      unsafe options.iter_info_len = UInt32(MemoryLayout<bpf_iter_link_info>.size)
      return unsafe bpf_link_create(program, 0, BPF_TRACE_ITER, &options)
    }
  }
}

/// A link whose program runs once for each object when `walk` is called.
final class IteratorAttachment: Attachment {
  var refusals: [AttachRefusal] = []
  private let link: FileDescriptor
  private let name: String

  init(_ link: consuming FileDescriptor, name: String) {
    self.link = consume link
    self.name = name
  }

  var descriptors: AttachmentDescriptors { AttachmentDescriptors(attaching: [link.rawValue]) }

  /// The walk that has begun and not ended.
  private var walking: FileDescriptor?

  /// How many objects are looked at in one go. Programs write a byte for each.
  private static let step = 256

  /// Goes on, or begins.
  ///
  /// - Returns: False if there were no more objects.
  func walk() throws(SystemError) -> Bool {
    if walking == nil {
      let answer = bpf_iter_create(link.rawValue)
      guard answer >= 0 else {
        throw SystemError(operation: "BPF_ITER_CREATE", subject: name, errno: -answer)
      }
      walking = FileDescriptor(owning: answer)
    }
    do {
      if try walking?.read(upTo: Self.step).isEmpty == false { return true }
    } catch {
      // The kernel rests after a million objects and wants to be asked again.
      guard error.errno == EAGAIN else { throw error }
      return true
    }
    walking = nil
    return false
  }
}
