internal import LinuxSystem
package import Output

extension Presenter {
  /// How a process ended: its status is in bits 8 to 15, the signal that ended it in the lowest seven, and bit 7
  /// says that its memory was saved.
  package func exitStatus(_ bytes: Span<UInt8>, _ offset: Int) throws(DecodingError) -> Value {
    let status = try bytes.integer(at: offset, bytes: 8)
    let number = Int32(status & 0x7f)
    guard number != 0 else {
      let code = status >> 8 & 0xff
      return .text(code == 0 ? "0" : "code \(code)")
    }
    let text = Signal(rawValue: number).text.map { " (\($0))" } ?? ""
    return .text("signal \(number)\(text)\(status & 0x80 == 0 ? "" : ", core dumped")")
  }
}
