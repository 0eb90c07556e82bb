// What scripts in the tests import. `scripts/make-import-objects` makes functions.bpf.o of it.

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, value) int(*name)[value]
#define __type(name, value) typeof(value) *name

static void *(*map_lookup)(void *map, const void *key) = (void *)1;
static long (*probe_read_kernel)(void *to, unsigned size, const void *from) = (void *)113;

int add_one(int value) { return value + 1; }
unsigned long same(unsigned long value) { return value; }
long answer(void) { return 42; }
void nothing(int value) {}
_Bool above_three(int value) { return value > 3; }
short less_ten(short value) { return value - 10; }
unsigned char low_byte(signed char value) { return value; }
int digits(int a, int b, int c, int d, int e) {
  return a + 10 * b + 100 * c + 1000 * d + 10000 * e;
}

enum side { LEFT, RIGHT };
enum side other(enum side side) { return side == LEFT ? RIGHT : LEFT; }

int read_through(int *value) { return *value; }
int is_set(void *value) { return value != 0; }

// Of the kernel's structure only what is asked for, wherever it is there.
struct task_struct {
  int tgid;
} __attribute__((preserve_access_index));

int group_of(struct task_struct *task) {
  int group = 0;
  probe_read_kernel(&group, sizeof(group), &task->tgid);
  return group;
}

// Variables, tables and maps of its own.
const volatile int step = 5;
int counted = 10;
int count_up(void) { return counted += step; }

static const char table[4] = {1, 2, 4, 8};
int power(unsigned exponent) { return table[exponent & 3]; }

struct {
  __uint(type, 2);
  __uint(max_entries, 4);
  __type(key, unsigned);
  __type(value, long);
} calls SEC(".maps");

long bump(unsigned index) {
  long *value = map_lookup(&calls, &index);
  return value ? ++*value : -1;
}

// Needs 400 bytes of stack.
int deep(int seed) {
  volatile int values[100];
  for (int index = 0; index < 100; index++) values[index] = seed;
  return values[99];
}

// What scripts cannot call.
struct pair {
  long first, second;
};
long first_of(struct pair pair) { return pair.first; }
static int hidden(int value) { return value; }

// A name of the language's own.
int len(int value) { return hidden(value) * 2; }

char LICENSE[] SEC("license") = "Dual BSD/GPL";
