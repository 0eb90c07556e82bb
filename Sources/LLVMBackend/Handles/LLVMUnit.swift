internal import CLLVM

/// One LLVM module that becomes one BPF object, with all that it takes to build it.
///
/// Every method is one call of the C API or a few that belong together. The unit frees what it owns
/// when it ends; values, types, blocks and metadata it gave out must not be used after that.
@safe
struct LLVMUnit: ~Copyable {
  let context: OpaquePointer
  let module: OpaquePointer
  let builder: OpaquePointer
  let debug: OpaquePointer
  private let diagnostics: DiagnosticLog

  /// Prepares an empty module.
  init(name: String) {
    cllvm_initialize_bpf()
    cllvm_install_fatal_handler()
    unsafe context = LLVMContextCreate()
    unsafe module = LLVMModuleCreateWithNameInContext(name, context)
    unsafe builder = LLVMCreateBuilderInContext(context)
    unsafe debug = LLVMCreateDIBuilder(module)
    diagnostics = DiagnosticLog()
    unsafe LLVMSetTarget(module, "bpfel")
    let log = unsafe Unmanaged.passUnretained(diagnostics).toOpaque()
    unsafe LLVMContextSetDiagnosticHandler(context, { unsafe DiagnosticLog.receive($0, $1) }, log)
  }

  deinit {
    // What a generator was doing when it could not go on still refers to all this.
    guard !diagnostics.isLost else { return }
    unsafe LLVMDisposeBuilder(builder)
    unsafe LLVMDisposeDIBuilder(debug)
    unsafe LLVMDisposeModule(module)
    unsafe LLVMContextDispose(context)
  }

  // MARK: Types

  func integerType(bits: Int) -> LLVMType {
    unsafe LLVMType(LLVMIntTypeInContext(context, UInt32(bits)))
  }

  var pointerType: LLVMType { unsafe LLVMType(LLVMPointerTypeInContext(context, 0)) }

  func arrayType(_ element: LLVMType, count: Int) -> LLVMType {
    unsafe LLVMType(LLVMArrayType2(element.reference, UInt64(count)))
  }

  func structureType(_ name: String, _ elements: [LLVMType]) -> LLVMType {
    let type = unsafe LLVMStructCreateNamed(context, name)
    var references = unsafe elements.map { unsafe Optional($0.reference) }
    unsafe LLVMStructSetBody(type, &references, UInt32(elements.count), 0)
    return unsafe LLVMType(type)
  }

  func functionType(_ parameters: [LLVMType], returns result: LLVMType) -> LLVMType {
    var references = unsafe parameters.map { unsafe Optional($0.reference) }
    return unsafe LLVMType(
      LLVMFunctionType(result.reference, &references, UInt32(parameters.count), 0))
  }

  // MARK: Constants

  func integer(_ value: Int64, bits: Int) -> LLVMValue {
    unsafe LLVMValue(
      LLVMConstInt(integerType(bits: bits).reference, UInt64(bitPattern: value), 1))
  }

  func null(_ type: LLVMType) -> LLVMValue { unsafe LLVMValue(LLVMConstNull(type.reference)) }

  /// The address of a number: how a helper is named.
  func pointer(_ address: Int) -> LLVMValue {
    unsafe LLVMValue(
      LLVMConstIntToPtr(integer(Int64(address), bits: 64).reference, pointerType.reference))
  }

  // MARK: Globals

  /// A read-only global of those bytes.
  ///
  /// - Parameter isFixed: Whether LLVM may take the bytes for what a program will find there.
  func global(
    _ name: String, bytes: [UInt8], section: String, isPrivate: Bool = false, isFixed: Bool = true,
    alignment: Int
  ) -> LLVMValue {
    let initializer = unsafe bytes.withUnsafeBytes { raw in
      let start = unsafe raw.baseAddress?.assumingMemoryBound(to: CChar.self)
      return unsafe LLVMConstStringInContext(context, start, UInt32(raw.count), 1)
    }
    let global = unsafe LLVMAddGlobal(module, LLVMTypeOf(initializer), name)
    unsafe LLVMSetInitializer(global, initializer)
    unsafe LLVMSetGlobalConstant(global, 1)
    unsafe LLVMSetSection(global, section)
    unsafe LLVMSetAlignment(global, UInt32(alignment))
    if isPrivate { unsafe LLVMSetLinkage(global, LLVMInternalLinkage) }
    if !isFixed { unsafe LLVMSetExternallyInitialized(global, 1) }
    return unsafe LLVMValue(global)
  }

