struct s { void (*f)(int, struct s *); int *(*g[3])(void); char (*h)[5]; char *i[5]; };
