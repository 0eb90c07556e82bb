#define _GNU_SOURCE
#include "CLinux.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

// MARK: bpf(2) and perf events

long clinux_bpf(int command, void *attr, uint32_t size) {
  return syscall(SYS_bpf, command, attr, size);
}

int clinux_perf_event_open(
    const struct perf_event_attr *attr, pid_t pid, int cpu, int group, unsigned long flags) {
  return (int)syscall(SYS_perf_event_open, attr, pid, cpu, group, flags);
}

int clinux_perf_event_enable(int fd) { return ioctl(fd, PERF_EVENT_IOC_ENABLE, 0); }
int clinux_perf_event_disable(int fd) { return ioctl(fd, PERF_EVENT_IOC_DISABLE, 0); }
int clinux_perf_event_reset(int fd) { return ioctl(fd, PERF_EVENT_IOC_RESET, 0); }

int clinux_perf_event_refresh(int fd, int count) {
  return ioctl(fd, PERF_EVENT_IOC_REFRESH, count);
}

int clinux_perf_event_set_period(int fd, uint64_t period) {
  return ioctl(fd, PERF_EVENT_IOC_PERIOD, &period);
}

int clinux_perf_event_set_output(int fd, int output_fd) {
  return ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, output_fd);
}

int clinux_perf_event_set_filter(int fd, const char *filter) {
  return ioctl(fd, PERF_EVENT_IOC_SET_FILTER, filter);
}

int clinux_perf_event_set_bpf(int fd, int program_fd) {
  return ioctl(fd, PERF_EVENT_IOC_SET_BPF, program_fd);
}

int clinux_perf_event_id(int fd, uint64_t *id) { return ioctl(fd, PERF_EVENT_IOC_ID, id); }

int clinux_perf_event_query_bpf(int fd, uint32_t *ids, uint32_t capacity) {
  struct {
    uint32_t ids_len;
    uint32_t prog_cnt;
    uint32_t ids[64];
  } query = {.ids_len = capacity < 64 ? capacity : 64};
  if (ioctl(fd, PERF_EVENT_IOC_QUERY_BPF, &query) < 0) return -1;
  for (uint32_t i = 0; i < query.prog_cnt && i < query.ids_len; i++) ids[i] = query.ids[i];
  return (int)query.prog_cnt;
}

size_t clinux_perf_ring_take(void *ring, void *bytes, size_t size) {
  struct perf_event_mmap_page *facts = ring;
  const char *data = (const char *)ring + sysconf(_SC_PAGESIZE);
  uint64_t head = __atomic_load_n(&facts->data_head, __ATOMIC_ACQUIRE);
  uint64_t tail = facts->data_tail;
  uint64_t count = head - tail;
  if (count == 0) return 0;
  // Only a damaged ring has more than it holds.
  if (count > size) count = 0;
  uint64_t start = tail % size;
  uint64_t first = size - start < count ? size - start : count;
  memcpy(bytes, data + start, first);
  memcpy((char *)bytes + first, data, count - first);
  __atomic_store_n(&facts->data_tail, head, __ATOMIC_RELEASE);
  return count;
}

// MARK: Descriptors

int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int change(int epoll_fd, int operation, int fd, uint64_t token, uint32_t events) {
  struct epoll_event event = {.events = events, .data = {.u64 = token}};
  return epoll_ctl(epoll_fd, operation, fd, &event);
}

int clinux_epoll_add(int epoll_fd, int fd, uint64_t token, uint32_t events) {
  return change(epoll_fd, EPOLL_CTL_ADD, fd, token, events);
}

int clinux_epoll_modify(int epoll_fd, int fd, uint64_t token, uint32_t events) {
  return change(epoll_fd, EPOLL_CTL_MOD, fd, token, events);
}

int clinux_epoll_remove(int epoll_fd, int fd) {
  return change(epoll_fd, EPOLL_CTL_DEL, fd, 0, 0);
}

int clinux_epoll_wait(int epoll_fd, struct clinux_event *events, int capacity, int timeout_ms) {
  struct epoll_event ready[64];
  int count = epoll_wait(epoll_fd, ready, capacity < 64 ? capacity : 64, timeout_ms);
  for (int i = 0; i < count; i++) {
    events[i].token = ready[i].data.u64;
    events[i].events = ready[i].events;
  }
  return count;
}

