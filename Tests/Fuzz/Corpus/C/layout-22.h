enum { N = 3, M = N * 2 + sizeof(int) }; struct s { char a[N], b[M - 1], c[1 << N | 1]; };
