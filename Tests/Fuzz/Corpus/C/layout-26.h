typedef struct s s_t, *s_p; struct s { s_p a; s_t *b; int c; }; struct t { s_t a[2]; };
