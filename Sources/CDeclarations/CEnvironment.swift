package import BTF

/// What is known before the first line of a script's C.
package struct CEnvironment: Sendable {
  /// The kernel's types, which definitions may name.
  package var kernel: BTFTypes?
  /// What `__TARGET_ARCH_` ends in: `x86`, `arm64`.
  package var target: String
  /// What `LINUX_VERSION_CODE` is: 6.1.2 is `0x060102`; nil when nobody knows.
  package var kernelVersion: Int?
  /// What a symbol of the kernel's configuration is set to: `y`, `m`, a number or quoted text.
  package var configuration: @Sendable (String) -> String?

  /// Where headers are that the kernel's types do not stand in for; nil: there are none.
  package var headers: (any CHeaderSource)?

  package init(
    kernel: BTFTypes? = nil, target: String = "x86", kernelVersion: Int? = nil,
    configuration: @escaping @Sendable (String) -> String? = { _ in nil },
    headers: (any CHeaderSource)? = nil
  ) {
    self.kernel = kernel
    self.target = target
    self.kernelVersion = kernelVersion
    self.configuration = configuration
    self.headers = headers
  }

  /// Returns the `LINUX_VERSION_CODE` of a kernel's release, such as `6.1.0-18-amd64`.
  package static func versionCode(of release: String) -> Int? {
    let numbers = release.split(separator: "-").first?.split(separator: ".").map { part in
      Int(part.prefix { $0.isNumber })
    }
    guard let numbers, let major = numbers.first ?? nil, (0..<1 << 15).contains(major) else {
      return nil
    }
    let minor = numbers.count > 1 ? numbers[1] ?? 0 : 0
    let patch = numbers.count > 2 ? numbers[2] ?? 0 : 0
    return major << 16 | min(minor, 255) << 8 | min(patch, 255)
  }

  /// The macro of that name that is defined from the start.
  ///
  /// - Parameter hasHeaders: Whether some header of the system has been included, so that what they
  ///   define is known too.
  func predefined(_ name: String, hasHeaders: Bool) -> CPredefinition? {
    switch name {
    case "__KERNEL__", "__BPF_TRACING__", "__STDC__", "__LP64__", "_LP64", "__linux__", "__bpf__",
      "__BPFTRACE__", "__LITTLE_ENDIAN__":
      return CPredefinition("1")
    case "__STDC_VERSION__": return CPredefinition("201710L")
    case "__TARGET_ARCH_\(target)": return CPredefinition("1")
    case "__x86_64__", "__x86_64", "__amd64__":
      return target == "x86" ? CPredefinition("1") : nil
    case "__aarch64__": return target == "arm64" ? CPredefinition("1") : nil
    case "BPFTRACE_HAVE_BTF": return kernel == nil ? nil : CPredefinition("1")
    case "LINUX_VERSION_CODE":
      return kernelVersion.map {
        CPredefinition("\($0)", binding: "the release of this kernel is built in")
      }
    case "KERNEL_VERSION":
      return CPredefinition(
        "(((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))", parameters: ["a", "b", "c"])
    case _ where name.hasPrefix("CONFIG_"): return configured(name)
    case _ where hasHeaders:
      return HeaderConstants.value(of: name, on: target).map { CPredefinition($0) }
    default: return nil
    }
  }

  /// The number that headers of the system define under a name, in decimal digits; nil if there is none.
  ///
  /// - Parameter target: What `__TARGET_ARCH_` ends in.
  package static func headerConstant(_ name: String, on target: String) -> String? {
    HeaderConstants.digits(of: name, on: target)
  }

  private func configured(_ name: String) -> CPredefinition? {
    let reason = "the configuration of this kernel is built in"
    if let value = configuration(name) {
      switch value {
      case "y": return CPredefinition("1", binding: reason)
      case "m", "n": return nil
      default: return CPredefinition(value, binding: reason)
      }
    }
    guard name.hasSuffix("_MODULE"), configuration(String(name.dropLast(7))) == "m" else {
      return nil
    }
    return CPredefinition("1", binding: reason)
  }
}
