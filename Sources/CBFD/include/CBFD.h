// A narrow door to binutils: demangling and the lengths of instructions. bfd.h's function-like
// macros and the variadic callbacks of libopcodes cannot be reached from Swift.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// The readable form of a mangled C++, Rust or D name; free() it. NULL if it is not mangled.
char *cbfd_demangle(const char *name, int with_parameters);

/// Processors whose instructions can be measured.
enum cbfd_machine { CBFD_X86_64 = 0, CBFD_I386 = 1, CBFD_AARCH64 = 2 };

/// Walks `code` from its start, which lies at address `base`, and writes the offset of each
/// instruction into `offsets`; at most `capacity`.
///
/// Returns how many there are; the walk ends where bytes are no instruction. Below zero when
/// libopcodes does not know the processor.
long cbfd_instruction_offsets(
    int machine, const uint8_t *code, size_t length, uint64_t base, uint32_t *offsets,
    size_t capacity);

/// The text of the first instruction of `code`; its length in bytes, or below zero.
int cbfd_disassemble(
    int machine, const uint8_t *code, size_t length, uint64_t base, char *text, size_t capacity);
