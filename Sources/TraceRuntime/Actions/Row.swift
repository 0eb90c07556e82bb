internal import Output
internal import TraceModel

extension EventHandler {
  /// What people read above rows, unless they have it.
  func showRowHeading() {
    guard row != nil, !isHeadingShown else { return }
    isHeadingShown = true
    outlet.emit(.rowHeading)
  }

  /// `row(...)`: a line of the script's columns.
  func showRow(_ plan: EventPlan, _ bytes: Span<UInt8>) throws(DecodingError) {
    guard let row, let format = plan.format else { return }
    if !isHeadingShown { showRowHeading() }
    guard outlet.takesText else {
      return outlet.emit(
        .row(try row.values(of: bytes, plan.event.fields, decoder, clock)))
    }
    let decoder = decoder
    try outlet.emitText { text throws(DecodingError) in
      try format.append(bytes, decoder, to: &text)
    }
  }
}
