package import BPF
internal import LinuxSystem
package import MachineView
internal import ObjectFiles

/// Finds attach points on the machine we run on.
package final class MachineResolver: AttachResolver {
  private let kernel: any KernelView
  /// Binaries that were opened, by path: many probes are often in one of them.
  private var files: [String: ELFFile] = [:]

  package init(kernel: any KernelView) { self.kernel = kernel }

  package func tracepointID(category: String, event: String) throws(AttachError) -> UInt64 {
    let name = TracepointName(category: category, event: event)
    do {
      if let format = try kernel.tracepointFormat(name) { return UInt64(format.id) }
    } catch {
      switch error {
      case .system(let error) where !error.isAbsence: throw .system(error)
      case .noTracefs, .tracefsDenied: throw .unreadable("\(error)")
      default: break
      }
    }
    throw .noSuchTracepoint("\(category):\(event)")
  }

  package func fileOffset(
    path: String, symbol: String?, offset: UInt64
  ) throws(AttachError) -> UInt64 {
    guard let symbol else { return offset }
    let start: UInt64?
    do {
      let file = try file(path)
      var found = try file.symbols().symbol(named: symbol)
      if found == nil { found = try file.symbolsWithDebugFile().symbol(named: symbol) }
      start = found.flatMap { file.fileOffset(ofAddress: $0.address) }
    } catch {
      if case .system(let error) = error {
        throw error.isAbsence ? .noSuchFile(path) : .system(error)
      }
      start = nil
    }
    guard let start else { throw .noSuchSymbol(path: path, symbol: symbol) }
    return start &+ offset
  }

  private func file(_ path: String) throws(ObjectFileError) -> ELFFile {
    if let known = files[path] { return known }
    let file = try ELFFile(path)
    files[path] = file
    return file
  }
}
