struct s { char a; int : 4; int b : 28; unsigned long long c : 33; };