int clinux_eventfd(unsigned int value) { return eventfd(value, EFD_CLOEXEC | EFD_NONBLOCK); }
int clinux_memfd_create(const char *name) { return memfd_create(name, MFD_CLOEXEC); }
int clinux_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
int clinux_timerfd(int clock) { return timerfd_create(clock, TFD_CLOEXEC | TFD_NONBLOCK); }

int clinux_timerfd_set(int fd, uint64_t first_ns, uint64_t every_ns) {
  struct itimerspec spec = {
      .it_value = {(time_t)(first_ns / 1000000000), (long)(first_ns % 1000000000)},
      .it_interval = {(time_t)(every_ns / 1000000000), (long)(every_ns % 1000000000)}};
  return timerfd_settime(fd, 0, &spec, NULL);
}

int clinux_poll_one(int fd, int for_writing, int timeout_ms) {
  struct pollfd poller = {.fd = fd, .events = for_writing ? POLLOUT : POLLIN};
  return poll(&poller, 1, timeout_ms);
}

int clinux_poll_two(int first, int second, int timeout_ms) {
  struct pollfd pollers[2] = {{.fd = first, .events = POLLIN}, {.fd = second, .events = POLLIN}};
  int ready = poll(pollers, 2, timeout_ms);
  if (ready < 0) return ready;
  return (pollers[0].revents != 0 ? 1 : 0) | (pollers[1].revents != 0 ? 2 : 0);
}

int clinux_terminal_size(int fd, int *columns, int *rows) {
  struct winsize size;
  if (ioctl(fd, TIOCGWINSZ, &size) < 0) return -1;
  *columns = size.ws_col;
  *rows = size.ws_row;
  return 0;
}

// MARK: Signals

static void to_set(uint64_t mask, sigset_t *set) {
  sigemptyset(set);
  for (int signal = 1; signal <= 64; signal++) {
    if (mask >> (signal - 1) & 1) sigaddset(set, signal);
  }
}

int clinux_signalfd(uint64_t mask, uint64_t *previous) {
  sigset_t set, old;
  to_set(mask, &set);
  int error = pthread_sigmask(SIG_BLOCK, &set, &old);
  if (error != 0) {
    errno = error;
    return -1;
  }
  *previous = 0;
  for (int signal = 1; signal <= 64; signal++) {
    if (sigismember(&old, signal) == 1) *previous |= (uint64_t)1 << (signal - 1);
  }
  int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) {
    int why = errno;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    errno = why;
  }
  return fd;
}

int clinux_signalfd_read(int fd, struct clinux_signal *signal) {
  struct signalfd_siginfo info;
  ssize_t count;
  do count = read(fd, &info, sizeof info);
  while (count < 0 && errno == EINTR);
  if (count < 0) return errno == EAGAIN ? 0 : -1;
  if (count != sizeof info) {
    errno = EIO;
    return -1;
  }
  signal->signal = (int)info.ssi_signo;
  signal->sender = (int)info.ssi_pid;
  signal->status = info.ssi_status;
  signal->code = info.ssi_code;
  return 1;
}

int clinux_set_signal_mask(uint64_t mask) {
  sigset_t set;
  to_set(mask, &set);
  int error = pthread_sigmask(SIG_SETMASK, &set, NULL);
  if (error == 0) return 0;
  errno = error;
  return -1;
}

static int set_action(int signal, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler};
  return sigaction(signal, &action, NULL);
}

int clinux_ignore_signal(int signal) { return set_action(signal, SIG_IGN); }
int clinux_default_signal(int signal) { return set_action(signal, SIG_DFL); }

int clinux_ignores_signal(int signal) {
  struct sigaction action;
  if (sigaction(signal, NULL, &action) != 0) return -1;
  return action.sa_handler == SIG_IGN;
}

const char *clinux_error_name(int number) { return strerrorname_np(number); }

const char *clinux_signal_description(int signal) { return sigdescr_np(signal); }

const char *clinux_signal_name(int signal) { return sigabbrev_np(signal); }

// MARK: Processes

