import CommandSession
import Glibc
import LinuxSystem
import ToolCommands

/// The command, from its arguments to its exit status.
@main
struct Command {
  static func main() {
    CurrentProcess.ignore(.pipe)
    let arguments = ProcessArguments.all
    let runner = ToolRunner(
      variable: { Environment[$0] }, executable: try? CurrentProcess.executablePath)
    let status = runner.run(arguments.first ?? ToolRunner.name, Array(arguments.dropFirst()))
    exit(status.number)
  }
}
