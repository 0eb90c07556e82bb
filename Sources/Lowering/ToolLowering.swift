import Diagnostics
import Semantics
import TraceModel

/// What the runtime has to know of rows and tables.
extension ScriptLowering {
  /// Notes in the manifest what rows and tables look like, once all events and maps are there.
  func describeTool(in manifest: inout Manifest) {
    let tool = script.tool
    if var columns = tool.row?.columns {
      let rows = manifest.events.filter { $0.kind == .row }
      for index in columns.indices {
        guard case .field(let field) = columns[index].source,
          rows.contains(where: { $0.fields[field].layout.isStack })
        else { continue }
        columns[index].format = ""
      }
      manifest.row = RowSpec(columns: columns)
    }
    manifest.tables = tool.tables.map { table in
      var columns: [ColumnSpec] = []
      for column in table.columns {
        var spec = column.spec
        if let map = column.map {
          guard let index = manifest.maps.firstIndex(where: { $0.name == map }) else {
            report(
              .error("column-declaration", "nothing fills \(map)", at: column.range))
            continue
          }
          spec.source = .map(index, part: column.part)
        }
        columns.append(spec)
      }
      return TableSpec(
        columns: columns, heading: table.heading, headingCondition: table.headingCondition)
    }
  }
}
