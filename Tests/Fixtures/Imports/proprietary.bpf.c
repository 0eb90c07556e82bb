// A licence that does not go together with a script's, and a name that functions.bpf.c has too.
int add_one(int value) { return value + 1; }
char LICENSE[] __attribute__((section("license"), used)) = "Proprietary";
