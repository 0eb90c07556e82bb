internal import LinuxSystem

/// Functions that a just-in-time compiler announced in `perf-PID.map`.
final class PerfMap: Sendable {
  private struct Function {
    let start: UInt64
    let size: UInt64
    let name: String
  }

  private let functions: [Function]
  /// The file as it was when it was read, and where the process has it.
  let file: FileInfo
  let path: String

  /// - Parameter text: Lines of `START SIZE NAME`, both numbers hexadecimal; odd lines are skipped.
  init(_ text: [UInt8], of file: FileInfo, at path: String) {
    self.file = file
    self.path = path
    let lines = text.split(separator: UInt8(ascii: "\n"))
    let read = lines.compactMap { line -> Function? in
      let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
      guard fields.count == 3, let start = Self.number(fields[0]),
        let size = Self.number(fields[1])
      else { return nil }
      return Function(start: start, size: size, name: String(decoding: fields[2], as: UTF8.self))
    }
    // A place that is compiled again is announced again; the last announcement counts.
    let sorted = read.enumerated().sorted {
      ($0.element.start, $0.offset) < ($1.element.start, $1.offset)
    }
    functions = sorted.map(\.element)
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    let text = String(decoding: digits, as: UTF8.self)
    return UInt64(text.hasPrefix("0x") ? String(text.dropFirst(2)) : text, radix: 16)
  }

  func function(at address: UInt64) -> (name: String, offset: UInt64)? {
    var (low, high) = (0, functions.count)
    while low < high {
      let middle = (low + high) / 2
      if functions[middle].start <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return nil }
    let nearest = functions[low - 1]
    guard address - nearest.start < nearest.size else { return nil }
    return (nearest.name, address - nearest.start)
  }
}
