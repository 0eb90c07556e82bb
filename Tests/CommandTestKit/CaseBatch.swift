package import Foundation

/// Cases that a machine runs by one command, several at a time, so that one uses the time for which another waits.
///
/// Their scripts, outputs and statuses are files of one folder, which both machines see.
package struct CaseBatch {
  package let cases: [CommandCase]
  private let folder: URL

  /// Writes the scripts of `cases` into `folder`, which is there and empty.
  ///
  /// - Parameter slowness: How much longer than on this machine a case may take.
  package init(
    _ cases: [CommandCase], in folder: URL, with commands: URL, slowness: Int
  ) throws {
    self.cases = cases
    self.folder = folder
    for (index, test) in cases.enumerated() {
      try test.script(with: commands).write(
        to: file("case", of: index), atomically: false, encoding: .utf8)
      try "\(test.timeout * slowness)\n".write(
        to: file("limit", of: index), atomically: false, encoding: .utf8)
    }
    try Self.one.write(
      to: folder.appendingPathComponent("one.sh"), atomically: false, encoding: .utf8)
  }

  /// Runs the case whose number it is given: what came out, and then its status with the seconds that it took.
  private static let one = """
    read -r limit <"$1.limit"
    read -r begin rest </proc/uptime
    timeout -k 2 "$limit" sh "$1.case" </dev/null >"$1.output" 2>"$1.errors"
    status=$?
    read -r end rest </proc/uptime
    echo "$status $begin $end" >"$1.ended"
    mv "$1.ended" "$1.status"

    """

  /// The shell script that runs every case that has not run yet.
  ///
  /// - Parameter atOnce: How many run at a time.
  package func script(atOnce: Int) -> String {
    let waiting = cases.indices.filter { outcome(of: $0) == nil }.map(String.init)
    return "cd \(shellQuoted(folder.path)) && printf '%s\\n' \(waiting.joined(separator: " "))"
      + " | xargs -P \(atOnce) -I'{}' sh one.sh '{}'"
  }

  /// What the case at `index` gave; nil if it has not ended.
  package func outcome(of index: Int) -> Outcome? {
    guard let status = status(of: index).first.flatMap({ Int($0) }) else { return nil }
    return Outcome(
      status: status, output: bytes("output", of: index), errors: bytes("errors", of: index))
  }

  /// For how long the case at `index` ran, by the clock of its machine; nil if it has not ended.
  package func seconds(of index: Int) -> Double? {
    let times = status(of: index).dropFirst().compactMap(Double.init)
    return times.count == 2 ? times[1] - times[0] : nil
  }

  private func status(of index: Int) -> [String] {
    String(decoding: bytes("status", of: index), as: UTF8.self)
      .split(whereSeparator: \.isWhitespace).map(String.init)
  }

  private func bytes(_ kind: String, of index: Int) -> [UInt8] {
    (try? Data(contentsOf: file(kind, of: index))).map(Array.init) ?? []
  }

  private func file(_ kind: String, of index: Int) -> URL {
    folder.appendingPathComponent("\(index).\(kind)")
  }
}
