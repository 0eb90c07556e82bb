package import Language
package import Syntax
import TraceModel

/// Attach points of one probe of the script for which its body means the same, so that it is checked once
/// and one program carries them all.
package struct ProbeGroup: Sendable {
  package var syntax: ProbeSyntax
  /// In the order of the script; never empty. The body is checked against the first.
  package var members: [ResolvedAttachPoint]
  /// How the runtime finds the members, if it does.
  package var pattern: ProbePattern?
  /// Whether all members come from wildcards.
  package var isOfWildcards: Bool

  package init(
    _ syntax: ProbeSyntax, _ members: [ResolvedAttachPoint], pattern: ProbePattern? = nil,
    isOfWildcards: Bool = false
  ) {
    precondition(!members.isEmpty, "a group has members")
    self.syntax = syntax
    self.members = members
    self.pattern = pattern
    self.isOfWildcards = isOfWildcards
  }

  /// Whether a program that carries the group has to look up for which member it was called.
  package var hasManyPlaces: Bool { pattern != nil || members.count > 1 }

  /// What the body is checked against.
  ///
  /// - Parameter room: Bytes that names of probes have at least where other machines may have others.
  func attachPoint(room: Int) -> ResolvedAttachPoint {
    var first = members[0]
    if hasManyPlaces {
      let longest = members.lazy.map { $0.name.utf8.count + 1 }.max() ?? 1
      first.nameCapacity = pattern == nil ? longest : max(longest, room)
    }
    return first
  }
}

extension ProbeGroup {
  /// Puts together what may be carried by one program, as far as is known before the body is checked.
  ///
  /// - Parameter found: The attach points of one probe of the script, each with what it stands for.
  static func groups(
    of syntax: ProbeSyntax, _ found: [(probes: ResolvedProbes, isWildcard: Bool)]
  ) -> [ProbeGroup] {
    var groups: [ProbeGroup] = []
    var byKey: [Key: Int] = [:]
    for (resolved, isWildcard) in found where !resolved.probes.isEmpty {
      if let pattern = resolved.pattern {
        groups.append(
          ProbeGroup(syntax, resolved.probes, pattern: pattern, isOfWildcards: isWildcard))
        continue
      }
      for probe in resolved.probes {
        let key = Key(probe, isWildcard: isWildcard)
        if let index = byKey[key], probe.mayShareProgram {
          groups[index].members.append(probe)
        } else {
          byKey[key] = groups.count
          groups.append(ProbeGroup(syntax, [probe], isOfWildcards: isWildcard))
        }
      }
    }
    return groups
  }

  /// What attach points have in common that one program may carry.
  private struct Key: Hashable {
    let probeType: String
    let kindName: String
    let family: String
    let isWildcard: Bool
    let programs: [ProgramKind]
    let conditions: [[ProbeSpec.Condition]]
    let context: ContextShape

    init(_ probe: ResolvedAttachPoint, isWildcard: Bool) {
      probeType = probe.probeType
      kindName = probe.kindName
      family = probe.family
      self.isWildcard = isWildcard
      programs = probe.programs.map(\.kind)
      conditions = probe.programs.map(\.conditions)
      context = probe.context.withoutArguments
    }
  }

  /// This as groups in each of which the body means the same.
  ///
  /// - Parameter body: What was found out about the body at the first member.
  func split(by body: TypedBody, cookiesWork: () -> Bool) -> [ProbeGroup] {
    guard hasManyPlaces else { return [self] }
    let looksUpArguments = members[0].context.registers == .sites && !body.argumentNumbers.isEmpty
    if body.needsOneSite || body.tellsSite && !mayLookUpNames(cookiesWork)
      || looksUpArguments && !cookiesWork()
    {
      return members.map { ProbeGroup(syntax, [$0], isOfWildcards: isOfWildcards) }
    }
    guard pattern == nil else { return [self] }
    var groups = [ProbeGroup(syntax, [members[0]], isOfWildcards: isOfWildcards)]
    // The rest may differ among themselves, so only those with one context are together.
    var others: [ContextShape: Int] = [:]
    for member in members.dropFirst() {
      if body.means(theSameIn: member.context, as: members[0].context) {
        groups[0].members.append(member)
      } else if let index = others[member.context] {
        groups[index].members.append(member)
      } else {
        others[member.context] = groups.count
        groups.append(ProbeGroup(syntax, [member], isOfWildcards: isOfWildcards))
      }
    }
    return groups
  }

  /// Names in a list that the script writes out are better constants.
  private func mayLookUpNames(_ cookiesWork: () -> Bool) -> Bool {
    (pattern != nil || isOfWildcards) && cookiesWork()
  }
}

extension ResolvedAttachPoint {
  /// Whether one program may be attached to several such points; what is run and never attached is run
  /// for each.
  fileprivate var mayShareProgram: Bool { points.allSatisfy { !$0.isRun } }
}

extension TypedBody {
  /// Whether the body asks by which of the places of a program the kernel came.
  package var tellsSite: Bool {
    facts.values.contains { fact in
      if case .function(let function) = fact.meaning { function.tellsSite } else { false }
    }
  }

  /// The numbers of the probe's arguments that the body asks for by `arg0` and the like, ascending.
  package var argumentNumbers: [Int] {
    var numbers: Set<Int> = []
    for fact in facts.values {
      if case .function(let function) = fact.meaning, let number = function.argumentNumber {
        numbers.insert(number)
      }
    }
    return numbers.sorted()
  }

  /// Whether the body asks for something that follows from the place of its program.
  fileprivate var needsOneSite: Bool {
    facts.values.contains { fact in
      if case .function(let function) = fact.meaning { function.needsOneSite } else { false }
    }
  }

  /// Whether all that the body uses of one context is reached in the same way in the other.
  package func means(theSameIn other: ContextShape, as context: ContextShape) -> Bool {
    if other == context { return true }
    return facts.values.allSatisfy { fact in
      switch fact.meaning {
      case .context(let field):
        context.field(likeThat: field) == other.field(likeThat: field)
      case .arguments: context.arguments == other.arguments
      case .function(let function):
        !function.needsProbe || function.tellsSite
          || context.withoutArguments == other.withoutArguments
      default: true
      }
    }
  }
}
