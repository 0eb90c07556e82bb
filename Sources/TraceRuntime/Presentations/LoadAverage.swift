internal import MachineView
package import Output

extension Presenter {
  /// The load average over 1, 5 or 15 minutes as it is now; empty for another time.
  package func loadAverage(_ bytes: Span<UInt8>, _ offset: Int) throws(DecodingError) -> Value {
    let minutes = try bytes.integer(at: offset, bytes: 8)
    let averages: [String]
    do { averages = try kernel.loadAverages } catch { averages = [] }
    guard let place = [1, 5, 15].firstIndex(of: minutes), place < averages.count else {
      return .text("")
    }
    return .text(averages[place])
  }
}
