import LinuxSystem
import Synchronization

extension DirectoryMachine {
  /// The folder of tracefs below the root: whichever of the two usual places has events. If neither
  /// has and the settings allow it, tracefs is mounted at the first.
  var tracefs: String {
    get throws(MachineError) {
      try cached(\.tracefs) { () throws(MachineError) in
        let folders = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"]
        var denied: String?
        for folder in folders {
          do throws(SystemError) {
            _ = try FileSystem.info(of: "\(root)\(folder)/events")
            return folder
          } catch {
            if error.isPermission { denied = denied ?? folder }
          }
        }
        if let denied { throw .tracefsDenied(path: denied, settings.surroundings) }
        if isLive, settings.mountsTracefs,
          (try? FileSystem.mount("tracefs", at: folders[0])) != nil
        {
          return folders[0]
        }
        throw .noTracefs(settings.surroundings)
      }
    }
  }

  package func tracepoints(
    category: NamePattern, event: NamePattern
  ) throws(MachineError) -> [TracepointName] {
    let events = try tracefs + "/events"
    if category.isExact, event.isExact {
      let name = TracepointName(category: category.text, event: event.text)
      return name.isPlain && FileSystem.exists("\(root)\(events)/\(name.path)/format") ? [name] : []
    }
    if !category.isExact, let all = try text("\(tracefs)/available_events") {
      return Self.parseAvailableEvents(all, category, event).sorted()
    }
    // The events of `ftrace` describe the ring buffer; nothing can be attached to them.
    let categories =
      category.isExact
      ? [category.text]
      : try folders(events).filter { $0 != "ftrace" && category.matches($0) }
    var found: [TracepointName] = []
    for category in categories where !category.contains("/") && !category.hasPrefix(".") {
      found += try folders("\(events)/\(category)").filter(event.matches).map {
        TracepointName(category: category, event: $0)
      }
    }
    return found
  }

  private static func parseAvailableEvents(
    _ text: String, _ category: NamePattern, _ event: NamePattern
  ) -> [TracepointName] {
    text.split(separator: "\n").compactMap { line in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      let name = TracepointName(
        category: String(line[..<colon]), event: String(line[colon...].dropFirst()))
      return category.matches(name.category) && event.matches(name.event) ? name : nil
    }
  }

  /// The folders in a folder, sorted.
  private func folders(_ path: String) throws(MachineError) -> [String] {
    do {
      return try FileSystem.entries(of: root + path).filter { $0.kind == .directory }.map(\.name)
    } catch {
      if error.isAbsence { return [] }
      throw .system(error)
    }
  }

  package func tracepointID(_ name: TracepointName) throws(MachineError) -> Int? {
    guard name.isPlain else { return nil }
    let path = try "\(tracefs)/events/\(name.path)/id"
    if let text = try text(path), let id = Int(text.prefix { $0 != "\n" }) { return id }
    // Recordings have formats alone.
    return try tracepointFormat(name)?.id
  }

  package func tracepointFormat(
    _ name: TracepointName
  ) throws(MachineError) -> TracepointFormat? {
    if let known = caches.withLock({ $0.formats[name] }) { return known }
    guard name.isPlain else { return nil }
    let path = try "\(tracefs)/events/\(name.path)/format"
    var format: TracepointFormat?
    if let text = try text(path) {
      guard let parsed = TracepointFormat(parsing: text) else {
        throw .malformed(path: path, reason: "no tracepoint format")
      }
      format = parsed
    }
    caches.withLock { $0.formats[name] = .some(format) }
    return format
  }

  package func tracepointDeclarations(
    _ name: TracepointName
  ) throws(MachineError) -> [String] {
    guard name.isPlain else { return [] }
    let path = try "\(tracefs)/events/\(name.path)/format"
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try FileSystem.read(root + path) } catch {
      if error.isAbsence { return [] }
      throw .system(error)
    }
    guard let declarations = TracepointFormat.ownDeclarations(in: bytes) else {
      throw .malformed(path: path, reason: "no tracepoint format")
    }
    return declarations
  }
}

extension TracepointName {
  /// Its place below `events`.
  fileprivate var path: String { "\(category)/\(event)" }

  /// Whether both names are names, and not ways out of the folder.
  fileprivate var isPlain: Bool {
    for part in [category, event] {
      if part.isEmpty || part.contains("/") || part.hasPrefix(".") { return false }
    }
    return true
  }
}
