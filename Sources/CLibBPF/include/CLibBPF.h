// libbpf, and what of it Swift cannot call: its print callback takes a va_list.
#pragma once

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

// MARK: Messages

/// Keeps what libbpf says on this thread, up to `level` (0 warnings, 1 information, 2 debug), from
/// now on; says nothing on standard error.
void clibbpf_capture_begin(int level);

/// Ends the capture. Returns the messages one after the other, each as a byte for the level ('0'
/// and up) and NUL-terminated text, and their length in bytes; the caller frees them. Null if there
/// are none.
char *clibbpf_capture_end(size_t *length);

// MARK: Programs

/// A program that is loaded for something in the kernel's types.
struct clibbpf_target {
  const struct bpf_program *program;
  enum bpf_prog_type type;
  /// The number of the type or function in BTF.
  uint32_t id;
  /// A descriptor of a module's BTF, or 0 for the kernel's own.
  int types;
  /// A descriptor of the BPF program that has the function, or 0 for one of the kernel.
  int owner;
};

/// Has libbpf take every program whose section's name begins with `bt/` for a raw tracepoint's, and ask
/// the targets below before it loads one.
void clibbpf_register_programs(void);

/// What the programs that this thread loads are for, from now until the end.
void clibbpf_targets_begin(const struct clibbpf_target *entries, size_t count);
void clibbpf_targets_end(void);

// MARK: Ring buffers

/// Loads that see everything written before the value was stored.
static inline uint64_t clibbpf_load_acquire_64(const void *address) {
  return __atomic_load_n((const uint64_t *)address, __ATOMIC_ACQUIRE);
}
static inline uint32_t clibbpf_load_acquire_32(const void *address) {
  return __atomic_load_n((const uint32_t *)address, __ATOMIC_ACQUIRE);
}
/// A store that whoever loads the value sees after everything written before.
static inline void clibbpf_store_release_64(void *address, uint64_t value) {
  __atomic_store_n((uint64_t *)address, value, __ATOMIC_RELEASE);
}
/// The same, and loads that follow see what others stored before they loaded the value.
static inline void clibbpf_store_fence_64(void *address, uint64_t value) {
  __atomic_store_n((uint64_t *)address, value, __ATOMIC_RELEASE);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
