internal import CLinux

/// The service manager that may have started us (sd_notify(3)).
package enum ServiceManager {
  /// Tells the manager our state, for example `READY=1`; nothing happens without a manager.
  ///
  /// - Parameter socket: The manager's socket; NOTIFY_SOCKET of the environment unless given.
  package static func notify(_ state: String, socket: String? = nil) throws(SystemError) {
    guard let socket = socket ?? Environment["NOTIFY_SOCKET"] else { return }
    guard
      unsafe socket.withSystemCString({
        unsafe clinux_send_datagram($0, state, state.utf8.count)
      }) == 0
    else {
      throw .current("notify", socket)
    }
  }
}
