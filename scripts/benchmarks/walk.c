/* Comes to many different places: calls function after function of a large program, on a way that a number
 * chooses, and works and waits for a moment at its end.
 *
 *   walk FIRST COUNT           goes the ways from FIRST on, so many
 *   walk WAYS PROGRAM...       keeps the programs going, some at a time, each for a part of the ways,
 *                              until its standard input ends
 *
 * The functions are in another file, which stacks.py makes.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

typedef void step(unsigned long way, int depth);
extern step *const steps[];
extern const unsigned long step_count;
extern char **environ;

enum { AT_A_TIME = 8, EACH = 48, LEAST_DEPTH = 16, DEPTHS = 96, MICROSECONDS = 100 };

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000L + time.tv_nsec;
}

static unsigned long mixed(unsigned long number) {
  number = (number ^ number >> 31) * 0x7fb5d329728ea185UL;
  number = (number ^ number >> 27) * 0x81dadef4bc2dd44dUL;
  return number ^ number >> 33;
}

/* The next function on a way; the outer ones are common to many ways, as in any program. */
void take_step(unsigned long way, int depth) {
  if (depth == 0) {
    long end = now() + MICROSECONDS * 1000;
    while (now() < end) {}
    nanosleep(&(struct timespec){0, 1000}, NULL);
    return;
  }
  unsigned long seed = depth > 24 ? way % 64 : way;
  steps[mixed(seed * 128 + depth) % step_count](way, depth - 1);
}

static void walk(unsigned long first, unsigned long count) {
  prctl(PR_SET_TIMERSLACK, 1);
  for (unsigned long way = first; way < first + count; way++) {
    char name[16];
    snprintf(name, sizeof name, "walk%lu", way);
    prctl(PR_SET_NAME, name);
    take_step(way, LEAST_DEPTH + mixed(way) % DEPTHS);
  }
}

static pid_t start(const char *program, unsigned long first) {
  char from[24], count[24];
  snprintf(from, sizeof from, "%lu", first);
  snprintf(count, sizeof count, "%d", EACH);
  pid_t child;
  char *words[] = {(char *)program, from, count, NULL};
  if (posix_spawn(&child, program, NULL, NULL, words, environ)) exit(1);
  return child;
}

static void keep_going(unsigned long ways, int programs, char **program) {
  struct pollfd input = {.fd = 0, .events = POLLIN};
  int running = 0;
  unsigned long way = 0;
  for (unsigned long part = 0; poll(&input, 1, 0) == 0; part++) {
    if (running == AT_A_TIME && wait(NULL) > 0) running--;
    start(program[part % programs], way);
    running++;
    way = (way + EACH) % ways;
  }
  while (wait(NULL) > 0) {}
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  char *end;
  unsigned long count = strtoul(argv[2], &end, 10);
  if (*end) {
    keep_going(strtoul(argv[1], NULL, 10), argc - 2, argv + 2);
  } else {
    walk(strtoul(argv[1], NULL, 10), count);
  }
  return 0;
}
