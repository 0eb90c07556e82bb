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
