struct s { char a; union { struct { short b, c; }; long d; }; char e; };
