extension RendererSpec {
  /// Every output format, the default one first.
  package static let all: [RendererSpec] = [text, json, csv, record]

  /// The format of that name.
  package static func named(_ name: String) -> RendererSpec? { all.first { $0.name == name } }
}
