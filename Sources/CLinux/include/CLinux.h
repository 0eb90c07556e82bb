// What Linux offers and neither libc's Swift import nor plain C calls reach: variadic system calls,
// function-like macros, packed structures, and code that runs between fork and exec.
//
// Every function answers as the system call does: a negative number and errno on failure.
#pragma once

#include <linux/bpf.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// MARK: bpf(2) and perf events

/// bpf(2); `attr` is a `union bpf_attr` of `size` bytes.
long clinux_bpf(int command, void *attr, uint32_t size);

/// perf_event_open(2).
int clinux_perf_event_open(
    const struct perf_event_attr *attr, pid_t pid, int cpu, int group, unsigned long flags);

int clinux_perf_event_enable(int fd);
int clinux_perf_event_disable(int fd);
int clinux_perf_event_reset(int fd);
int clinux_perf_event_refresh(int fd, int count);
int clinux_perf_event_set_period(int fd, uint64_t period);
int clinux_perf_event_set_output(int fd, int output_fd);
int clinux_perf_event_set_filter(int fd, const char *filter);
int clinux_perf_event_set_bpf(int fd, int program_fd);
int clinux_perf_event_id(int fd, uint64_t *id);
/// Writes at most `capacity` program ids and returns how many there are.
int clinux_perf_event_query_bpf(int fd, uint32_t *ids, uint32_t capacity);

/// Copies everything that waits in the ring of a perf event, and lets the kernel have the room again.
///
/// `ring` is what was mapped: a page of facts, then `size` bytes of data. `bytes` has room for that many.
/// Returns how many were copied.
size_t clinux_perf_ring_take(void *ring, void *bytes, size_t size);

// MARK: Threads

/// Has a thread that is made with `attributes` run on any CPU that this one may use but the one where it runs now.
/// Changes nothing, and returns -1, if there is no other.
int clinux_leave_this_cpu(pthread_attr_t *attributes);

// MARK: Memory

/// memmem(3): where the first `size` bytes are that are the same, as a distance from `bytes`; -1 if nowhere.
ptrdiff_t clinux_find(const void *bytes, size_t count, const void *pattern, size_t size);

// MARK: Descriptors

/// epoll_event is packed on x86-64; this is its readable twin.
struct clinux_event {
  uint64_t token;
  uint32_t events;
};

#define CLINUX_EVENT_IN 1u
#define CLINUX_EVENT_OUT 4u
#define CLINUX_EVENT_ERROR 8u
#define CLINUX_EVENT_HANGUP 16u
#define CLINUX_EVENT_EDGE 0x80000000u

int clinux_epoll_create(void);
int clinux_epoll_add(int epoll_fd, int fd, uint64_t token, uint32_t events);
int clinux_epoll_modify(int epoll_fd, int fd, uint64_t token, uint32_t events);
int clinux_epoll_remove(int epoll_fd, int fd);
/// Waits for at most `capacity` (up to 64) events; `timeout_ms` below zero waits for ever.
int clinux_epoll_wait(int epoll_fd, struct clinux_event *events, int capacity, int timeout_ms);

int clinux_eventfd(unsigned int value);
int clinux_memfd_create(const char *name);
int clinux_pipe(int ends[2]);

/// A timer of `clock` that neither blocks nor survives exec.
int clinux_timerfd(int clock);
int clinux_timerfd_set(int fd, uint64_t first_ns, uint64_t every_ns);

/// Waits until `fd` can be read (`for_writing` 0) or written; 1 ready, 0 timed out.
int clinux_poll_one(int fd, int for_writing, int timeout_ms);
/// Waits until one of two descriptors (-1: ignored) can be read; bit 0 and 1 of the answer.
int clinux_poll_two(int first, int second, int timeout_ms);

/// Width and height of the terminal behind `fd` in characters.
int clinux_terminal_size(int fd, int *columns, int *rows);

/// Starts a process that has only these files open, closes them and ends. It begins when `go` is closed
/// here, and has closed the `first` ones once `done` is at its end.
int clinux_close_in_background(const int *fds, int count, int first, int *go, int *done);

// MARK: Signals

/// The facts of one `signalfd_siginfo`.
struct clinux_signal {
  int signal;
  int sender;
  int status;
  int code;
};

