enum e { A = -1, B }; enum w { C = 0x100000000 }; struct s { enum e a : 3; enum w b; };
