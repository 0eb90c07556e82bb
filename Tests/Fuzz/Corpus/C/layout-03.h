struct s { int a : 31; int b : 2; long c : 40; long d : 30; };
