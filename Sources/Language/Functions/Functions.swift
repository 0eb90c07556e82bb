extension Function {
  /// Every function and builtin, family by family, in the order of the manual.
  package static let all: [Function] = []
}
