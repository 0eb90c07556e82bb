typedef unsigned long low __attribute__((aligned(4))); struct s { char a; low b; };
