struct s { const volatile char *const *a; struct s *next, **end; char b, *c, d[2], (e); };
