import LinuxSystem
import MachineView

// Records the running kernel for tests: record-kernel [--as-is] FOLDER
//
// Machines for development often lack kinds of probes that scripts in tests have, so some features are
// recorded as if they were there; with --as-is only those that are: for kernels in a virtual machine.
//
// Needs root, a mounted tracefs and a kernel with type information. What is recorded is listed in
// KernelSelection.swift; an existing recording is replaced.

var arguments = CommandLine.arguments.dropFirst()
let isAsIs = arguments.first == "--as-is"
if isAsIs { arguments.removeFirst() }
guard let folder = arguments.first, arguments.count == 1 else {
  try FileDescriptor.standardError.write(
    Array("usage: record-kernel [--as-is] FOLDER\n".utf8))
  throw SystemError.invalid("record-kernel", "arguments")
}
if FileSystem.exists(folder) { try FileSystem.removeTree(folder) }
try Recorder(folder: folder, isAsIs: isAsIs).record()
