/* Runs a command on a terminal of its own and measures it.
 *
 *   measure [-w SECONDS] [-o FILE] MARK COMMAND [ARGUMENT...]
 *
 * The command counts as attached when it has written a line with MARK in it, or its first output
 * when MARK is empty. It then, or so many seconds later, gets SIGINT and is waited for. One line is printed: milliseconds
 * until attached (-1 for never), of processor time in user and kernel mode, of wall time until the
 * end, peak resident memory in kB, and exit status. What the command wrote goes to standard error
 * when it failed, and to FILE if there is one.
 *
 * A small program starts the command because a process inherits the peak memory of what forked it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static double milliseconds(struct timeval time) {
  return time.tv_sec * 1e3 + time.tv_usec / 1e3;
}

int main(int argc, char **argv) {
  static char output[1 << 16];
  size_t length = 0;
  double wait = 0, limit = 30e3, interrupt = -1;

  FILE *file = NULL;

  int option;
  while ((option = getopt(argc, argv, "+w:o:")) != -1) {
    if (option == 'w') {
      wait = atof(optarg) * 1e3;
      limit += 4 * wait;
    } else if (option != 'o' || !(file = fopen(optarg, "we"))) {
      return 2;
    }
  }
  argv += optind - 1;
  if (argc - optind < 2) return 2;
  int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0 || grantpt(terminal) || unlockpt(terminal)) return 2;
  int line = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
  struct termios mode;
  if (line < 0 || tcgetattr(line, &mode)) return 2;
  cfmakeraw(&mode);
  tcsetattr(line, TCSANOW, &mode);

  double start = now(), attached = -1;
  pid_t child = fork();
  if (child == 0) {
    int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, 0);
    dup2(line, 1);
    dup2(line, 2);
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    _exit(127);
  }
  close(line);
  for (;;) {
    struct pollfd ready = {.fd = terminal, .events = POLLIN};
    double next = interrupt >= 0 ? interrupt : start + limit;
    double left = next - now();
    if (left <= 0 || poll(&ready, 1, (int)left + 1) <= 0) {
      if (interrupt >= 0) {
        interrupt = -1;
        kill(child, SIGINT);
        continue;
      }
      kill(child, SIGKILL);
      break;
    }
    char chunk[4096];
    ssize_t count = read(terminal, chunk, sizeof chunk);
    if (count <= 0) break; /* the last holder of the terminal is gone */
    if (file) fwrite(chunk, 1, count, file);
    if (length + count < sizeof output) {
      memcpy(output + length, chunk, count);
      length += count;
      output[length] = 0;
    }
    if (attached < 0 && (!*argv[1] || strstr(output, argv[1]))) {
      attached = now() - start;
      interrupt = start + attached + wait;
    }
  }
  if (file) fclose(file);
  int status;
  struct rusage usage;
  if (wait4(child, &status, 0, &usage) < 0) return 2;
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  printf("%.2f %.2f %.2f %.2f %ld %d\n", attached, milliseconds(usage.ru_utime),
         milliseconds(usage.ru_stime), now() - start, usage.ru_maxrss, code);
  if (code != 0 && code != 130) fwrite(output, 1, length, stderr);
  return 0;
}
