package import TraceIR

/// A value of 64 bits in the IR.
package typealias IRWord = IRValue
