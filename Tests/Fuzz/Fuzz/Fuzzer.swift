import Foundation

/// Inputs to mutate.
struct Corpus {
  var entries: [[UInt8]]

  /// The files at these paths and in folders there, after those that the target has itself; a file of
  /// bad scripts gives one input per script.
  init(_ target: FuzzTarget, paths: [String]) {
    entries = target.samples
    for path in paths {
      // A file has no paths below it.
      let below = FileManager.default.subpaths(atPath: path) ?? []
      let names = below.isEmpty ? [""] : below.sorted()
      for name in names {
        let file = name.isEmpty ? path : "\(path)/\(name)"
        guard let data = FileManager.default.contents(atPath: file) else { continue }
        if name.hasSuffix(".txt") {
          let text = String(decoding: data, as: UTF8.self)
          entries += text.components(separatedBy: "\n### ").map { section in
            let body = section.drop { $0 != "\n" }
            return Array((body.range(of: "\n>>>").map { body[..<$0.lowerBound] } ?? body).utf8)
          }
        } else if !data.isEmpty {
          entries.append(target.extract(Array(data)))
        }
      }
    }
  }
}

/// A small deterministic generator (splitmix64), so that a seed names a run.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// Mutates inputs, has them read and watches the rules.
struct Fuzzer {
  let target: FuzzTarget
  var corpus: Corpus
  var generator: SeededGenerator
  let seed: UInt64

  init(_ target: FuzzTarget, corpus: Corpus, seed: UInt64) {
    self.target = target
    self.corpus = corpus
    self.seed = seed
    generator = SeededGenerator(state: seed)
  }

  /// Runs for that long; returns whether nothing broke.
  mutating func run(for duration: Duration) -> Bool {
    let end = ContinuousClock.now + duration
    let current = FileManager.default.temporaryDirectory
      .appending(path: "fuzz-\(target.name)-current-\(seed).bin")
    var count = 0
    var bytes = 0
    var failures = 0
    var slowest = Duration.zero
    // What is generated grows out of nothing; what broke once is tried as it was.
    var known = target.generate == nil ? [] : corpus.entries
    while ContinuousClock.now < end {
      let input = known.popLast() ?? target.generate.map { $0(&generator) } ?? mutated()
      save(input, to: current.path)
      let start = processorTime()
      var problem = target.check(input)
      let time = processorTime() - start
      slowest = max(slowest, time)
      // A second per 10 kB is far more than it takes, also in a debug build.
      let allowed = Duration.seconds(target.secondsAllowed) * (1 + input.count / 10_000)
      if time > allowed { problem = "slow: \(time)" }
      if let problem {
        failures += 1
        let path = current.path.replacing("current-\(seed)", with: "failure-\(seed)-\(failures)")
        save(input, to: path)
        print("\(problem): \(path)")
        if failures == 20 { return false }
      }
      count += 1
      bytes += input.count
    }
    print("\(count) inputs, \(bytes) bytes, slowest \(slowest), \(failures) failures")
    return failures == 0
  }

  /// What this process has used of the processors, which a busy machine changes little.
  private func processorTime() -> Duration {
    .microseconds(clock() * 1_000_000 / Int(CLOCKS_PER_SEC))
  }

  private func save(_ input: [UInt8], to path: String) {
    if !FileManager.default.createFile(atPath: path, contents: Data(input)) {
      print("cannot write \(path)")
    }
  }

  private mutating func mutated() -> [UInt8] {
    var input = pick(corpus.entries)
    for _ in 0..<Int.random(in: 1...8, using: &generator) { mutate(&input) }
    // Inputs that have grown are as good as new ones, up to a point.
    if input.count < 4096, Int.random(in: 0..<64, using: &generator) == 0 {
      if corpus.entries.count < 20_000 {
        corpus.entries.append(input)
      } else {
        corpus.entries[Int.random(in: 0..<corpus.entries.count, using: &generator)] = input
      }
    }
    return input
  }

  private mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int.random(in: 0..<elements.count, using: &generator)]
  }

  private mutating func slice(of input: [UInt8]) -> Range<Int> {
    let start = Int.random(in: 0...input.count, using: &generator)
    let longest = min(input.count - start, 64)
    return start..<start + Int.random(in: 0...longest, using: &generator)
  }

  private mutating func mutate(_ input: inout [UInt8]) {
    let place = Int.random(in: 0...input.count, using: &generator)
    switch Int.random(in: 0..<10, using: &generator) {
    case 0: input.removeSubrange(slice(of: input))
    case 1: input.insert(UInt8.random(in: 0...255, using: &generator), at: place)
    case 2:
      if place < input.count { input[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator) }
    case 3: input.insert(contentsOf: input[slice(of: input)], at: place)
    case 4:
      let other = pick(corpus.entries)
      input.insert(contentsOf: other[slice(of: other)], at: place)
    case 5: input = Array(input.prefix(place))
    case 6:
      // One piece many times: nesting and chains.
      let count = Int.random(in: 1...2000, using: &generator)
      let piece = pick(target.words)
      guard input.count < 50_000 else { return }
      input.insert(contentsOf: (0..<count).flatMap { _ in piece }, at: place)
    case 7:
      let range = slice(of: input)
      let piece = pick(target.words)
      input.replaceSubrange(range, with: piece)
    default: input.insert(contentsOf: pick(target.words), at: place)
    }
  }
}
