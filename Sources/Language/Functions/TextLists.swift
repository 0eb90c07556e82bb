import TraceIR
import TraceModel

extension Function {
  static let textLists: [Function] = [cmdline, argv]

  private static let family = "Strings and memory"
  private static let options = [
    Parameter("most", .integer, optional: true), Parameter("quoted", .integer, optional: true),
  ]
  private static let optionDetails =
    " At most `most` texts are shown, 0 being all, and each in quotes if `quoted` holds."

  static let cmdline = Function(
    name: "cmdline", family: family,
    signature: Signature([Parameter("start", .address), Parameter("end", .address)] + options),
    summary: "The texts between two addresses of the process, each ended by a NUL.",
    details:
      "`cmdline(curtask.mm.arg_start, curtask.mm.arg_end)` is the command line of a process as "
      + "ps(1) shows it." + optionDetails,
    check: { .presented(.textList(capacity: TextList.capacity($0))) },
    lower: { call in
      let list = TextList(call, optionsFrom: 2)
      let builder = call.builder
      let start = call.integer(0)
      let length = builder.binary(.sub, call.integer(1), start)
      let size = builder.select(
        builder.compare(.less, length, .word(list.capacity)), length, .word(list.capacity))
      let result = builder.emit(
        .probeRead(.user, to: builder.offset(list.target, by: 16), size: size, from: start))
      call.check(result, helper: .probeReadUser, isReportedByDefault: false)
      builder.if(builder.compare(.equal, result, .word(0))) {
        builder.store(length, to: list.target)
      }
      return .memory(list.target)
    })

  static let argv = Function(
    name: "argv", family: family,
    signature: Signature([Parameter("pointers", .address)] + options),
    summary: "The texts that an array of pointers in the process leads to, up to a null pointer.",
    details:
      "As in `argv(args.argv)` at `sys_enter_execve`. Reads at most \(TextList.pointerLimit) texts of at "
      + "most \(TextList.chunk) bytes." + optionDetails,
    check: { .presented(.textList(capacity: TextList.capacity($0))) },
    lower: { call in
      let list = TextList(call, optionsFrom: 1)
      list.appendTexts(at: call.integer(0))
      return .memory(list.target)
    })
}

/// The lowering of a list of texts.
private struct TextList {
  let call: any CallLowering
  let capacity: Int
  /// A pointer to the value.
  let target: IRValue

  /// The most bytes of one text, its NUL included.
  static let chunk = 256
  /// The most texts that are read through an array of pointers.
  static let pointerLimit = 24

  static func capacity(_ call: any CallCheck) -> Int {
    max(chunk * 2, (call.configuration.maxStringLength + 7) / 8 * 8)
  }

  /// Makes an empty list.
  init(_ call: any CallLowering, optionsFrom first: Int) {
    self.call = call
    guard case .presented(.textList(let capacity)) = call.resultType else {
      preconditionFailure("a list of texts has its own type")
    }
    self.capacity = capacity
    let builder = call.builder
    let most = call.argumentCount > first ? call.integer(first) : .word(0)
    let quoted = call.argumentCount > first + 1 ? call.integer(first + 1) : .word(0)
    target = call.temporary("texts", bytes: 16 + capacity)
    builder.zero(target, bytes: 16 + capacity)
    builder.store(builder.resize(most, to: .i32, signed: false), to: target, at: 8)
    builder.store(builder.resize(quoted, to: .i32, signed: false), to: target, at: 12)
  }

  /// Appends the texts whose addresses stand at `pointers`.
  func appendTexts(at pointers: IRValue) {
    let builder = call.builder
    let texts = builder.offset(target, by: 16)
    let length = call.temporary("texts.length", bytes: 8)
    let pointer = call.temporary("texts.pointer", bytes: 8)
    builder.store(.word(0), to: length)
    let end = builder.newBlock("texts.end")
    for index in 0..<Self.pointerLimit {
      let read = builder.newBlock("texts.read")
      let fits = builder.newBlock("texts.fits")
      let next = builder.newBlock("texts.next")
      builder.store(.word(0), to: pointer)
      builder.perform(
        .probeRead(
          .user, to: pointer, size: .word(8), from: builder.add(pointers, .word(8 * index))))
      let address = builder.load(.i64, from: pointer)
      builder.branch(if: builder.isNonzero(address), then: read, else: end)
      // The verifier has to see that a whole chunk fits behind what is there.
      builder.position(at: read)
      let position = builder.load(.i64, from: length)
      let room = builder.compare(.lessOrEqual, position, .word(capacity - Self.chunk))
      let full = builder.newBlock("texts.full")
      builder.branch(if: room, then: fits, else: full)
      builder.position(at: full)
      builder.store(.word(capacity + 1), to: length)
      builder.branch(to: end)
      builder.position(at: fits)
      let place = builder.bounded(position, to: capacity - Self.chunk)
      let count = builder.emit(
        .probeReadString(
          .user, to: builder.emit(.offset(texts, by: place)), size: .word(Self.chunk),
          from: address))
      builder.store(builder.add(place, builder.size(ofText: count, in: Self.chunk)), to: length)
      builder.branch(to: next)
      builder.position(at: next)
    }
    builder.branch(to: end)
    builder.position(at: end)
    builder.store(builder.load(.i64, from: length), to: target)
  }
}