  /// A text for LLVM's passes, which is not in the object.
  func passText(_ text: String) -> LLVMValue {
    let initializer = unsafe LLVMConstStringInContext(context, text, UInt32(text.utf8.count), 1)
    let global = unsafe LLVMAddGlobal(module, LLVMTypeOf(initializer), Self.passTextName)
    unsafe LLVMSetInitializer(global, initializer)
    unsafe LLVMSetGlobalConstant(global, 1)
    unsafe LLVMSetLinkage(global, LLVMPrivateLinkage)
    return unsafe LLVMValue(global)
  }

  private static let passTextName = "pass.text"

  /// Drops the texts that the passes have read.
  private func dropPassTexts() {
    var next = unsafe LLVMGetFirstGlobal(module)
    while let global = unsafe next {
      unsafe next = LLVMGetNextGlobal(global)
      var length = 0
      let name = unsafe String(cString: LLVMGetValueName2(global, &length))
      if name.hasPrefix(Self.passTextName), unsafe LLVMGetFirstUse(global) == nil {
        unsafe LLVMDeleteGlobal(global)
      }
    }
  }

  /// A global of zeros of that many pointers, described by a debug type: how maps are declared.
  func mapGlobal(_ name: String, pointers: Int, section: String, expression: LLVMMetadata)
    -> LLVMValue
  {
    let type = arrayType(pointerType, count: pointers)
    let global = unsafe LLVMAddGlobal(module, type.reference, name)
    unsafe LLVMSetInitializer(global, LLVMConstNull(type.reference))
    unsafe LLVMSetSection(global, section)
    unsafe LLVMSetAlignment(global, 8)
    unsafe LLVMGlobalSetMetadata(global, metadataKind("dbg"), expression.reference)
    return unsafe LLVMValue(global)
  }

  func metadataKind(_ name: String) -> UInt32 {
    unsafe LLVMGetMDKindIDInContext(context, name, UInt32(name.utf8.count))
  }

  // MARK: Functions

  /// Adds a function; `section` nil makes it a static one of `.text`.
  func addFunction(
    _ name: String, type: LLVMType, section: String?, subprogram: LLVMMetadata, inlined: Bool = true
  ) -> LLVMValue {
    let function = unsafe LLVMAddFunction(module, name, type.reference)
    if let section {
      unsafe LLVMSetSection(function, section)
    } else {
      unsafe LLVMSetLinkage(function, LLVMInternalLinkage)
    }
    unsafe LLVMSetSubprogram(function, subprogram.reference)
    for attribute in ["nounwind"] + (inlined ? [] : ["noinline"]) {
      let kind = unsafe LLVMGetEnumAttributeKindForName(attribute, attribute.utf8.count)
      unsafe LLVMAddAttributeAtIndex(
        function, LLVMAttributeIndex(bitPattern: -1), LLVMCreateEnumAttribute(context, kind, 0))
    }
    return unsafe LLVMValue(function)
  }

  /// Declares a function that is in another object.
  func declareFunction(
    _ name: String, type: LLVMType, section: String? = nil, subprogram: LLVMMetadata
  ) -> LLVMValue {
    let function = unsafe LLVMAddFunction(module, name, type.reference)
    if let section { unsafe LLVMSetSection(function, section) }
    unsafe LLVMSetSubprogram(function, subprogram.reference)
    return unsafe LLVMValue(function)
  }

  func parameter(_ index: Int, of function: LLVMValue) -> LLVMValue {
    unsafe LLVMValue(LLVMGetParam(function.reference, UInt32(index)))
  }

  func addBlock(_ label: String, to function: LLVMValue) -> LLVMBlock {
    unsafe LLVMBlock(LLVMAppendBasicBlockInContext(context, function.reference, label))
  }

  /// The declaration of one of LLVM's own functions for those types; nil where LLVM has none.
  func intrinsic(_ name: String, _ types: [LLVMType]) -> (function: LLVMValue, type: LLVMType)? {
    let id = unsafe LLVMLookupIntrinsicID(name, name.utf8.count)
    guard id != 0 else { return nil }
    var references = unsafe types.map { unsafe Optional($0.reference) }
    let function = unsafe LLVMGetIntrinsicDeclaration(module, id, &references, types.count)
    return unsafe (LLVMValue(function), LLVMType(LLVMGlobalGetValueType(function)))
  }

