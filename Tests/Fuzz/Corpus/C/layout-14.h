union u { char a; int b : 20; long c; char d[13]; }; struct s { char x; union u y; };
