import BTF
import Language
import MachineView
import Semantics
import Syntax
import TraceIR
import TraceModel

/// One program for a probe at the entry of functions and one at their return, where the kernel has sessions: one
/// link in place of two.
extension ScriptLowering {
  /// The program that carries a probe together with another one; nil if its own programs carry it.
  ///
  /// A script that is compiled for other kernels has none: not all have sessions, and what those of one kernel
  /// ask for is called otherwise in the next.
  func part(_ index: Int) -> ProbeSpec.Alternative? {
    if parts[index] == nil, let session = sessions[index], let question = sessionQuestion {
      lower(session, asking: question)
    }
    return parts[index]
  }

  /// Writes both parts and the program that calls them.
  private func lower(_ session: SessionPair, asking question: IRExternalFunction) {
    let entry = lowerPart(session.entry)
    let exit = lowerPart(session.exit)
    let symbol = "\(entry.symbol)_session"
    builder.beginFunction(name: symbol, role: .program(label: entry.form.label))
    builder.line = line(of: entry.typed.syntax.range, expansion: nil)
    let arguments = question.parameters.map { _ in
      builder.address(of: builder.emit(.context))
    }
    let answer = builder.emit(
      .callExternal(function: external(question), arguments: arguments))
    // Of a `bool` the lowest byte counts.
    builder.if(builder.isNonzero(builder.resize(answer, to: .i8, signed: false)), "return") {
      builder.return(builder.emit(.call(function: exit.function, arguments: [])))
    }
    builder.return(builder.emit(.call(function: entry.function, arguments: [])))
    builder.endFunction()
    let program = add(ProgramSpec(symbol: symbol, kind: entry.form.kind))
    for (index, lowered) in [(session.entry, entry), (session.exit, exit)] {
      parts[index] = ProbeSpec.Alternative(
        program: program,
        conditions: conditions(of: lowered.form, for: lowered.typed, lowered.table),
        points: lowered.form.points, sites: lowered.table, part: parts.count)
    }
  }

  private func lowerPart(_ index: Int) -> ProbeLowering {
    let probe = script.probes[index]
    guard let form = probe.group.pattern?.session?.program else {
      preconditionFailure("a probe of a session is a pattern that has one")
    }
    let lowering = ProbeLowering(
      self, probe, as: form, table: probe.siteTable(for: form, named: "bt_sites_\(index)"),
      suffix: "\(index)", isPart: true)
    lowering.lower()
    return lowering
  }

  /// The function by which a program asks the kernel whether functions return; nil where it cannot be asked.
  private var sessionQuestion: IRExternalFunction? {
    guard isHere(.kprobeSession) else { return nil }
    let name = "bpf_session_is_return"
    guard let parameters = try? target.kernel.btf(nil)?.function(named: name)?.parameters,
      parameters.count <= 1
    else { return nil }
    return IRExternalFunction(
      name: name,
      parameters: parameters.map { _ in .init(name: "ctx", type: .pointer(to: .void)) },
      result: .boolean, owner: .kernel)
  }
}

/// The probes of a session, by their indices in the script.
struct SessionPair {
  let entry: Int
  let exit: Int
}

extension TypedScript {
  /// The pairs of probes that a session can carry, by each of their indices: one at the entry and one at the
  /// return of what one pattern stands for, and no third.
  ///
  /// - Parameter isServed: Whether a program gives a probe all that the script asks for.
  func sessions(isServed: (TypedProbe, ProbeProgram) -> Bool) -> [Int: SessionPair] {
    var members: [AttachPoint: [Int]] = [:]
    for (index, probe) in probes.enumerated() {
      if let session = probe.group.pattern?.session {
        members[session.functions, default: []].append(index)
      }
    }
    var pairs: [Int: SessionPair] = [:]
    for indices in members.values where indices.count == 2 {
      let sessions = indices.compactMap { probes[$0].group.pattern?.session }
      guard let entry = zip(indices, sessions).first(where: { !$1.isReturn })?.0,
        let exit = zip(indices, sessions).first(where: { $1.isReturn })?.0,
        zip(indices, sessions).allSatisfy({ index, session in
          probes[index].attachConditions.isEmpty && isServed(probes[index], session.program)
        })
      else { continue }
      for index in indices { pairs[index] = SessionPair(entry: entry, exit: exit) }
    }
    return pairs
  }
}
