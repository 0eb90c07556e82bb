#define _GNU_SOURCE
#include "CLibBPF.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// One capture for each thread, so that two loads at once do not mix their messages.
static _Thread_local struct {
  int level;  // -1: none
  int is_capturing;
  char *bytes;
  size_t length;
  size_t capacity;
} capture;

static int keep(enum libbpf_print_level level, const char *format, va_list arguments) {
  if (!capture.is_capturing || (int)level > capture.level) return 0;
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  if (length < 0) return 0;
  size_t needed = capture.length + (size_t)length + 2;
  if (needed > capture.capacity) {
    size_t capacity = needed < 4096 ? 4096 : needed * 2;
    char *bytes = realloc(capture.bytes, capacity);
    if (bytes == NULL) return 0;
    capture.bytes = bytes;
    capture.capacity = capacity;
  }
  capture.bytes[capture.length] = (char)('0' + (int)level);
  vsnprintf(capture.bytes + capture.length + 1, (size_t)length + 1, format, arguments);
  capture.length = needed;
  return length;
}

static void install(void) { libbpf_set_print(keep); }

void clibbpf_capture_begin(int level) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
  capture.level = level;
  capture.is_capturing = 1;
  capture.length = 0;
}

char *clibbpf_capture_end(size_t *length) {
  char *bytes = capture.bytes;
  *length = capture.length;
  if (capture.length == 0) {
    free(bytes);
    bytes = NULL;
  }
  capture.bytes = NULL;
  capture.length = capture.capacity = 0;
  capture.is_capturing = 0;
  return bytes;
}

// What the programs that this thread is loading are for.
static _Thread_local struct {
  const struct clibbpf_target *entries;
  size_t count;
} targets;

static int tell_target(struct bpf_program *program, struct bpf_prog_load_opts *options, long cookie) {
  (void)cookie;
  for (size_t index = 0; index < targets.count; index++) {
    const struct clibbpf_target *target = &targets.entries[index];
    if (target->program != program) continue;
    options->attach_btf_id = target->id;
    // The kernel takes one of the two.
    if (target->owner != 0)
      options->attach_prog_fd = (uint32_t)target->owner;
    else
      options->attach_btf_obj_fd = (uint32_t)target->types;
    return bpf_program__set_type(program, target->type);
  }
  return 0;
}

static void register_handler(void) {
  struct libbpf_prog_handler_opts options = {
      .sz = sizeof(options), .prog_prepare_load_fn = tell_target};
  libbpf_register_prog_handler("bt+", BPF_PROG_TYPE_RAW_TRACEPOINT, 0, &options);
}

void clibbpf_register_programs(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, register_handler);
}

void clibbpf_targets_begin(const struct clibbpf_target *entries, size_t count) {
  targets.entries = entries;
  targets.count = count;
}

void clibbpf_targets_end(void) { targets.count = 0; }
