enum __attribute__((packed)) e { A, B = 255 }; struct s { enum e a; enum e b : 4; };
