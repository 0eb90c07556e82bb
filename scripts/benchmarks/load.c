/* Does the same thing COUNT times and prints how many nanoseconds of processor time one took.
 *
 *   load CALL COUNT [wait]
 *
 * CALL is one of:
 *
 *   getppid  the cheapest system call
 *   write    one byte to /dev/null
 *   open     and close, of /dev/null
 *   switch   to another process on the same processor and back
 *   stat     of /dev/null
 *   sync     fdatasync() of an empty file
 *   direct   4096 bytes to a disk, past the page cache
 *   shell    a command that is typed into bash
 *   signal   a signal that is ignored, to itself
 *   exec     a child that runs /bin/true
 *   create   a file, which is removed
 *   sleep    for a millisecond
 *   umount   of what is not there
 *   lower    the nice value, which needs a capability, and up again
 *   bind     a socket to a port that is free
 *   connect  to itself over TCP, one byte, and close: client first
 *   resolve  an address that is written in numbers
 *
 * With `wait` it begins when there is something on its standard input, and goes when that ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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

static void call_stat(void) {
  struct stat found;
  if (fstatat(AT_FDCWD, "/dev/null", &found, 0)) exit(1);
}

static int empty = -1;

static void call_sync(void) {
  if (empty < 0) empty = open("/dev/shm", O_TMPFILE | O_RDWR, 0600);
  if (fdatasync(empty)) exit(1);
}

static int disk = -1;

static void call_direct(void) {
  static char page[4096] __attribute__((aligned(4096)));
  if (disk < 0) disk = open("/var/tmp", O_TMPFILE | O_RDWR | O_DIRECT, 0600);
  if (pwrite(disk, page, sizeof page, 0) != sizeof page) exit(1);
}

/* Types into an interactive shell and waits until it has come to the end of what it was told. */
static void call_shell(void) {
  static int shell = -1;
  if (shell < 0) {
    pid_t child = forkpty(&shell, NULL, NULL, NULL);
    if (child == 0) {
      execl("/bin/bash", "bash", "--norc", "-i", NULL);
      _exit(1);
    }
    if (child < 0) exit(1);
  }
  static const char command[] = "echo load$((40+2))\n";
  static const char answer[] = "load42";
  if (write(shell, command, sizeof command - 1) != sizeof command - 1) exit(1);
  size_t matched = 0;
  char byte;
  while (matched < sizeof answer - 1) {
    if (read(shell, &byte, 1) != 1) exit(1);
    matched = byte == answer[matched] ? matched + 1 : byte == answer[0];
  }
}

static void call_signal(void) { kill(getpid(), SIGURG); }

static void call_exec(void) {
  char *words[] = {"true", NULL};
  pid_t child;
  if (posix_spawn(&child, "/bin/true", NULL, NULL, words, environ)) exit(1);
  waitpid(child, NULL, 0);
}

static void call_create(void) {
  close(open("/dev/shm/load-of-a-benchmark", O_CREAT | O_WRONLY, 0600));
  unlink("/dev/shm/load-of-a-benchmark");
}

static void call_sleep(void) {
  struct timespec time = {.tv_nsec = 1000000};
  nanosleep(&time, NULL);
}

static void call_umount(void) { umount2("/there/is/no/such/mount", 0); }

static void call_lower(void) {
  setpriority(PRIO_PROCESS, 0, -1);
  setpriority(PRIO_PROCESS, 0, 0);
}

static struct sockaddr_in here = {.sin_family = AF_INET};

static int bound(void) {
  int end = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  here.sin_port = 0;
  if (end < 0 || bind(end, (struct sockaddr *)&here, sizeof here)) exit(1);
  return end;
}

static void call_bind(void) { close(bound()); }

static int listening = -1;

static void call_connect(void) {
  socklen_t size = sizeof here;
  if (listening < 0) {
    listening = bound();
    if (listen(listening, 8)) exit(1);
    getsockname(listening, (struct sockaddr *)&here, &size);
  }
  int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  /* All ports are taken soon, if each waits a minute for late packets: the last word is a reset. */
  struct linger none = {.l_onoff = 1};
  if (connect(client, (struct sockaddr *)&here, sizeof here)) exit(1);
  int server = accept(listening, NULL, NULL);
  char byte = 0;
  if (write(client, &byte, 1) != 1 || read(server, &byte, 1) != 1) exit(1);
  shutdown(client, SHUT_WR);
  setsockopt(client, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  close(server);
  close(client);
}

static void call_resolve(void) {
  struct addrinfo *found;
  if (getaddrinfo("127.0.0.1", NULL, NULL, &found) == 0) freeaddrinfo(found);
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    void (*call)(void);
  } calls[] = {
      {"getppid", call_getppid}, {"write", call_write},   {"open", call_open},
      {"switch", call_switch},   {"stat", call_stat},     {"sync", call_sync},
      {"signal", call_signal},   {"exec", call_exec},     {"create", call_create},
      {"sleep", call_sleep},     {"umount", call_umount}, {"lower", call_lower},
      {"bind", call_bind},       {"connect", call_connect}, {"resolve", call_resolve},
      {"direct", call_direct},   {"shell", call_shell}};
  struct timespec start, end;
  if (argc < 3) return 2;
  long count = atol(argv[2]);
  null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    if (strcmp(calls[i].name, argv[1])) continue;
    if (calls[i].call == call_switch && start_child()) return 1;
    char byte;
    if (argc > 3 && read(0, &byte, 1) != 1) return 1;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    for (long n = 0; n < count; n++) calls[i].call();
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    double total = (end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec);
    printf("%.1f\n", total / count);
    fflush(stdout);
    while (argc > 3 && read(0, &byte, 1) > 0) continue;
    return 0;
  }
  return 2;
}