  // MARK: Output

  /// LLVM's text of the module.
  var text: String {
    guard let text = unsafe LLVMPrintModuleToString(module) else { return "" }
    defer { unsafe LLVMDisposeMessage(text) }
    return unsafe String(cString: text)
  }

  /// Ends the debug information, checks the module, runs the passes and generates the code.
  ///
  /// - Parameter observe: Is called before and after the passes.
  func emitObject(
    cpu: String, passes: String, observe: (BackendStage) -> Void
  ) throws(BackendError) -> [UInt8] {
    unsafe LLVMDIBuilderFinalize(debug)
    var target: LLVMTargetRef?
    var message: UnsafeMutablePointer<CChar>?
    guard unsafe LLVMGetTargetFromTriple("bpfel", &target, &message) == 0 else {
      throw unsafe Self.failure(message)
    }
    let machine = unsafe LLVMCreateTargetMachine(
      target, "bpfel", cpu, "", LLVMCodeGenLevelDefault, LLVMRelocDefault, LLVMCodeModelDefault)
    defer { unsafe LLVMDisposeTargetMachine(machine) }
    let layout = unsafe LLVMCreateTargetDataLayout(machine)
    unsafe LLVMSetModuleDataLayout(module, layout)
    unsafe LLVMDisposeTargetData(layout)
    observe(.translated)
    guard unsafe LLVMVerifyModule(module, LLVMReturnStatusAction, &message) == 0 else {
      throw unsafe Self.failure(message)
    }
    unsafe LLVMDisposeMessage(message)
    unsafe message = nil

    let options = unsafe LLVMCreatePassBuilderOptions()
    defer { unsafe LLVMDisposePassBuilderOptions(options) }
    if let error = unsafe LLVMRunPasses(module, passes, machine, options) {
      let text = unsafe LLVMGetErrorMessage(error)
      defer { unsafe LLVMDisposeErrorMessage(text) }
      throw .generator(unsafe text.map { unsafe String(cString: $0) } ?? "a pass failed")
    }
    dropPassTexts()
    observe(.optimized)

    var buffer: LLVMMemoryBufferRef?
    let answer = unsafe cllvm_emit_object(machine, module, &message, &buffer)
    diagnostics.isLost = answer == 2
    guard answer == 0 else {
      let failure = unsafe Self.failure(message)
      // The one thing that the generator does not survive and that a script can ask for.
      if answer == 2, case .generator("Branch target out of insn range") = failure {
        throw .tooLong
      }
      throw failure
    }
    defer { unsafe LLVMDisposeMemoryBuffer(buffer) }
    if !diagnostics.errors.isEmpty {
      let text = diagnostics.errors.joined(separator: "\n")
      throw Self.isAboutTheStack(text) ? .outOfStack(text) : .generator(text)
    }
    return unsafe [UInt8](
      UnsafeRawBufferPointer(
        start: LLVMGetBufferStart(buffer), count: LLVMGetBufferSize(buffer)))
  }

  /// Whether the code generator complains that a function needs more stack than programs have.
  private static func isAboutTheStack(_ text: String) -> Bool {
    text.indices.contains { text[$0...].hasPrefix("BPF stack limit") }
  }

  private static func failure(_ message: UnsafeMutablePointer<CChar>?) -> BackendError {
    guard let message = unsafe message else { return .generator("failed without a word") }
    defer { unsafe LLVMDisposeMessage(message) }
    return .generator(unsafe String(cString: message))
  }
}

/// The errors that LLVM reports on the side while it generates code.
private final class DiagnosticLog {
  /// Each once: LLVM complains of every access to the stack that lies too low.
  private(set) var errors: [String] = []
  /// Whether the code generator was left in the middle of its work.
  var isLost = false

  private func add(_ error: String) {
    if !errors.contains(error) { errors.append(error) }
  }

  static func receive(_ info: LLVMDiagnosticInfoRef?, _ log: UnsafeMutableRawPointer?) {
    guard let log = unsafe log, unsafe LLVMGetDiagInfoSeverity(info) == LLVMDSError,
      let text = unsafe LLVMGetDiagInfoDescription(info)
    else { return }
    defer { unsafe LLVMDisposeMessage(text) }
    unsafe Unmanaged<DiagnosticLog>.fromOpaque(log).takeUnretainedValue().add(
      String(cString: text))
  }
}
