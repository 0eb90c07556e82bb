// A program, which nobody can call.
__attribute__((section("raw_tp/sys_enter"))) int probe(void *context) { return 0; }
