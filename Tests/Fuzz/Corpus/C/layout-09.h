struct s { char a; char b __attribute__((aligned(16))); } __attribute__((aligned(64)));
