import Language
import MachineView
import Semantics
import TraceIR
import TraceModel

/// How the program that is being written knows for which of its probe's places it was called.
struct ProgramSite {
  let source: ContextShape.SiteSource
  let table: ProbeSpec.SiteTable
  /// The table, by its index among the module's maps.
  let map: Int
  /// The element of the place, in the program's own function, if it is looked up already.
  var element: IRValue?
}

extension ProbeLowering {
  /// Looks up the place where it is needed in any case: for arguments, and in a program that is run for every
  /// system call. That ends in those that the probe is not about, and in those of 32-bit programs, which have
  /// other numbers and no tracepoints.
  func lowerSite(_ table: ProbeSpec.SiteTable) {
    var site = ProgramSite(source: form.context.site, table: table, map: script.map(of: table))
    switch site.source {
    case .cookie: break
    case .systemCall:
      let element = body.element(of: site)
      endIf(builder.compare(.equal, element, .null))
      endIf(builder.compare(.equal, builder.load(.i64, from: element), .word(0)))
      endIf(builder.isNonzero(foreignCallFlags()))
      site.element = element
    case .cookieOrAddress:
      let element = body.element(of: site)
      endIf(builder.compare(.equal, element, .null))
      site.element = element
    }
    body.site = site
  }

  private func endIf(_ condition: IRValue) {
    builder.if(condition, "other") { builder.return(.word(body.defaultResult)) }
  }

  /// Not zero in a call of a 32-bit program: `i64`.
  private func foreignCallFlags() -> IRValue {
    let calls = script.target.architecture.systemCalls
    let path = FieldPath(
      root: "task_struct",
      steps: [
        .member("thread_info", .structure(name: "thread_info")),
        .member(calls.flagsMember, .integer(bytes: calls.flagsSize, signed: false)),
      ])
    let flags = body.scratch(bytes: 8)
    builder.zero(flags, bytes: 8)
    let place = body.loadTimeInteger(.currentTaskField(path.text), default: 0)
    builder.if(
      builder.isNonzero(place),
      then: {
        let task = builder.emit(.helper(.getCurrentTaskBTF, []))
        let value = builder.emit(
          .typedLoad(.integer(bytes: calls.flagsSize), from: builder.add(task, place)))
        builder.store(value, to: flags)
      },
      else: {
        let task = builder.emit(.helper(.getCurrentTask, []))
        builder.perform(
          .probeRead(
            .kernel, to: flags, size: .word(calls.flagsSize),
            from: builder.emit(.fieldAddress(task, path))))
      })
    return builder.binary(.and, builder.load(.i64, from: flags), .word(calls.foreignFlags))
  }
}

extension BodyLowering {
  /// Looks up the place that the program was called for; null if it is not one of the probe's: pointer.
  func element(of site: ProgramSite) -> IRValue {
    let key = scratch(bytes: 8)
    switch site.source {
    case .cookie:
      let cookie = builder.emit(.helper(.getAttachCookie, [builder.emit(.context)]))
      builder.store(builder.resize(cookie, to: .i32, signed: false), to: key)
    case .systemCall(.word(let index)):
      let number = builder.emit(.contextLoad(.i64, offset: index * 8))
      builder.store(builder.resize(number, to: .i32, signed: false), to: key)
    case .systemCall(.register(let offset)):
      let registers = builder.emit(.contextLoad(.i64, offset: 0))
      builder.zero(key, bytes: 8)
      builder.perform(
        .probeRead(
          .kernel, to: key, size: .word(4), from: builder.add(registers, .word(offset))))
    case .cookieOrAddress(let instructionPointer):
      builder.if(
        builder.isNonzero(
          loadTimeInteger(.feature(KernelFeature.perfLink.name), default: 0)),
        then: {
          let cookie = builder.emit(.helper(.getAttachCookie, [builder.emit(.context)]))
          builder.store(builder.resize(cookie, to: .i32, signed: false), to: key)
        },
        else: {
          let address = builder.emit(.contextLoad(.i64, offset: instructionPointer))
          let number = builder.binary(
            .and, address, .word(Int64(ProbeSpec.SiteTable.addressMask)))
          builder.store(builder.resize(number, to: .i32, signed: false), to: key)
        })
    }
    return builder.emit(.mapLookup(map: site.map, key: key))
  }

  /// The element of the place that the program was called for, which has one, and the table that it is of.
  private func elementOfSite() -> (element: IRValue, table: ProbeSpec.SiteTable) {
    guard let site else {
      preconditionFailure("a program that looks up places has a table of them")
    }
    if let known = site.element, builder.function == root { return (known, site.table) }
    let element = self.element(of: site)
    builder.if(builder.compare(.equal, element, .null), "other") { leaveBody() }
    return (element, site.table)
  }

