struct s { char a; int b : 3 __attribute__((aligned(8))); int c : 3; };
