extern int thing[3]; static inline int f(int x) { return x; } struct s { int a; char b; };
