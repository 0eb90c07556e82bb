import LinuxSystem
import MachineView

// Records the running kernel for tests: record-kernel FOLDER
//
// Needs root, a mounted tracefs and a kernel with type information. What is recorded is listed in
// KernelSelection.swift; an existing recording is replaced.

let arguments = CommandLine.arguments
guard arguments.count == 2 else {
  try FileDescriptor.standardError.write(Array("usage: record-kernel FOLDER\n".utf8))
  throw SystemError.invalid("record-kernel", "arguments")
}
if FileSystem.exists(arguments[1]) { try FileSystem.removeTree(arguments[1]) }
try Recorder(folder: arguments[1]).record()