// What the threads of a closing process share.
struct closing {
  const int *fds;
  int count, first, done;
  atomic_int next, closed;
};

// Closes what no other thread has taken. Each call may wait for a grace period of the kernel's, and all
// calls that wait at a time wait for the same.
static int close_some(void *argument) {
  struct closing *work = argument;
  for (;;) {
    int index = atomic_fetch_add(&work->next, 1);
    if (index >= work->count) break;
    syscall(SYS_close, work->fds[index]);
    if (index < work->first && atomic_fetch_add(&work->closed, 1) + 1 == work->first)
      syscall(SYS_close, work->done);
  }
  syscall(SYS_exit, 0);
  return 0;
}

enum { closing_threads = 512, closing_stack = 1 << 14 };

// The life of a closing process. Only async-signal-safe calls: other threads of the process that was
// forked may have held any lock.
static void close_all(struct closing *work, const int *kept, int kept_count, int go) {
  setsid();
  unsigned next = 0;
  for (int i = 0; i < kept_count; i++) {
    if ((unsigned)kept[i] > next) syscall(SYS_close_range, next, (unsigned)kept[i] - 1, 0);
    next = (unsigned)kept[i] + 1;
  }
  syscall(SYS_close_range, next, ~0u, 0);
  char byte;
  while (read(go, &byte, 1) < 0 && errno == EINTR) continue;
  if (work->first == 0) close(work->done);
  int threads = (work->count < closing_threads ? work->count : closing_threads) - 1;
  char *stacks = threads <= 0 ? NULL
                              : mmap(NULL, (size_t)threads * closing_stack, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stacks == MAP_FAILED) threads = 0;
  for (int i = 0; i < threads; i++) {
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
    if (clone(close_some, stacks + (size_t)(i + 1) * closing_stack, flags, work) < 0) break;
  }
  close_some(work);
}

static int compare_numbers(const void *left, const void *right) {
  int a = *(const int *)left, b = *(const int *)right;
  return (a > b) - (a < b);
}

int clinux_close_in_background(const int *fds, int count, int first, int *go, int *done) {
  int starts[2], ends[2];
  if (pipe2(starts, O_CLOEXEC) != 0) return -1;
  if (pipe2(ends, O_CLOEXEC) != 0) {
    close(starts[0]);
    close(starts[1]);
    return -1;
  }
  int *kept = malloc(((size_t)count + 2) * sizeof *kept);
  pid_t child = -1;
  if (kept != NULL) {
    memcpy(kept, fds, (size_t)count * sizeof *kept);
    kept[count] = starts[0];
    kept[count + 1] = ends[1];
    qsort(kept, (size_t)count + 2, sizeof *kept, compare_numbers);
    child = fork();
  }
  if (child == 0) {
    // A child of a child that has ended belongs to init, which collects it.
    if (fork() == 0) {
      struct closing work = {.fds = fds, .count = count, .first = first, .done = ends[1]};
      close_all(&work, kept, count + 2, starts[0]);
    }
    _exit(0);
  }
  free(kept);
  close(starts[0]);
  close(ends[1]);
  if (child < 0) {
    close(starts[1]);
    close(ends[0]);
    return -1;
  }
  int status;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  *go = starts[1];
  *done = ends[0];
  return 0;
}

int clinux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int clinux_pidfd_send_signal(int pidfd, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

static int wait_for(idtype_t type, id_t id, int block, struct clinux_exit *result) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  int answer;
  do answer = waitid(type, id, &info, WEXITED | (block ? 0 : WNOHANG));
  while (answer < 0 && errno == EINTR);
  if (answer < 0) return -1;
  if (info.si_pid == 0) return 0;
  result->how = info.si_code == CLD_EXITED ? 0 : 1;
  result->value = info.si_status;
  return 1;
}

int clinux_wait(pid_t pid, int block, struct clinux_exit *result) {
  return wait_for(P_PID, (id_t)pid, block, result);
}

int clinux_wait_pidfd(int pidfd, int block, struct clinux_exit *result) {
  return wait_for((idtype_t)P_PIDFD, (id_t)pidfd, block, result);
}

