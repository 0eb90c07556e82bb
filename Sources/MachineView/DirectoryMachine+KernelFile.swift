import LinuxSystem
package import ObjectFiles
import Synchronization

extension DirectoryMachine {
  package var debugInformation: DebugInformation? {
    get throws(MachineError) {
      let release = try release
      for path in [
        "/usr/lib/debug/boot/vmlinux-\(release)", "/usr/lib/debug/lib/modules/\(release)/vmlinux",
        "/lib/modules/\(release)/build/vmlinux", "/boot/vmlinux-\(release)",
      ] where FileSystem.isRegularFile(root + path) {
        // One that is damaged, or of another build of the same name, is as good as none.
        guard let file = try? object(at: root + path), file.hasDebugInformation,
          file.isBuild(of: (try? read("/sys/kernel/notes")) ?? []),
          let found = try debugInformation(of: root + path)
        else { continue }
        return found
      }
      return nil
    }
  }
}
