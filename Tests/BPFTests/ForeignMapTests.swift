import BPF
import Foundation
import LinuxSystem
import Testing
import TraceModel

/// Maps of other programs, and cgroups, that stand in for maps of an object.
@Suite(.enabled(if: Ability.canLoad, "needs the right to load BPF programs"))
struct ForeignMapTests {
  /// Returns 1 if the wanted key is in the set, 2 if this process is in the cgroup, 3 for both.
  static let source = """
    MAP(HASH, set, 1, __u64, __u32);
    MAP(CGROUP_ARRAY, group, 1, __u32, __u32);
    const volatile __u64 bt_constants[3] SEC(".rodata.bt") = {0, 0, 0};

    SEC("raw_tp/ask") int ask(void *ctx) {
      __u64 key = bt_constants[2];
      int answer = 0;
      if (bt_constants[0] && bpf_map_lookup_elem(&set, &key)) answer += 1;
      if (bt_constants[1] && bpf_current_task_under_cgroup(&group, 0) == 1) answer += 2;
      return answer;
    }

    """

  private func load(
    usesSet: Bool, usesGroup: Bool, key: UInt64 = 0, _ change: (inout LoadPlan) -> Void
  ) throws -> any HostedObject {
    var plan = LoadPlan(
      name: "test", constants: [UInt8](words: usesSet ? 1 : 0, usesGroup ? 1 : 0, key))
    change(&plan)
    return try TestObject.load(Self.source, as: plan)
  }

  @Test func mapsThatNobodyReachesNeedNotBeMade() throws {
    let object = try load(usesSet: false, usesGroup: false) {
      $0.omittedMaps = ["set", "group"]
    }
    #expect(try object.run("ask", context: []) == 0)
    #expect(throws: SystemError.self) { try object.entries(of: "set") }
  }

  @Test func unknownMapsAreRefused() {
    #expect(throws: LoadError.noSuchMap("nope")) {
      try load(usesSet: false, usesGroup: false) { $0.omittedMaps = ["nope"] }
    }
    #expect(throws: LoadError.noSuchMap("nope")) {
      try load(usesSet: false, usesGroup: false) { $0.pinnedMaps = ["nope": "/sys/fs/bpf"] }
    }
  }

  @Test func refusesAPathAtWhichNoMapIsPinned() throws {
    for (path, errno) in [("/sys/fs/bpf/not-there", ENOENT), ("/etc/passwd", EACCES)] {
      let error = SystemError(operation: "BPF_OBJ_GET", subject: path, errno: errno)
      #expect(throws: LoadError.unusableMap(path, .notPinned(error))) {
        try load(usesSet: true, usesGroup: false) {
          $0.pinnedMaps = ["set": path]
          $0.omittedMaps = ["group"]
        }
      }
    }
  }

  @Test(.enabled(if: BPFFileSystem.isUsable, "needs a BPF file system and bpftool"))
  func looksIntoAPinnedMap() throws {
    let pinned = try BPFFileSystem.Map("hash", keySize: 8, valueSize: 16)
    try pinned.insert(key: 77)
    for (key, answer) in [(77, 1), (78, 0)] as [(UInt64, UInt32)] {
      let object = try load(usesSet: true, usesGroup: false, key: key) {
        $0.pinnedMaps = ["set": pinned.path]
        $0.omittedMaps = ["group"]
      }
      #expect(try object.run("ask", context: []) == answer)
      try pinned.insert(key: 78)
      #expect(try object.run("ask", context: []) == 1, "changes are seen")
      try pinned.remove(key: 78)
    }
  }

  @Test(.enabled(if: BPFFileSystem.isUsable, "needs a BPF file system and bpftool"))
  func refusesMapsOfAnotherShape() throws {
    let narrow = try BPFFileSystem.Map("hash", keySize: 4, valueSize: 4)
    let array = try BPFFileSystem.Map("array", keySize: 4, valueSize: 4)
    let problems: [(BPFFileSystem.Map, LoadError.MapProblem)] = [
      (narrow, .keySize(found: 4, needed: 8)), (array, .notAHash),
    ]
    for (map, problem) in problems {
      #expect(throws: LoadError.unusableMap(map.path, problem)) {
        try load(usesSet: true, usesGroup: false) { $0.pinnedMaps = ["set": map.path] }
      }
    }
  }

  @Test(.enabled(if: Hierarchy.folder != nil, "needs a cgroup (version 2) file system"))
  func tellsWhetherAProcessIsInACgroup() throws {
    let mount = try #require(Hierarchy.folder)
    let empty = "\(mount)/bt-suite-test-\(UUID().uuidString)"
    try FileSystem.createDirectory(empty)
    defer { _ = unsafe rmdir(empty) }
    for (folder, answer) in [(mount, 2), (empty, 0)] as [(String, UInt32)] {
      let object = try load(usesSet: false, usesGroup: true) {
        $0.cgroups = ["group": folder]
        $0.omittedMaps = ["set"]
      }
      #expect(try object.run("ask", context: []) == answer)
    }
    #expect(throws: LoadError.self) {
      try load(usesSet: false, usesGroup: true) { $0.cgroups = ["group": "/etc"] }
    }
  }
}

/// Where cgroups of version 2 are mounted.
private enum Hierarchy {
  static let folder: String? = {
    guard let mounts = try? FileSystem.readText("/proc/mounts") else { return nil }
    let lines = mounts.split(separator: "\n").map { $0.split(separator: " ") }
    return lines.first { $0.count > 2 && $0[2] == "cgroup2" }.map { String($0[1]) }
  }()
}

/// Maps that bpftool makes and pins.
private enum BPFFileSystem {
  private static let bpftool = "/usr/sbin/bpftool"

  static let isUsable =
    FileSystem.exists(bpftool)
    && ((try? FileSystem.readText("/proc/mounts"))?.contains(" /sys/fs/bpf bpf ") ?? false)

  /// A map that is gone with the value.
  final class Map {
    let path = "/sys/fs/bpf/bt-suite-test-\(UUID().uuidString)"
    private let valueSize: Int

    init(_ kind: String, keySize: Int, valueSize: Int) throws {
      self.valueSize = valueSize
      try TestObject.run(
        bpftool,
        ["map", "create", path, "type", kind, "key", "\(keySize)", "value", "\(valueSize)"]
          + ["entries", "8", "name", "test"])
    }

    deinit { _ = unsafe unlink(path) }

    func insert(key: UInt64) throws {
      let value = [String](repeating: "0", count: valueSize)
      try TestObject.run(
        bpftool, ["map", "update", "pinned", path, "key"] + words(key) + ["value"] + value)
    }

    func remove(key: UInt64) throws {
      try TestObject.run(bpftool, ["map", "delete", "pinned", path, "key"] + words(key))
    }

    private func words(_ key: UInt64) -> [String] { [UInt8](words: key).map(String.init) }
  }
}
