#define _GNU_SOURCE

#include "CLLVM.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <unistd.h>

int cllvm_major(void) { return LLVM_VERSION_MAJOR; }

static void initialize(void) {
  LLVMInitializeBPFTargetInfo();
  LLVMInitializeBPFTarget();
  LLVMInitializeBPFTargetMC();
  LLVMInitializeBPFAsmPrinter();
}

void cllvm_initialize_bpf(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, initialize);
}

/// Where to go on after a fatal error, while this thread generates code.
static _Thread_local jmp_buf *rescue;
static _Thread_local char *fatal;

static void report(const char *reason) {
  if (rescue != NULL) {
    fatal = LLVMCreateMessage(reason);
    longjmp(*rescue, 1);
  }
  fprintf(stderr, "%s: LLVM: %s\n", program_invocation_short_name, reason);
  fflush(stderr);
  _exit(1);
}

static void install(void) { LLVMInstallFatalErrorHandler(report); }

void cllvm_install_fatal_handler(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
}

int cllvm_emit_object(
    LLVMTargetMachineRef machine, LLVMModuleRef module, char **message, LLVMMemoryBufferRef *buffer) {
  jmp_buf here;
  if (setjmp(here) != 0) {
    rescue = NULL;
    *message = fatal;
    return 2;
  }
  rescue = &here;
  int failed = LLVMTargetMachineEmitToMemoryBuffer(machine, module, LLVMObjectFile, message, buffer);
  rescue = NULL;
  return failed != 0;
}
