/* Makes COUNT cheap system calls and prints how many nanoseconds of processor time one took.
 *
 *   load CALL COUNT
 *
 * CALL is getppid, write (one byte to /dev/null), open (and close, of /dev/null) or switch (COUNT
 * times to another process on the same processor and back).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int null;

static void call_getppid(void) { syscall(SYS_getppid); }

static void call_write(void) { syscall(SYS_write, null, "x", 1); }

static void call_open(void) { close(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY)); }

/* A byte goes to a child and back. */
static int there[2], back[2];

static void call_switch(void) {
  char byte = 0;
  if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1) exit(1);
}

static int start_child(void) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  if (sched_setaffinity(0, sizeof one, &one) || pipe(there) || pipe(back)) return -1;
  pid_t child = fork();
  if (child == 0) {
    char byte;
    close(there[1]);
    while (read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1) continue;
    _exit(0);
  }
  return child < 0 ? -1 : 0;
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    void (*call)(void);
  } calls[] = {
      {"getppid", call_getppid}, {"write", call_write}, {"open", call_open}, {"switch", call_switch}};
  struct timespec start, end;
  if (argc < 3) return 2;
  long count = atol(argv[2]);
  null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    if (strcmp(calls[i].name, argv[1])) continue;
    if (calls[i].call == call_switch && start_child()) return 1;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    for (long n = 0; n < count; n++) calls[i].call();
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    double total = (end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec);
    printf("%.1f\n", total / count);
    return 0;
  }
  return 2;
}
