import TraceIR
import TraceModel

extension Function {
  static let absolutePaths: [Function] = [absolutePath]

  static let absolutePath = Function(
    name: "absolute_path", family: "Strings and memory",
    signature: Signature([Parameter("directory", .integer), Parameter("name", .address)]),
    summary: "The whole path of a name that the process gave to a system call.",
    details:
      "As in `absolute_path(args.dfd, args.filename)` at `sys_enter_openat`: the name is in the directory "
      + "whose descriptor comes first, the working directory if that is -100 (`AT_FDCWD`). "
      + "Leads through mounts, up to the root of them all; `..` and links in the name stay as they are. "
      + "A name whose directory is none, as with a closed descriptor, is shown as it is.",
    check: { _ in .presented(.absolutePath(capacity: PathSearch.capacity)) },
    lower: { call in .memory(PathSearch(call).path(of: call.integer(1), in: call.integer(0))) })
}

/// Code that collects a name and those of the directories above it, innermost first.
private struct PathSearch {
  private let call: any CallLowering
  private let builder: IRBuilder
  /// Where every word that is read goes.
  private let slot: IRValue
  private let target: IRValue

  /// The most bytes of the name, its NUL included.
  private static let nameSize = 1024
  /// The most bytes of a directory's name, its NUL included.
  private static let partSize = 256
  /// The most directories and mounts that are followed.
  private static let greatestDepth = 32
  /// `AT_FDCWD`.
  private static let workingDirectory: Int64 = -100

  static let capacity = 2048

  init(_ call: any CallLowering) {
    self.call = call
    builder = call.builder
    slot = call.temporary("path.word", bytes: 8)
    target = call.temporary("path", bytes: 8 + Self.capacity)
  }

  /// A pointer to the value: how many bytes there are, then the name and the directories.
  func path(of name: IRValue, in directory: IRValue) -> IRValue {
    let texts = builder.offset(target, by: 8)
    let length = call.temporary("path.length", bytes: 8)
    builder.zero(target, bytes: 8 + Self.capacity)
    let count = builder.emit(
      .probeReadString(.user, to: texts, size: .word(Self.nameSize), from: name))
    builder.store(builder.size(ofText: count, in: Self.nameSize), to: length)
    // A name that begins at the root needs no directory.
    let isWhole = builder.compare(
      .equal, builder.resize(builder.load(.i8, from: texts), to: .i64, signed: false),
      .word(Int(UInt8(ascii: "/"))))
    builder.if(builder.not(isWhole), "path.relative") {
      let start = call.temporary("path.start", bytes: 8)
      let current = builder.emit(.helper(.getCurrentTask, []))
      let isWorking = builder.compare(
        .equal,
        builder.resize(builder.resize(directory, to: .i32, signed: true), to: .i64, signed: true),
        .word(Int(Self.workingDirectory)))
      // Asked once: two comparisons may become ones of which the verifier does not see that they agree.
      builder.if(
        isWorking,
        then: {
          let own = pointer(at: builder.field(current, "task_struct", "fs", .pointer))
          builder.store(
            builder.field(own, "fs_struct", "pwd", .structure(name: "path")), to: start)
        },
        else: {
          let files = pointer(at: builder.field(current, "task_struct", "files", .pointer))
          let table = pointer(at: builder.field(files, "files_struct", "fdt", .pointer))
          let entries = pointer(at: builder.field(table, "fdtable", "fd", .pointer))
          let file = pointer(
            at: builder.add(entries, builder.binary(.shiftLeft, directory, .word(3))))
          builder.store(
            builder.field(file, "file", "f_path", .structure(name: "path")), to: start)
        })
      appendDirectories(from: builder.load(.i64, from: start), to: texts, length)
    }
    builder.store(builder.load(.i64, from: length), to: target)
    return target
  }

  /// Goes upwards from a `struct path` and appends each directory's name.
  private func appendDirectories(from path: IRValue, to texts: IRValue, _ length: IRValue) {
    let entry = call.temporary("path.entry", bytes: 8)
    let mount = call.temporary("path.mount", bytes: 8)
    let inside = FieldPath(
      root: "mount", steps: [.member("mnt", .structure(name: "vfsmount"))])
    builder.store(pointer(at: builder.field(path, "path", "dentry", .pointer)), to: entry)
    builder.store(pointer(at: builder.field(path, "path", "mnt", .pointer)), to: mount)
    let end = builder.newBlock("path.end")
    let missing = builder.newBlock("path.missing")
    let found = builder.newBlock("path.found")
    builder.branch(
      if: builder.compare(.equal, builder.load(.i64, from: entry), .word(0)),
      then: missing, else: found)
    // No directory has an empty name: one says that there was none.
    builder.position(at: missing)
    builder.store(
      builder.binary(.add, builder.load(.i64, from: length), .word(1)), to: length)
    builder.branch(to: end)
    builder.position(at: found)
    for _ in 0..<Self.greatestDepth {
      let atRoot = builder.newBlock("path.root")
      let crossing = builder.newBlock("path.crossing")
      let below = builder.newBlock("path.below")
      let fits = builder.newBlock("path.fits")
      let next = builder.newBlock("path.next")
      let directory = builder.load(.i64, from: entry)
      let top = pointer(
        at: builder.field(builder.load(.i64, from: mount), "vfsmount", "mnt_root", .pointer))
      builder.branch(
        if: builder.compare(.equal, directory, top), then: atRoot, else: below)
      // The root of what is mounted stands for the directory that it is mounted on.
      builder.position(at: atRoot)
      let whole = builder.binary(
        .sub, builder.load(.i64, from: mount), builder.emit(.fieldInfo(.offset, inside)))
      let parent = pointer(at: builder.field(whole, "mount", "mnt_parent", .pointer))
      builder.branch(if: builder.compare(.equal, parent, whole), then: end, else: crossing)
      builder.position(at: crossing)
      builder.store(
        pointer(at: builder.field(whole, "mount", "mnt_mountpoint", .pointer)), to: entry)
      builder.store(
        builder.add(parent, builder.emit(.fieldInfo(.offset, inside))), to: mount)
      builder.branch(to: next)
      builder.position(at: below)
      // The verifier has to see that a whole name fits behind what is there.
      let position = builder.load(.i64, from: length)
      builder.branch(
        if: builder.compare(.lessOrEqual, position, .word(Self.capacity - Self.partSize)),
        then: fits, else: end)
      builder.position(at: fits)
      let place = builder.bounded(position, to: Self.capacity - Self.partSize)
      let name = FieldPath(
        root: "dentry",
        steps: [.member("d_name", .structure(name: "qstr")), .member("name", .pointer)])
      let count = builder.emit(
        .probeReadString(
          .kernel, to: builder.emit(.offset(texts, by: place)), size: .word(Self.partSize),
          from: pointer(at: builder.emit(.fieldAddress(directory, name)))))
      builder.store(
        builder.add(place, builder.size(ofText: count, in: Self.partSize)), to: length)
      let above = pointer(at: builder.field(directory, "dentry", "d_parent", .pointer))
      builder.store(above, to: entry)
      // What is no longer part of any tree ends at itself.
      builder.branch(if: builder.compare(.equal, above, directory), then: end, else: next)
      builder.position(at: next)
    }
    builder.branch(to: end)
    builder.position(at: end)
  }

  /// The pointer at an address; zero if it cannot be read.
  private func pointer(at address: IRValue) -> IRValue {
    builder.store(.word(0), to: slot)
    builder.perform(.probeRead(.kernel, to: slot, size: .word(8), from: address))
    return builder.load(.i64, from: slot)
  }
}
