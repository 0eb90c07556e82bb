// LLVM's C API, and what differs between its releases.
#pragma once

#include <llvm-c/Analysis.h>
#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/Error.h>
#include <llvm-c/ErrorHandling.h>
#include <llvm-c/IRReader.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <llvm/Config/llvm-config.h>

/// The release of LLVM this was compiled against: 19.
int cllvm_major(void);

/// Makes the BPF target known, and no other; safe to call again.
void cllvm_initialize_bpf(void);

/// Has LLVM end the process with `program: LLVM: reason` on standard error and status 1 where it
/// cannot go on, rather than abort it.
void cllvm_install_fatal_handler(void);

/// Generates an object; 0 when that went well, 1 when LLVM refused with a message, 2 when it met
/// something it cannot go on from: then nothing that belongs to the module may be used or freed.
int cllvm_emit_object(
    LLVMTargetMachineRef machine, LLVMModuleRef module, char **message, LLVMMemoryBufferRef *buffer);