// Only async-signal-safe calls from fork to exec: other threads may have held any lock.
static int install(int fd, int target) {
  if (fd < 0) return 0;
  if (fd == target) return fcntl(fd, F_SETFD, 0);
  return dup2(fd, target) < 0 ? -1 : 0;
}

static int limit(__rlimit_resource_t resource, rlim_t most) {
  struct rlimit limit = {most, most};
  return setrlimit(resource, &limit);
}

static int confine(const struct clinux_confinement *wanted) {
  if (setpgid(0, 0) < 0) return -1;
  if (limit(RLIMIT_CPU, wanted->cpu_seconds) < 0 || limit(RLIMIT_CORE, 0) < 0) return -1;
  // The system calls themselves: those of libc ask all threads, of which there are none here.
  if (geteuid() == 0) {
    if (syscall(SYS_setgroups, 0, NULL) < 0) return -1;
    if (syscall(SYS_setresgid, wanted->group, wanted->group, wanted->group) < 0) return -1;
    if (syscall(SYS_setresuid, wanted->user, wanted->user, wanted->user) < 0) return -1;
  }
  // Older kernels have no ambient capabilities, and so none to clear.
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL) return -1;
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];
  memset(none, 0, sizeof none);
  if (syscall(SYS_capset, &header, none) < 0) return -1;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -1;
  return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

static void run_child(
    const char *path, char *const argv[], char *const envp[], int release_fd, int error_fd,
    int input, int output, int errors, const struct clinux_confinement *confinement) {
  if (release_fd >= 0) {
    char byte;
    ssize_t count;
    do count = read(release_fd, &byte, 1);
    while (count < 0 && errno == EINTR);
    if (count != 1) _exit(127);
  }
  if (install(input, 0) == 0 && install(output, 1) == 0 && install(errors, 2) == 0
      && (confinement == NULL || confine(confinement) == 0)) {
    execve(path, argv, envp);
  }
  int why = errno;
  if (write(error_fd, &why, sizeof why) < 0) _exit(126);
  _exit(127);
}

static void close_pair(const int pair[2]) {
  if (pair[0] >= 0) close(pair[0]);
  if (pair[1] >= 0) close(pair[1]);
}

int clinux_spawn(
    const char *path, char *const argv[], char *const envp[], int held, int input, int output,
    int errors, const struct clinux_confinement *confinement, struct clinux_child *child) {
  int release[2] = {-1, -1}, error[2] = {-1, -1};
  if (pipe2(error, O_CLOEXEC) < 0) return -1;
  if (held && pipe2(release, O_CLOEXEC) < 0) {
    int why = errno;
    close_pair(error);
    errno = why;
    return -1;
  }
  // No handler of ours may run in the child before it has the default actions.
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  pid_t pid = fork();
  if (pid == 0) {
    // A child that is still held must end on SIGTERM and SIGINT like any other.
    sigset_t none;
    sigemptyset(&none);
    for (int signal = 1; signal < 32; signal++) set_action(signal, SIG_DFL);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    close(error[0]);
    if (held) close(release[1]);
    run_child(path, argv, envp, release[0], error[1], input, output, errors, confinement);
  }
  int why = errno;
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  if (pid < 0) {
    close_pair(error);
    close_pair(release);
    errno = why;
    return -1;
  }
  close(error[1]);
  if (held) close(release[0]);
  *child = (struct clinux_child){.pid = pid, .release_fd = release[1], .error_fd = error[0]};
  return 0;
}

int clinux_kill_group(pid_t group) { return kill(-group, SIGKILL); }

extern char **environ;
char **clinux_environment(void) { return environ; }

pid_t clinux_gettid(void) { return (pid_t)syscall(SYS_gettid); }

static int raise_limit(__rlimit_resource_t resource, rlim_t wanted) {
  struct rlimit limit;
  if (getrlimit(resource, &limit) < 0) return 0;
  if (limit.rlim_cur >= wanted) return 1;
  struct rlimit raised = {wanted, limit.rlim_max > wanted ? limit.rlim_max : wanted};
  if (setrlimit(resource, &raised) == 0) return 1;
  raised.rlim_max = limit.rlim_max;
  raised.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
  return setrlimit(resource, &raised) == 0 && raised.rlim_cur >= wanted;
}

