#define _GNU_SOURCE

#include "CLLVM.h"

#include <errno.h>
#include <pthread.h>
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

static void report(const char *reason) {
  fprintf(stderr, "%s: LLVM: %s\n", program_invocation_short_name, reason);
  fflush(stderr);
  _exit(1);
}

static void install(void) { LLVMInstallFatalErrorHandler(report); }

void cllvm_install_fatal_handler(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
}
