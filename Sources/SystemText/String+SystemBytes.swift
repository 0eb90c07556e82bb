/// Text from and for the operating system, whose names are bytes that need not be UTF-8.
///
/// Names of files, words of a command line and variables of the environment may hold any byte but
/// NUL; a `String` holds Unicode only. So each byte that is not part of UTF-8 is kept as a private
/// character: 0x80 to 0xff as U+10FE80 to U+10FEFF. Where a text has such a character of its own, its
/// four bytes are kept in the same way. Going there and back gives the same bytes, always.
extension String {
  /// The text that stands for `bytes`.
  package init(systemBytes bytes: [UInt8]) {
    if let text = String(validating: bytes, as: UTF8.self), !bytes.holdsPrivateCharacter {
      self = text
      return
    }
    var kept: [UInt8] = []
    kept.reserveCapacity(bytes.count + 16)
    var index = 0
    while index < bytes.count {
      let length = bytes.characterLength(at: index)
      if length > 0, !bytes.isPrivateCharacter(at: index) {
        kept += bytes[index..<(index + length)]
        index += length
      } else {
        let byte = bytes[index]
        kept += [0xf4, 0x8f, 0xba + (byte >> 6 & 1), 0x80 | byte & 0x3f]
        index += 1
      }
    }
    self.init(decoding: kept, as: UTF8.self)
  }

  /// The bytes that the text stands for.
  package var systemBytes: [UInt8] {
    let bytes = Array(utf8)
    guard bytes.holdsPrivateCharacter else { return bytes }
    var original: [UInt8] = []
    original.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      if bytes.isPrivateCharacter(at: index) {
        original.append(0x80 + (bytes[index + 2] - 0xba) << 6 + bytes[index + 3] & 0x3f)
        index += 4
      } else {
        original.append(bytes[index])
        index += 1
      }
    }
    return original
  }
}

extension [UInt8] {
  /// Appends the bytes that `text` stands for.
  package mutating func append(systemBytesOf text: String) {
    if text.utf8.contains(0xf4) {
      append(contentsOf: text.systemBytes)
    } else {
      append(contentsOf: text.utf8)
    }
  }

  /// Whether one of the characters that stand for a byte is here.
  fileprivate var holdsPrivateCharacter: Bool {
    var rest = self[...]
    while let start = rest.firstIndex(of: 0xf4) {
      if isPrivateCharacter(at: start) { return true }
      rest = self[(start + 1)...]
    }
    return false
  }

  fileprivate func isPrivateCharacter(at index: Int) -> Bool {
    index + 3 < count && self[index] == 0xf4 && self[index + 1] == 0x8f
      && (0xba...0xbb).contains(self[index + 2]) && (0x80...0xbf).contains(self[index + 3])
  }

  /// The number of bytes of the character of UTF-8 that begins at `index`; 0 if none does.
  package func characterLength(at index: Int) -> Int {
    let first = self[index]
    // Which second bytes keep a character from being overlong, a surrogate or beyond Unicode.
    let (length, second): (Int, ClosedRange<UInt8>) =
      switch first {
      case ..<0x80: (1, 0...0xff)
      case 0xc2...0xdf: (2, 0x80...0xbf)
      case 0xe0: (3, 0xa0...0xbf)
      case 0xed: (3, 0x80...0x9f)
      case 0xe1...0xef: (3, 0x80...0xbf)
      case 0xf0: (4, 0x90...0xbf)
      case 0xf1...0xf3: (4, 0x80...0xbf)
      case 0xf4: (4, 0x80...0x8f)
      default: (0, 0...0)
      }
    guard length > 0, index + length <= count else { return 0 }
    if length > 1, !second.contains(self[index + 1]) { return 0 }
    for next in (index + 1)..<(index + length) where next > index + 1 {
      guard self[next] & 0xc0 == 0x80 else { return 0 }
    }
    return length
  }
}
