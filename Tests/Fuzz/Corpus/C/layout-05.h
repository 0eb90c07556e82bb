struct s { char a; int b : 9; long c : 57; char d; } __attribute__((packed));
