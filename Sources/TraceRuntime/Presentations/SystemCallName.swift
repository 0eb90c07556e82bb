internal import MachineView
package import Output

extension Presenter {
  /// The name of a system call; the number in brackets if this machine has no call of that number.
  package func systemCallName(_ bytes: Span<UInt8>, _ offset: Int) throws(DecodingError) -> Value {
    let number = Int(truncatingIfNeeded: try bytes.integer(at: offset, bytes: 8))
    if systemCallNames == nil {
      // A machine that does not say what it is has no names.
      systemCallNames = (try? kernel.architecture)?.systemCallNames ?? [:]
    }
    return .text(systemCallNames?[number] ?? "[unknown: \(number)]")
  }
}
