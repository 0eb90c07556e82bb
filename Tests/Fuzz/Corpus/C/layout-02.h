struct s { char a; double b; float c; long double d; _Bool e; __int128 f; };
