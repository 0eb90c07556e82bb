struct __attribute__((packed)) s { char a; int b; struct { char c; long d; } e; };
