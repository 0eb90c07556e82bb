struct s { char a; long long int b; unsigned long int unsigned_c; signed char d; };
