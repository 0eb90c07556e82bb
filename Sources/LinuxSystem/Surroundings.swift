/// Where this process runs, as far as it decides what to advise somebody who lacks a right or a file.
package struct Surroundings: Hashable, Sendable {
  /// Whether a container's engine started us, so that its flags decide what we may and see.
  package var isContainer: Bool
  /// Whether processes of the host have other ids here, or none.
  package var hidesProcesses: Bool

  package init(isContainer: Bool, hidesProcesses: Bool = false) {
    self.isContainer = isContainer
    self.hidesProcesses = hidesProcesses
  }

  /// A machine without containers.
  package static let host = Surroundings(isContainer: false)

  /// Those of this process.
  package static var current: Surroundings {
    // A machine that was made of a container's image keeps the marks; a container has mounts of its own.
    Surroundings(
      isContainer: !CurrentProcess.isInInitialMountNamespace
        && hasMarks(below: "") { Environment[$0] },
      hidesProcesses: !CurrentProcess.isInInitialPIDNamespace)
  }

  /// Whether there are the marks that the engines leave in a container.
  ///
  /// - Parameters:
  ///   - root: The folder that is `/`, without a slash at its end.
  ///   - variable: Reads the environment.
  package static func hasMarks(below root: String, variable: (String) -> String?) -> Bool {
    let files = ["/run/.containerenv", "/.dockerenv", "/run/secrets/kubernetes.io"]
    if files.contains(where: { FileSystem.exists(root + $0) }) { return true }
    return ["container", "KUBERNETES_SERVICE_HOST"].contains { variable($0)?.isEmpty == false }
  }

  /// The end of a sentence that says what to do: `please ...`.
  ///
  /// - Parameters:
  ///   - flags: What the container has to be started with.
  ///   - host: What helps without a container.
  package func plea(flags: String, host: String) -> String {
    "please " + (isContainer ? "start the container with \(flags)" : host)
  }
}
