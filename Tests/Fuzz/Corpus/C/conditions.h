#include <linux/sched.h>
#ifndef BPFTRACE_HAVE_BTF
#include <linux/fs.h>
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 10, 0) && defined(CONFIG_A)
#define N (AF_INET6 + sizeof(struct file))
#else
#error no
#endif
#define CAT(a, b) a##b
#define STR(x...) #x
struct s {
#if N > 3
  u64 CAT(one, two)[N];
#endif
  struct file f, *g;
  void (*h)(const char __user *, ...);
};
