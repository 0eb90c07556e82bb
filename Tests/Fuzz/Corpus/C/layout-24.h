#define CAT(a, b) a##b
#define N(x) (x + 1)
struct s { char CAT(one, two)[N(3) * 2]; };
