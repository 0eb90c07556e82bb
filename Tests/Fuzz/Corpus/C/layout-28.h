struct s { _Bool a : 1, b : 1; int c : 1; _Bool d : 1; short e : 15; short f : 2; };
