internal import TraceModel

/// Writes stacks: an empty line's end, then one line for each frame.
struct StackText {
  /// Whether lines are indented as their mode wants it.
  var isIndented = true

  func append(_ stack: Stack, to text: inout [UInt8]) {
    text.append("\n")
    for frame in stack.frames {
      switch stack.mode {
      case .bpftrace: appendPlain(frame, to: &text)
      case .perf: appendPerf(frame, to: &text)
      case .raw: text.append(String(frame.address, radix: 16))
      case .buildID: appendLocation(frame, to: &text)
      }
      text.append("\n")
    }
  }

  /// Appends the address of an unknown symbol; zero is just `0`.
  static func appendUnknown(_ address: UInt64, to text: inout [UInt8]) {
    if address == 0 { text.append("0") } else { text.appendAddress(address) }
  }

  private func appendPlain(_ frame: Stack.Frame, to text: inout [UInt8]) {
    let indent = isIndented ? "        " : ""
    for inlined in frame.inlined {
      text.append("\(indent)[inlined] \(inlined.symbol)")
      if let source = inlined.source { text.append("@\(source)") }
      text.append("\n")
    }
    text.append(indent)
    appendSymbol(frame, to: &text)
    if let source = frame.source { text.append("@\(source)") }
  }

  private func appendPerf(_ frame: Stack.Frame, to text: inout [UInt8]) {
    let lead = (isIndented ? "\t" : "") + String(frame.address, radix: 16) + " "
    for inlined in frame.inlined { text.append("\(lead)\(inlined.symbol) (inlined)\n") }
    text.append(lead)
    appendSymbol(frame, to: &text)
    if frame.symbol == nil {
      text.append(" ([unknown])")
    } else if let object = frame.object {
      text.append(" (\(object))")
    }
  }

  private func appendSymbol(_ frame: Stack.Frame, to text: inout [UInt8]) {
    if let symbol = frame.symbol {
      text.append("\(symbol)+\(frame.offset)")
    } else {
      Self.appendUnknown(frame.address, to: &text)
    }
  }

  private func appendLocation(_ frame: Stack.Frame, to text: inout [UInt8]) {
    guard let location = frame.location else {
      return text.append(String(frame.address, radix: 16))
    }
    // Build ids are 20 bytes unless a linker was told otherwise; the column is that wide.
    for byte in location.buildID { text.appendHexDigits(byte) }
    for _ in min(20, location.buildID.count)..<20 { text.append("00") }
    if isIndented { text.append(" ") }
    text.appendAddress(location.offset)
  }
}
