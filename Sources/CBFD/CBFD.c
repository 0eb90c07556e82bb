#define PACKAGE "bt-suite"
#define PACKAGE_VERSION "0"
#include "CBFD.h"

#include <bfd.h>
#include <libiberty/demangle.h>
#include <dis-asm.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The one thing that libopcodes asks of libbfd: a way to say that an assertion of its own has failed.
// Said here, nothing of libbfd is linked, which would bring readers and linkers of a dozen formats.
// Weak, because the libopcodes of another processor may ask for more, and then gets all of it.
__attribute__((weak)) void _bfd_error_handler(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
}

char *cbfd_demangle(const char *name, int with_parameters) {
  int flags = DMGL_AUTO | DMGL_ANSI | (with_parameters ? DMGL_PARAMS : 0);
  return cplus_demangle(name, flags);
}

struct sink {
  char *text;
  size_t length, capacity;
};

static int append(struct sink *sink, const char *format, va_list arguments) {
  if (sink->capacity == 0) return 0;
  size_t left = sink->capacity - sink->length;
  int count = vsnprintf(sink->text + sink->length, left, format, arguments);
  if (count > 0) {
    sink->length += (size_t)count < left ? (size_t)count : left - 1;
  }
  return count;
}

static int print(void *stream, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int count = append(stream, format, arguments);
  va_end(arguments);
  return count;
}

static int print_styled(
    void *stream, enum disassembler_style style, const char *format, ...) {
  (void)style;
  va_list arguments;
  va_start(arguments, format);
  int count = append(stream, format, arguments);
  va_end(arguments);
  return count;
}

static void no_memory_error(int status, bfd_vma address, struct disassemble_info *info) {
  (void)status;
  (void)address;
  (void)info;
}

static disassembler_ftype prepare(
    int machine, const uint8_t *code, size_t length, uint64_t base, struct sink *sink,
    struct disassemble_info *info) {
  static const struct {
    enum bfd_architecture architecture;
    unsigned long machine;
  } machines[] = {
      {bfd_arch_i386, bfd_mach_x86_64},
      {bfd_arch_i386, bfd_mach_i386_i386},
      {bfd_arch_aarch64, bfd_mach_aarch64},
  };
  if (machine < 0 || (size_t)machine >= sizeof machines / sizeof machines[0]) return NULL;
  init_disassemble_info(info, sink, print, print_styled);
  info->arch = machines[machine].architecture;
  info->mach = machines[machine].machine;
  info->buffer = (bfd_byte *)code;
  info->buffer_length = length;
  info->buffer_vma = base;
  info->read_memory_func = buffer_read_memory;
  info->memory_error_func = no_memory_error;
  disassemble_init_for_target(info);
  return disassembler(info->arch, 0, info->mach, NULL);
}

long cbfd_instruction_offsets(
    int machine, const uint8_t *code, size_t length, uint64_t base, uint32_t *offsets,
    size_t capacity) {
  struct sink sink = {NULL, 0, 0};
  struct disassemble_info info;
  disassembler_ftype decode = prepare(machine, code, length, base, &sink, &info);
  if (!decode) return -1;
  size_t offset = 0, count = 0;
  while (offset < length && count < capacity) {
    offsets[count++] = (uint32_t)offset;
    int size = decode(base + offset, &info);
    if (size <= 0) break;
    offset += (size_t)size;
  }
  disassemble_free_target(&info);
  return (long)count;
}

int cbfd_disassemble(
    int machine, const uint8_t *code, size_t length, uint64_t base, char *text, size_t capacity) {
  struct sink sink = {text, 0, capacity};
  struct disassemble_info info;
  if (capacity > 0) text[0] = 0;
  disassembler_ftype decode = prepare(machine, code, length, base, &sink, &info);
  if (!decode) return -1;
  int size = decode(base, &info);
  disassemble_free_target(&info);
  return size;
}
