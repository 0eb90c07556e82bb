internal import MachineView
package import Output
package import TraceModel

extension Presenter {
  /// The name of a number in a set of them; the number itself if it has none there.
  package func numberName(
    _ bytes: Span<UInt8>, _ offset: Int, _ numbers: NamedNumbers
  ) throws(DecodingError) -> Value {
    let number = Int64(bitPattern: try bytes.integer(at: offset, bytes: 8))
    let names: NumberNames
    if let known = numberNames[numbers] {
      names = known
    } else {
      names = NumberNames(of: numbers, on: kernel)
      numberNames[numbers] = names
    }
    return .text(names.name(of: number) ?? "\(number)")
  }
}
