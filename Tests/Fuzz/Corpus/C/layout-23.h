struct t { char a; long b; }; struct s { char a[sizeof(struct t)], b[sizeof(int *)]; 
