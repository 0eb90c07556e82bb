import Testing
import TraceModel

@Suite struct CPUPlacesTests {
  @Test func fitsIntoWhatAPerCPUValueMayHave() throws {
    let counts = try #require(CPUPlaces(keySize: 4, valueSize: 8))
    #expect([counts.count, counts.size, counts.valueOffset] == [1024, 24, 16])
    let histograms = try #require(CPUPlaces(keySize: 17, valueSize: 520))
    #expect([histograms.count, histograms.size, histograms.valueOffset] == [32, 552, 32])
    for keySize in 1...CPUPlaces.largestKey {
      for valueSize in [1, 8, 16, 24, 100, 520, 1024, 2000] {
        let places = try #require(CPUPlaces(keySize: keySize, valueSize: valueSize))
        #expect(places.tableSize <= 32 << 10)
        #expect(places.count.nonzeroBitCount == 1)
      }
    }
  }

  @Test func areNotForLargeKeysAndSlots() {
    #expect(CPUPlaces(keySize: 0, valueSize: 8) == nil)
    #expect(CPUPlaces(keySize: CPUPlaces.largestKey + 1, valueSize: 8) == nil)
    #expect(CPUPlaces(keySize: 4, valueSize: 2048) == nil)
  }

  @Test func readsAKeyInPartsOfWordsAndWhatIsLeft() {
    func parts(_ keySize: Int) -> [[Int]]? {
      CPUPlaces(keySize: keySize, valueSize: 8)?.keyParts.map { [$0.offset, $0.size] }
    }
    #expect(parts(4) == [[0, 4]])
    #expect(parts(16) == [[0, 8], [8, 8]])
    #expect(parts(15) == [[0, 8], [8, 4], [12, 2], [14, 1]])
  }

  @Test func spreadsKeys() throws {
    let numbers = try #require(CPUPlaces(keySize: 4, valueSize: 8))
    let processes = (1000..<1200).map { number in
      numbers.number(of: [UInt8(number & 0xff), UInt8(number >> 8), 0, 0][...])
    }
    #expect(Set(processes).count == 200)
    #expect(processes.allSatisfy { (0..<numbers.count).contains($0) })
    // What differs in one part only, wherever that is.
    let texts = try #require(CPUPlaces(keySize: 16, valueSize: 8))
    for offset in 0..<16 {
      let places = (0..<64).map { letter in
        var key = [UInt8](repeating: 0, count: 16)
        key[offset] = UInt8(letter)
        return texts.number(of: key[...])
      }
      #expect(Set(places).count >= 48, "byte \(offset)")
    }
  }
}
