/// Values one after the other; integers of one sign take 8 bytes each.
package struct ValueColumn: Sendable {
  private enum Form {
    case signed, unsigned, mixed
  }

  private var form = Form.mixed
  /// The bits of each, in the forms that have only numbers.
  private var bits: [UInt64] = []
  /// Each, in the mixed form.
  private var values: [Value] = []

  package init() {}

  package var count: Int { bits.count + values.count }

  package mutating func append(_ value: Value) {
    switch (value, form) {
    case (.integer(let number), .signed): bits.append(UInt64(bitPattern: number))
    case (.unsigned(let number), .unsigned): bits.append(number)
    case (.integer(let number), .mixed) where values.isEmpty:
      form = .signed
      bits.append(UInt64(bitPattern: number))
    case (.unsigned(let number), .mixed) where values.isEmpty:
      form = .unsigned
      bits.append(number)
    default:
      if form != .mixed { mix() }
      values.append(value)
    }
  }

  /// Gives up the short form.
  private mutating func mix() {
    values = (0..<count).map { self[$0] }
    bits = []
    form = .mixed
  }

  package subscript(index: Int) -> Value {
    get {
      switch form {
      case .signed: .integer(Int64(bitPattern: bits[index]))
      case .unsigned: .unsigned(bits[index])
      case .mixed: values[index]
      }
    }
    set {
      switch (newValue, form) {
      case (.integer(let number), .signed): bits[index] = UInt64(bitPattern: number)
      case (.unsigned(let number), .unsigned): bits[index] = number
      default:
        if form != .mixed { mix() }
        values[index] = newValue
      }
    }
  }

  /// Unsigned numbers that are in the order of the values, if all are integers of one sign.
  var orderedBits: [UInt64]? {
    switch form {
    case .signed: bits.map { $0 ^ 1 << 63 }
    case .unsigned: bits
    case .mixed: nil
    }
  }
}

extension [UInt32] {
  /// Sorts indices by the numbers at them, upwards; equals stay in order.
  ///
  /// By one byte of the numbers after the other, from the lowest, since to compare costs several times
  /// as much for a million.
  mutating func sort(byNumbers numbers: [UInt64]) {
    guard !isSorted(byNumbers: numbers) else { return }
    if count < 256 {
      // The standard library's sort keeps the order of equals.
      return sort { numbers[Int($0)] < numbers[Int($1)] }
    }
    // Bytes in which all agree need no round.
    let differing = numbers.reduce(into: UInt64(0)) { $0 |= $1 ^ numbers[0] }
    var other = [UInt32](repeating: 0, count: count)
    for shift in stride(from: UInt64(0), to: 64, by: 8) where differing >> shift & 0xff != 0 {
      var starts = [Int](repeating: 0, count: 257)
      for index in self { starts[Int(numbers[Int(index)] >> shift & 0xff) + 1] += 1 }
      for byte in 1...256 { starts[byte] += starts[byte - 1] }
      for index in self {
        let byte = Int(numbers[Int(index)] >> shift & 0xff)
        other[starts[byte]] = index
        starts[byte] += 1
      }
      swap(&self, &other)
    }
  }

  private func isSorted(byNumbers numbers: [UInt64]) -> Bool {
    for place in 1..<Swift.max(1, count)
    where numbers[Int(self[place - 1])] > numbers[Int(self[place])] {
      return false
    }
    return true
  }
}
