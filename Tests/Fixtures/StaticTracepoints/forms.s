# Static tracepoints whose arguments have every form that x86-64 has for operands, and then some. `forms.base64` is this program for
# machines without a compiler:
#
#   gcc -nostdlib -static -Wl,--build-id=none -Wl,-z,noseparate-code -o forms forms.s
#   strip --strip-unneeded --keep-symbol=value --keep-symbol=counter forms
#   gzip -9n < forms | base64 > forms.base64

# A place as sys/sdt.h leaves it.
.macro tracepoint name, arguments, counter=0
990: nop
  .pushsection .note.stapsdt, "", "note"
  .balign 4
  .4byte 992f-991f, 994f-993f, 3
991: .asciz "stapsdt"
992: .balign 4
993: .8byte 990b, _.stapsdt.base, \counter
  .asciz "forms"
  .asciz "\name"
  .asciz "\arguments"
994: .balign 4
  .popsection
.endm
.section .stapsdt.base, "aG", "progbits", .stapsdt.base, comdat
.weak _.stapsdt.base
.hidden _.stapsdt.base
_.stapsdt.base: .space 1
.size _.stapsdt.base, 1
.section .probes, "aw"
.balign 2
counter: .2byte 0
.data
.balign 8
.globl value
value: .4byte 11, -22, 33, -44
.type value, @object
.size value, 16
.type counter, @object
.size counter, 2
.text
.globl _start
_start:
  # Programs of the kernel see only pages that are there.
  mov value(%rip), %eax
  movabs $0x8899aabbccdd8ef1, %rax
  mov %rax, %r10
  mov %rax, %rsi
  tracepoint registers, "-1@%al 1@%al -1@%ah 1@%ah -2@%ax 2@%ax -4@%eax 4@%eax -8@%rax 8@%rax -1@%r10b -2@%r10w -4@%r10d 8@%r10 1@%sil %rsi"
  tracepoint constants, "-4@$-5 4@$-5 1@$300 8@$0x10 -8@$9223372036854775807 2@$-1 -1@$0xff"
  lea value(%rip), %rbx
  mov $1, %ecx
  tracepoint memory, "4@(%rbx) -4@4(%rbx) 4@4(%rbx) -8@8(%rbx) -4@-4(%rbx,%rcx,8) -4@8(%rbx,%rcx,4) 1@6(%rbx,%rcx) -1@6(%rbx,%rcx,1) -2@0x4(%rbx)"
  tracepoint symbols, "-4@value(%rip) -4@value+4(%rip) -4@4+value+4(%rip) -4@value 8@$value 8@$value+8"
  tracepoint many, "4@$0 4@$1 4@$2 4@$3 4@$4 4@$5 4@$6 4@$7 4@$8 4@$9 4@$10 4@$11 4@$12 4@$13"
  tracepoint floats, "8f@%xmm0 4@$7 4@errno@GOTPCREL(%rip)"
  mov $3, %ebp
again:
  mov %rbp, %rdi
  tracepoint places, "4@%edi 4@$100"
  neg %rbp
  tracepoint places, "-4@%ebp"
  neg %rbp
  cmpw $0, counter(%rip)
  je off
  tracepoint counted, "4@%ebp 2@counter(%rip)", counter
off:
  dec %rbp
  jnz again
  mov $60, %eax
  xor %edi, %edi
  syscall
