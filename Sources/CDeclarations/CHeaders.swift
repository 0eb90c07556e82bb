/// A header as it was found: a file, and what it says.
package struct CHeaderFile: Sendable {
  /// What messages call it, and the place to which its own `#include "..."` are relative.
  package let path: String
  package let bytes: [UInt8]

  package init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }
}

/// Why there is no header.
package enum CHeaderProblem: Error, Hashable, Sendable {
  /// No folder that was looked into has it; `searched` are those that the script's author named.
  case notFound(searched: [String])
  /// It would take a preprocessor to look further, and there is none.
  case noPreprocessor(searched: [String], programs: [String])
  /// A header that this one includes is missing.
  case needs(String)
  /// Reading it, or running the preprocessor, failed; why.
  case failed(String)
}

/// Where headers come from.
package protocol CHeaderSource: Sendable {
  /// The header of that name in the folders that a script can name: that of the file which includes
  /// it, if it is quoted, and those of the command line; nil if none has it.
  ///
  /// - Parameter includer: The path of a header; nil for the script.
  func find(
    _ name: String, isQuoted: Bool, from includer: String?
  ) throws(CHeaderProblem) -> CHeaderFile?
  /// What the system's C preprocessor makes of `text`, which includes the header called `name`:
  /// expanded, with its macros as `#define` and line markers.
  func preprocess(_ text: [UInt8], for name: String) throws(CHeaderProblem) -> [UInt8]
}

/// The headers that need not be there: the kernel's types are known without them, and so are the
/// numbers that they define.
enum CHeaders {
  private static let folders: Set<String> = [
    "acpi", "arpa", "asm", "asm-generic", "bits", "bpf", "block", "crypto", "drm", "fs",
    "generated",
    "keys", "kernel", "kvm", "linux", "media", "memory", "misc", "mm", "mtd", "net", "netinet",
    "netpacket", "pcmcia", "ras", "rdma", "scsi", "soc", "sound", "sys", "target", "trace", "uapi",
    "vdso", "video", "xen",
  ]
  private static let files: Set<String> = [
    "assert.h", "byteswap.h", "ctype.h", "dirent.h", "elf.h", "endian.h", "errno.h", "fcntl.h",
    "float.h", "getopt.h", "grp.h", "inttypes.h", "libgen.h", "limits.h", "locale.h", "math.h",
    "netdb.h", "poll.h", "pthread.h", "pwd.h", "regex.h", "sched.h", "setjmp.h", "signal.h",
    "stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h",
    "strings.h", "syscall.h", "syslog.h", "termios.h", "time.h", "ucontext.h", "unistd.h",
    "utime.h", "vmlinux.h", "wchar.h",
  ]

  /// Whether a header is one of the kernel or of the C library.
  static func isKnown(_ path: String) -> Bool {
    guard let slash = path.firstIndex(of: "/") else { return files.contains(path) }
    return path.hasSuffix(".h") && folders.contains(String(path[..<slash]))
      && !path.split(separator: "/").contains("..")
  }
}
