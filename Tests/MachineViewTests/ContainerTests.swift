import LinuxSystem
import Testing

@testable import MachineView

/// Containers of several engines, on made-up machines.
@Suite struct ContainerTests {
  private static let web = String(repeating: "0a1b", count: 16)
  private static let job = String(repeating: "0a2c", count: 16)

  private func machine(_ files: [String: String]) throws -> ScratchMachine {
    var files = files
    files["proc/mounts"] = "c /cg cgroup2 rw 0 0\n"
    return try ScratchMachine(files)
  }

  /// A process of the container whose cgroup that is.
  private func files(_ process: Int, in cgroup: String) -> [String: String] {
    [
      "proc/\(process)/cgroup": "1:cpu:/\n0::\(cgroup)\n", "proc/\(process)/comm": "sh\n",
      "cg\(cgroup)/cgroup.procs": "",
    ]
  }

  private func container(_ word: String, _ files: [String: String]...) throws -> ContainerPlace {
    let all = files.reduce(into: [:]) { $0.merge($1) { $1 } }
    let scratch = try machine(all)
    return try scratch.machine().container(word)
  }

  /// How engines name the cgroup of a container.
  @Test(arguments: [
    "/system.slice/docker-ID.scope", "/docker/ID", "/machine.slice/libpod-ID.scope",
    "/libpod_parent/libpod-ID", "/kubepods.slice/kubepods-pod1.slice/cri-containerd-ID.scope",
    "/kubepods/burstable/pod0/ID", "/user.slice/user-1000.slice/user.slice/libpod-ID.scope",
  ])
  func findsAnIDInCgroups(_ pattern: String) throws {
    let parts = pattern.split(separator: "ID", omittingEmptySubsequences: false)
    let cgroup = parts.joined(separator: Self.web)
    // A cgroup of its own within does not hide the container's.
    let found = try container("0a1b", files(7, in: cgroup + "/inner"))
    #expect(found == .cgroup(cgroup))
  }

  @Test func leavesOutTheWatcherOfAContainer() {
    #expect(
      DirectoryMachine.container(inCgroup: "/machine.slice/libpod-conmon-\(Self.web).scope") == nil)
    #expect(DirectoryMachine.container(inCgroup: "/user.slice/session-3.scope") == nil)
  }

  @Test func findsNamesWhereEnginesKeepThem() throws {
    let stores = [
      [
        "var/lib/docker/containers/\(Self.web)/config.v2.json":
          #"{"Args": ["a\"", 1.5e3, null], "Name": "/shop", "On": true}"#
      ],
      [
        "var/lib/containers/storage/overlay-containers/containers.json":
          #"[{"id":"x","names":[]},{"id":"\#(Self.web)","names":["shop","s"]}]"#
      ],
      [
        "home/me/.local/share/containers/storage/vfs-containers/containers.json":
          #"[{"id":"\#(Self.web)","names":["shop"]}]"#
      ],
      ["var/lib/nerdctl/1935db59/names/default/shop": Self.web],
      ["var/log/containers/pod-7_default_shop-\(Self.web).log": ""],
    ]
    for store in stores {
      #expect(
        try container("shop", files(7, in: "/docker/\(Self.web)"), store)
          == .cgroup("/docker/\(Self.web)"))
    }
  }

  @Test func findsATaskOfContainerd() throws {
    let task = ["run/containerd/io.containerd.runtime.v2.task/default/redis/init.pid": "7"]
    #expect(
      try container("redis", files(7, in: "/default/redis"), task) == .cgroup("/default/redis"))
  }

  @Test func takesTheMountNamespaceWhereThereIsNoCgroup() throws {
    let scratch = try machine([
      "proc/7/cgroup": "3:cpu:/docker/\(Self.web)\n0::/\n", "proc/7/comm": "sh\n",
    ])
    try FileSystem.createDirectory("\(scratch.root)/proc/7/ns")
    try FileSystem.createLink("\(scratch.root)/proc/7/ns/mnt", to: "mnt:[4026532177]")
    #expect(try scratch.machine().container("0a1b") == .mountNamespace(4_026_532_177))
  }

  @Test func tellsWhyThereIsNone() throws {
    let running = files(7, in: "/docker/\(Self.web)")
      .merging(files(8, in: "/docker/\(Self.job)")) { $1 }
    let names = [
      "var/lib/docker/containers/\(Self.web)/config.v2.json": #"{"Name": "/shop"}"#,
      "var/lib/docker/containers/\(String(repeating: "ff00", count: 16))/config.v2.json":
        #"{"Name": "/old"}"#,
    ]
    func failure(_ word: String) -> ContainerError? {
      do throws(ContainerError) {
        let scratch: ScratchMachine
        do { scratch = try machine(running.merging(names) { $1 }) } catch { return nil }
        _ = try scratch.machine().container(word)
        return nil
      } catch { return error }
    }
    #expect(failure("shop") == nil)
    #expect(failure("nope") == .unknown("nope", running: ["shop", "0a2c0a2c0a2c"]))
    #expect(failure("") == .unknown("", running: ["shop", "0a2c0a2c0a2c"]))
    #expect(failure("old") == .notRunning("old"))
    #expect(failure("ff00ff") == .notRunning("ff00ff"))
    #expect(failure("0a") == .ambiguous("0a", ids: ["0a1b0a1b0a1b", "0a2c0a2c0a2c"]))
    #expect(failure("0a1b") == nil)
  }

  @Test func readsJSON() {
    #expect(
      JSONReading(
        Array(#" {"a": [1, -2.5e3, true, false, null], "b\u00e9\ud83d\ude00\n": {}} "#.utf8))
        == .object([
          "a": .array([.number("1"), .number("-2.5e3"), .boolean(true), .boolean(false), .null]),
          "bé😀\n": .object([:]),
        ]))
    for text in [
      "", "{", "[1", "{\"a\"}", "[1] 2", "\"a", "nul", "\"\\u12\"", "\"\\ud800\"", "{,}",
    ] {
      #expect(JSONReading(Array(text.utf8)) == nil, "\(text)")
    }
    let deep = String(repeating: "[", count: 100_000)
    #expect(JSONReading(Array(deep.utf8)) == nil)
  }
}