/// Blocks the signals whose bits are set in `mask` (bit n-1: signal n) and returns a descriptor for
/// them; `previous` receives the mask from before.
int clinux_signalfd(uint64_t mask, uint64_t *previous);
/// 1 when a signal was there, 0 when none is pending.
int clinux_signalfd_read(int fd, struct clinux_signal *signal);
int clinux_set_signal_mask(uint64_t mask);
int clinux_ignore_signal(int signal);
int clinux_default_signal(int signal);
/// 1 when the signal is ignored, 0 when not.
int clinux_ignores_signal(int signal);
const char *clinux_signal_description(int signal);

/// The name of a signal without its SIG, or null.
const char *clinux_signal_name(int signal);

/// The name of the constant of an error number, or null.
const char *clinux_error_name(int number);

// MARK: Processes

int clinux_pidfd_open(pid_t pid);
int clinux_pidfd_send_signal(int pidfd, int signal);

/// How a child ended: `how` is 0 for an exit status and 1 for a signal in `value`.
struct clinux_exit {
  int how;
  int value;
};

/// waitid(2) by process id; 1 when the child has ended, 0 when it still runs (`block` 0).
int clinux_wait(pid_t pid, int block, struct clinux_exit *result);
/// waitid(2) by pidfd.
int clinux_wait_pidfd(int pidfd, int block, struct clinux_exit *result);

/// A child between fork and exec, and the parent's ends of its two pipes.
struct clinux_child {
  pid_t pid;
  /// One byte lets a held child go on to exec; end of file ends it. -1: not held.
  int release_fd;
  /// Delivers errno when exec fails, and end of file when it succeeds.
  int error_fd;
};

/// What a child gives up before its first instruction.
struct clinux_confinement {
  /// Who it becomes if it would run as root.
  uid_t user;
  gid_t group;
  /// The time on a processor after which it ends.
  unsigned cpu_seconds;
};

/// Forks a child that, if `held`, waits until it is released, installs the three standard
/// descriptors (-1: inherited), takes the default signal mask and actions, and runs `path`.
///
/// With `confinement` (may be null) the child has no capability and cannot gain one, leads a process
/// group of its own, and ends with us.
int clinux_spawn(
    const char *path, char *const argv[], char *const envp[], int held, int input, int output,
    int errors, const struct clinux_confinement *confinement, struct clinux_child *child);

/// Kills a process group.
int clinux_kill_group(pid_t group);

/// The environment of this process.
char **clinux_environment(void);

pid_t clinux_gettid(void);

/// Lets this process have `count` open files; 1 when it may, 0 when it was refused.
int clinux_allow_open_files(uint64_t count);
/// Lifts the limit of locked memory; 1 when it could be.
int clinux_allow_locked_memory(void);

int clinux_prctl(int option, unsigned long argument);

/// Makes this process the parent of processes below it whose own parents end.
int clinux_take_in_orphans(void);

/// Sends one datagram to the local socket `path`; a leading `@` means the abstract name space.
int clinux_send_datagram(const char *path, const void *text, size_t length);

// MARK: Time

/// CLOCK_* as nanoseconds, 0 when the clock does not exist.
uint64_t clinux_clock(int clock);
int clinux_clock_realtime(void);
int clinux_clock_monotonic(void);
int clinux_clock_boot(void);
int clinux_clock_tai(void);

/// strftime(3) of `seconds` since 1970 in the local time zone or, with `utc`, in UTC. Returns the
/// length, or -1 when `capacity` does not suffice or nothing comes out.
long clinux_strftime(int64_t seconds, int utc, const char *format, char *text, size_t capacity);
/// Seconds that local time is ahead of UTC at `seconds`.
long clinux_utc_offset(int64_t seconds);

// MARK: Files

struct clinux_stat {
  uint64_t device;
  uint64_t inode;
  uint32_t mode;
  uint32_t uid;
  int64_t size;
  int64_t modified_ns;
};

int clinux_stat(const char *path, int follow, struct clinux_stat *result);
int clinux_fstat(int fd, struct clinux_stat *result);

/// Moves the file position to the start.
int clinux_rewind(int fd);

/// The kernel's and C's major and minor halves of a device number.
uint32_t clinux_major(uint64_t device);
uint32_t clinux_minor(uint64_t device);

// MARK: Libraries of this process

/// Finds what a call of a function of a library runs: the file of the library, whose path belongs to the linker, and
/// the address in it before it is loaded.
int clinux_linked_function(const char *name, const char **path, uint64_t *address);
