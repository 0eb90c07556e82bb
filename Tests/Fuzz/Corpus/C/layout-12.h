typedef int wide __attribute__((aligned(32))); struct s { char a; wide b; };