int clinux_allow_open_files(uint64_t count) { return raise_limit(RLIMIT_NOFILE, count); }
int clinux_allow_locked_memory(void) { return raise_limit(RLIMIT_MEMLOCK, RLIM_INFINITY); }

int clinux_take_in_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int clinux_prctl(int option, unsigned long argument) {
  return prctl(option, argument, 0UL, 0UL, 0UL);
}

int clinux_send_datagram(const char *path, const void *text, size_t length) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t size = strlen(path);
  if (size == 0 || size >= sizeof address.sun_path) {
    errno = EINVAL;
    return -1;
  }
  memcpy(address.sun_path, path, size);
  if (path[0] == '@') address.sun_path[0] = 0;
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  socklen_t length_of_address = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
  ssize_t sent =
      sendto(fd, text, length, MSG_NOSIGNAL, (struct sockaddr *)&address, length_of_address);
  int why = errno;
  close(fd);
  errno = why;
  return sent < 0 ? -1 : 0;
}

// MARK: Time

uint64_t clinux_clock(int clock) {
  struct timespec time;
  if (clock_gettime(clock, &time) < 0) return 0;
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

int clinux_clock_realtime(void) { return CLOCK_REALTIME; }
int clinux_clock_monotonic(void) { return CLOCK_MONOTONIC; }
int clinux_clock_boot(void) { return CLOCK_BOOTTIME; }
int clinux_clock_tai(void) { return CLOCK_TAI; }

long clinux_strftime(int64_t seconds, int utc, const char *format, char *text, size_t capacity) {
  time_t time = (time_t)seconds;
  struct tm parts;
  if (utc ? !gmtime_r(&time, &parts) : !localtime_r(&time, &parts)) return -1;
  size_t length = strftime(text, capacity, format, &parts);
  return length == 0 ? -1 : (long)length;
}

long clinux_utc_offset(int64_t seconds) {
  time_t time = (time_t)seconds;
  struct tm parts;
  return localtime_r(&time, &parts) ? parts.tm_gmtoff : 0;
}

// MARK: Files

static int convert(int answer, const struct stat *info, struct clinux_stat *result) {
  if (answer < 0) return answer;
  result->device = info->st_dev;
  result->inode = info->st_ino;
  result->mode = info->st_mode;
  result->uid = info->st_uid;
  result->size = info->st_size;
  result->modified_ns = info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec;
  return answer;
}

int clinux_stat(const char *path, int follow, struct clinux_stat *result) {
  struct stat info;
  return convert(follow ? stat(path, &info) : lstat(path, &info), &info, result);
}

int clinux_fstat(int fd, struct clinux_stat *result) {
  struct stat info;
  return convert(fstat(fd, &info), &info, result);
}

int clinux_rewind(int fd) { return lseek(fd, 0, SEEK_SET) < 0 ? -1 : 0; }

uint32_t clinux_major(uint64_t device) { return major(device); }
uint32_t clinux_minor(uint64_t device) { return minor(device); }

int clinux_linked_function(const char *name, const char **path, uint64_t *address) {
  void *found = dlsym(RTLD_DEFAULT, name);
  Dl_info info;
  if (!found || !dladdr(found, &info) || !info.dli_fname) {
    errno = ENOENT;
    return -1;
  }
  *path = info.dli_fname;
  *address = (uint64_t)((uintptr_t)found - (uintptr_t)info.dli_fbase);
  return 0;
}

int clinux_leave_this_cpu(pthread_attr_t *attributes) {
  cpu_set_t cpus;
  int here = sched_getcpu();
  if (here < 0 || here >= CPU_SETSIZE || sched_getaffinity(0, sizeof cpus, &cpus) < 0) return -1;
  CPU_CLR(here, &cpus);
  if (CPU_COUNT(&cpus) == 0) return -1;
  return pthread_attr_setaffinity_np(attributes, sizeof cpus, &cpus) == 0 ? 0 : -1;
}

ptrdiff_t clinux_find(const void *bytes, size_t count, const void *pattern, size_t size) {
  const void *found = memmem(bytes, count, pattern, size);
  return found ? (const char *)found - (const char *)bytes : -1;
}
