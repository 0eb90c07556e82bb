/// Which blocks of a function that is being written are passed on every way to which others, worked out along with the
/// writing: asked of a whole function each time, the answer would take ever longer.
///
/// A block is begun when the ways to it have been written, except those that come back to it, which change
/// nothing. A way to a block that has begun from one that does not come by it would; then `isKnown` is false.
struct GrowingDominators {
  private(set) var isKnown = true
  /// The blocks from which ways lead to each, if they can be entered.
  private var predecessors: [Int: [Int]] = [:]
  /// For each block that has begun and can be entered, the last before it that every way passes, and how many come
  /// before that.
  private var immediate: [Int: (block: Int, depth: Int)] = [0: (0, 0)]
  private var begun: Set<Int> = [0]

  /// A block is written from now on, or again.
  mutating func begin(_ block: Int) {
    guard begun.insert(block).inserted else { return }
    let found = predecessors.removeValue(forKey: block)?.reduce(nil) { known, next in
      known.map { meet($0, next) } ?? next
    }
    guard let found, let depth = immediate[found]?.depth else { return }
    immediate[block] = (found, depth + 1)
  }

  /// A way leads from a block to another.
  mutating func connect(_ block: Int, to next: Int) {
    guard isReachable(block) else { return }
    if !begun.contains(next) {
      predecessors[next, default: []].append(block)
    } else if !dominates(next, block) {
      isKnown = false
    }
  }

  /// Whether every way to `block` passes `other`.
  func dominates(_ other: Int, _ block: Int) -> Bool {
    guard let limit = immediate[other]?.depth, isReachable(block) else { return false }
    var current = block
    while let step = immediate[current], step.depth > limit { current = step.block }
    return current == other
  }

  private func isReachable(_ block: Int) -> Bool { immediate[block] != nil }

  private func meet(_ left: Int, _ right: Int) -> Int {
    var (left, right) = (left, right)
    while left != right, let first = immediate[left], let second = immediate[right] {
      if first.depth >= second.depth { left = first.block }
      if second.depth >= first.depth { right = second.block }
    }
    return left
  }
}
