/// What both commands say they are.
package enum Release {
  /// The release of the language that is spoken.
  package static let version = "v0.27.1"
}
