// `arm64.base64` is this program, and `arm64-captured.base64` what it wrote, for machines that have no arm64:
//
//   aarch64-linux-gnu-gcc -O2 -fomit-frame-pointer -ffreestanding -fno-stack-protector -nostdlib -static -no-pie \
//     -Wl,--build-id=none -Wl,-z,max-page-size=4096 -o frames arm64.c
//   aarch64-linux-gnu-strip -g frames
//   qemu-aarch64 -cpu max ./frames > captured
//   gzip -9n < frames | base64 > arm64.base64; gzip -9n < captured | base64 > arm64-captured.base64

// A program for arm64 without frame pointers and without a library of C. The innermost of its functions
// writes its registers (x0 to x30, sp, and where it is) and what lies on its stack.
typedef unsigned long word;
#define APART __attribute__((noinline, noclone))

word registers[33];
volatile word sink;

static void write_out(const void *bytes, word count) {
  register word x8 __asm__("x8") = 64, x0 __asm__("x0") = 1;
  register word x1 __asm__("x1") = (word)bytes, x2 __asm__("x2") = count;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
}

static void leave(void) {
  register word x8 __asm__("x8") = 94, x0 __asm__("x0") = 0;
  __asm__ volatile("svc 0" : : "r"(x8), "r"(x0) : "memory");
}

// What a probe at its first instruction sees.
__asm__(
    ".text\n"
    ".globl take\n"
    ".type take, %function\n"
    "take:\n"
    "  .cfi_startproc\n"
    "  adrp x16, registers\n"
    "  add x16, x16, :lo12:registers\n"
    "  stp x0, x1, [x16]\n"
    "  stp x2, x3, [x16, 16]\n"
    "  stp x4, x5, [x16, 32]\n"
    "  stp x6, x7, [x16, 48]\n"
    "  stp x8, x9, [x16, 64]\n"
    "  stp x10, x11, [x16, 80]\n"
    "  stp x12, x13, [x16, 96]\n"
    "  stp x14, x15, [x16, 112]\n"
    "  stp x18, x19, [x16, 144]\n"
    "  stp x20, x21, [x16, 160]\n"
    "  stp x22, x23, [x16, 176]\n"
    "  stp x24, x25, [x16, 192]\n"
    "  stp x26, x27, [x16, 208]\n"
    "  stp x28, x29, [x16, 224]\n"
    "  mov x17, sp\n"
    "  stp x30, x17, [x16, 240]\n"
    "  adr x17, take\n"
    "  str x17, [x16, 256]\n"
    "  ret\n"
    "  .cfi_endproc\n"
    "  .size take, .-take\n");
void take(void);

static word top;

APART void leaf(word n) {
  take();
  write_out(registers, sizeof registers);
  write_out((const void *)registers[31], top - registers[31]);
  sink += n;
}

APART void wide(word n) {
  volatile word room[600];
  room[n] = n;
  leaf(n + 1);
  sink += room[n];
}

__attribute__((noinline, noclone, target("branch-protection=pac-ret"))) void sealed(word n) {
  wide(n + 1);
  sink += n;
}

__attribute__((noinline, noclone, target("branch-protection=standard"))) void variable(word n) {
  volatile word room[n + 1];
  room[n] = n;
  sealed(n + 1);
  sink += room[n];
}

APART void outer(word n) {
  variable(n + 1);
  sink++;
}

__asm__(
    ".globl _start\n"
    ".type _start, %function\n"
    "_start:\n"
    "  .cfi_startproc\n"
    "  .cfi_undefined x30\n"
    "  mov x0, sp\n"
    "  bl begin\n"
    "  .cfi_endproc\n"
    "  .size _start, .-_start\n");

void begin(word start) {
  top = start;
  outer(1);
  leave();
}
