/// Something that the programs of an object count about their run, on each CPU.
package enum RunCounter: Hashable, Sendable {
  /// Events that found no room in the ring buffer, and packets that found none; all of them.
  case lostEvents
  /// How often a program ran in a process that the run is about, by its index in
  /// `Manifest.programSymbols`; behind the programs are the parts of those that carry two probes.
  ///
  /// It is counted where `LoadTimeConstant.Source.countsRuns` is not zero.
  case runs(program: Int)
  /// The same as `lostEvents`, of one program (nil: of the script's functions) and one urgency.
  case dropped(program: Int?, EventUrgency)
  /// Elements that a map of the script had no room for, by its index in the manifest.
  case refused(map: Int)
}

/// Where the counters of an object are: elements of the map `ObjectSymbol.counters`.
package struct RunCounters: Hashable, Sendable {
  private let programCount: Int
  private let mapCount: Int

  /// - Parameters:
  ///   - programCount: Programs of the object, and parts of programs.
  ///   - mapCount: The script's maps.
  package init(programCount: Int, mapCount: Int) {
    self.programCount = programCount
    self.mapCount = mapCount
  }

  package init(of manifest: Manifest) {
    self.init(
      programCount: manifest.programSymbols.count + manifest.partCount,
      mapCount: manifest.maps.count)
  }

  /// How many there are.
  package var count: Int { firstRefused + mapCount }

  private var firstDropped: Int { 1 + programCount }

  /// Behind those of the programs are those of the script's functions.
  private var firstRefused: Int { firstDropped + (programCount + 1) * EventUrgency.allCases.count }

  /// The element of a counter.
  package func index(of counter: RunCounter) -> Int {
    switch counter {
    case .lostEvents: 0
    case .runs(let program): 1 + program
    case .dropped(let program, let urgency):
      firstDropped + (program ?? programCount) * EventUrgency.allCases.count + urgency.rawValue
    case .refused(let map): firstRefused + map
    }
  }
}

extension Manifest {
  /// The symbols of the object's programs, each once, however many ways there are to load it.
  package var programSymbols: [String] {
    var known: Set<String> = []
    return programs.map(\.symbol).filter { known.insert($0).inserted }
  }

  /// How many parts programs have that carry two probes.
  package var partCount: Int {
    1 + (probes.lazy.flatMap(\.alternatives).compactMap(\.part).max() ?? -1)
  }

  /// By which index an alternative's runs are counted; nil if the manifest does not have its program.
  package func counted(_ alternative: ProbeSpec.Alternative) -> Int? {
    let symbols = programSymbols
    if let part = alternative.part { return symbols.count + part }
    return symbols.firstIndex(of: programs[alternative.program].symbol)
  }
}
