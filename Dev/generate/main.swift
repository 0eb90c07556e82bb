import Glibc
import LinuxSystem
import Manuals

// Writes the man pages, their HTML and the completions: generate REPOSITORY
//
// The HTML is what mandoc makes of the pages. What is there and no longer generated is removed.

/// Ends the command with a line on standard error.
func fail(_ text: String) -> Never {
  try? FileDescriptor.standardError.write(Array("generate: \(text)\n".utf8))
  exit(1)
}

let arguments = CommandLine.arguments
guard arguments.count == 2 else { fail("which repository?") }
do { try Writer(repository: arguments[1]).write() } catch { fail("\(error)") }
