// Every kind of CO-RE relocation. The sections beside this file are made from it:
//
//   clang -target bpf -g -O2 -fdebug-compilation-dir=. -c relocations.bpf.c -o relocations.o
//   objcopy -I elf64-little -O binary --only-section=.BTF --set-section-flags .BTF=alloc \
//     relocations.o relocations.btf            (and the same for .BTF.ext)

#define relocated __attribute__((preserve_access_index))
#define section(name) __attribute__((section(name), used))

typedef unsigned int u32;

struct refcount {
  int refs;
} relocated;

struct mm_struct___old {
  unsigned long arg_start;
} relocated;

struct element {
  u32 first;
  u32 second;
} relocated;

struct task_struct {
  int tgid;
  struct task_struct *real_parent;
  char comm[16];
  union {
    struct refcount rcu_users;
    long rcu;
  };
  struct mm_struct___old *mm;
  struct element elements[4];
  u32 low : 3;
  u32 in_execve : 1;
} relocated;

enum pid_type { PIDTYPE_PID, PIDTYPE_TGID };

section("tracepoint/fields") long fields(struct task_struct *task) {
  return task->tgid + task->comm[3] + task->rcu_users.refs + task->elements[2].second;
}

section("tracepoint/pointers") long pointers(struct task_struct *task) {
  return task->real_parent->tgid + task->mm->arg_start;
}

section("tracepoint/questions") long questions(struct task_struct *task) {
  return __builtin_preserve_field_info(task->in_execve, 0)
      + __builtin_preserve_field_info(task->in_execve, 1)
      + __builtin_preserve_field_info(task->tgid, 2)
      + __builtin_preserve_field_info(task->tgid, 3)
      + __builtin_preserve_field_info(task->in_execve, 4)
      + __builtin_preserve_field_info(task->in_execve, 5)
      + __builtin_btf_type_id(*(struct task_struct *)0, 1)
      + __builtin_preserve_type_info(*(struct task_struct *)0, 0)
      + __builtin_preserve_type_info(*(struct element *)0, 1)
      + __builtin_preserve_enum_value(*(enum pid_type *)PIDTYPE_TGID, 0)
      + __builtin_preserve_enum_value(*(enum pid_type *)PIDTYPE_TGID, 1);
}

section("license") char terms[] = "GPL";