  /// The name of the place that the program was called for: pointer.
  func nameOfSite() -> IRValue {
    let name = builder.offset(elementOfSite().element, by: ProbeSpec.SiteTable.nameOffset)
    alignedPointers.insert(FunctionValue(function: builder.function, value: name))
    return name
  }

  /// An argument of the place that the program was called for, as the element says: `i64`.
  func argumentOfSite(_ number: Int) -> IRValue {
    let (element, table) = elementOfSite()
    guard let index = table.arguments.firstIndex(of: number) else {
      preconditionFailure("a table of places has the arguments that its program looks at")
    }
    let entry = builder.offset(element, by: table.argumentsOffset + index * SiteArgument.size)
    let event = target.reportsReads ? readFailure(.user, text: false) : 0
    return builder.emit(
      .call(function: script.index(of: .siteArgument), arguments: [entry, .word(event)]))
  }
}

/// The code that gets at an argument.
struct SiteArgumentCode {
  let code: any CodeLowering
  /// To what the runtime wrote of it.
  let pointer: IRValue
  /// Writes what is done about the result of a read of memory.
  let check: (IRValue) -> Void

  private var builder: IRBuilder { code.builder }

  func value() -> IRValue {
    let flags = byte(at: SiteArgument.Offset.flags)
    let sum = code.temporary("sum", bytes: 8)
    builder.store(
      builder.load(.i64, from: pointer, at: SiteArgument.Offset.constant), to: sum)
    builder.if(has(SiteArgument.Flag.base, in: flags), "base") {
      add(savedRegister(at: SiteArgument.Offset.base), to: sum)
    }
    builder.if(has(SiteArgument.Flag.index, in: flags), "index") {
      let index = narrowed(
        savedRegister(at: SiteArgument.Offset.index),
        by: byte(at: SiteArgument.Offset.indexNarrowing),
        isSigned: has(SiteArgument.Flag.signedIndex, in: flags))
      let shift = builder.binary(.and, byte(at: SiteArgument.Offset.indexShift), .word(3))
      add(builder.binary(.shiftLeft, index, shift), to: sum)
    }
    let narrowing = byte(at: SiteArgument.Offset.narrowing)
    builder.if(has(SiteArgument.Flag.memory, in: flags), "memory") {
      let address = builder.load(.i64, from: sum)
      builder.store(.word(0), to: sum)
      // The verifier sees that it is 1 to 8.
      let less = builder.binary(.shiftRight, narrowing, .word(3))
      let size = builder.add(
        builder.binary(.and, builder.binary(.sub, .word(7), less), .word(7)), .word(1))
      check(builder.emit(.probeRead(.user, to: sum, size: size, from: address)))
    }
    return narrowed(
      builder.load(.i64, from: sum), by: narrowing,
      isSigned: has(SiteArgument.Flag.signed, in: flags))
  }

  private func byte(at offset: Int) -> IRValue {
    builder.resize(builder.load(.i8, from: pointer, at: offset), to: .i64, signed: false)
  }

  private func has(_ flag: Int, in flags: IRValue) -> IRValue {
    builder.isNonzero(builder.binary(.and, flags, .word(Int64(flag))))
  }

  private func add(_ value: IRValue, to sum: IRValue) {
    builder.store(builder.add(builder.load(.i64, from: sum), value), to: sum)
  }

  /// A value whose upper bits, so many of them, are made anew.
  private func narrowed(_ value: IRValue, by count: IRValue, isSigned: IRValue) -> IRValue {
    let shift = builder.binary(.and, count, .word(63))
    let upper = builder.binary(.shiftLeft, value, shift)
    return builder.select(
      isSigned, builder.binary(.shiftRightSigned, upper, shift),
      builder.binary(.shiftRight, upper, shift))
  }

  /// The 8 bytes of the saved registers where the element says. The verifier allows no loads at places of the
  /// context that it does not know.
  private func savedRegister(at offset: Int) -> IRValue {
    let place = builder.resize(
      builder.load(.i16, from: pointer, at: offset), to: .i64, signed: false)
    let value = code.temporary("register", bytes: 8)
    builder.store(.word(0), to: value)
    builder.perform(
      .probeRead(
        .kernel, to: value, size: .word(8),
        from: builder.add(builder.address(of: builder.emit(.context)), place)))
    return builder.load(.i64, from: value)
  }
}
