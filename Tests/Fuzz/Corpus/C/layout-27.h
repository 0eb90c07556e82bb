struct s { unsigned long long a : 1, b : 63, c : 64; unsigned char d : 8, e : 1, f : 8; };
