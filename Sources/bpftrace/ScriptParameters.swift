import CommandLineKit
import CommandLines
import MachineView
import Output
import ToolLibrary
import TraceModel
import TraceRuntime

/// The words behind a script on the command line, read by what its manifest declares.
struct ScriptParameters {
  private let options: [ToolOption]
  private let reader: OptionReader
  private let values: OptionValues
  private let takesWords: Bool

  init(for manifest: Manifest, on kernel: any KernelView) {
    // Scripts that declare nothing have no other options than those that they read.
    options = ToolOption.all(of: manifest).filter { !$0.isOffered || manifest.isToolByForm }
    reader = OptionReader(for: manifest, on: kernel)
    values = OptionValues(for: manifest)
    takesWords = manifest.takesParameters
  }

  /// Reads the words, and does what options of the runner among them say.
  func take(
    _ words: [String], into session: inout SessionOptions, isTerminal: Bool
  ) throws(ScriptArguments.ParseError) {
    let parameters = options.map(\.parameter)
    var given = GivenOptions()
    session.arguments = try ScriptArguments(parsing: words, for: parameters) {
      (parameter, text) throws(ScriptArguments.ParseError) in
      guard let option = options.first(where: { $0.name == parameter.name }) else {
        preconditionFailure("an option that was found is one of those it was looked for among")
      }
      let reading = try read(text, of: option)
      given.add(option, as: "--\(option.long ?? option.name)", text: text ?? "", reading: reading)
      return reading
    }
    if !takesWords { try takePositional(&session.arguments, &given) }
    if let sentence = given.contradiction(among: options) { throw .contradictory(sentence) }
    session.takeStandardOptions(among: parameters, isTerminal: isTerminal)
  }

  /// The names that an option lists which was given; nil if there is no such option.
  func listing(for arguments: ScriptArguments) -> String? {
    let asking = options.first { $0.listed != nil && arguments.options[$0.name] == .boolean(true) }
    return asking?.listed.map { values.listing(of: $0, reader) }
  }

  /// Words without dashes, in the order in which the script declares what they are.
  private func takePositional(
    _ arguments: inout ScriptArguments, _ given: inout GivenOptions
  ) throws(ScriptArguments.ParseError) {
    var words = arguments.positional[...]
    for option in options where option.isPositional && arguments.options[option.name] == nil {
      guard let word = words.popFirst() else { break }
      let reading = try read(word, of: option)
      arguments.take(reading, of: option.parameter)
      given.add(option, as: option.spelling, text: word, reading: reading)
    }
    arguments.positional = Array(words)
  }

  private func read(
    _ text: String?, of option: ToolOption
  ) throws(ScriptArguments.ParseError) -> OptionReading {
    if option.kind == .toggle {
      return .value(try option.parameter.value(text))
    }
    guard let text else { throw .refused(name: option.long ?? option.name, "expects a value") }
    do throws(OptionReader.Problem) { return try reader.read([text], of: option) } catch {
      throw .refused(name: option.long ?? option.name, error.text)
    }
  }
}
