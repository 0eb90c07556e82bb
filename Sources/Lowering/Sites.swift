import Language
import MachineView
import Semantics
import TraceIR
import TraceModel

/// How the program that is being written knows for which of its probe's places it was called.
struct ProgramSite {
  let source: ContextShape.SiteSource
  /// The table of the places, by its index among the module's maps.
  let map: Int
  /// The element of the place, in the program's own function, if it is looked up already.
  var element: IRValue?
}

extension ProbeLowering {
  /// Ends a program that is run for every system call in those that the probe is not about, and in those
  /// of 32-bit programs, which have other numbers and no tracepoints.
  func lowerSite(_ table: ProbeSpec.SiteTable) {
    var site = ProgramSite(source: form.context.site, map: script.map(of: table))
    if case .systemCall = site.source {
      let element = body.element(of: site)
      endIf(builder.compare(.equal, element, .null))
      endIf(builder.compare(.equal, builder.load(.i64, from: element), .word(0)))
      endIf(builder.isNonzero(foreignCallFlags()))
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
    }
    return builder.emit(.mapLookup(map: site.map, key: key))
  }

  /// The name of the place that the program was called for: pointer.
  func nameOfSite() -> IRValue {
    guard let site else {
      preconditionFailure("a program that looks up places has a table of them")
    }
    let element: IRValue
    if let known = site.element, builder.function == root {
      element = known
    } else {
      element = self.element(of: site)
      builder.if(builder.compare(.equal, element, .null), "other") { leaveBody() }
    }
    let name = builder.offset(element, by: ProbeSpec.SiteTable.nameOffset)
    alignedPointers.insert(FunctionValue(function: builder.function, value: name))
    return name
  }
}
