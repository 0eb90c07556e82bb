# 1 "<built-in>"
#define __SIZE__ 8
# 3 "a.h" 1 3
nosuch_t a;
# 99999999999999999999 "b.h"
#include <system.h>
struct b { nosuch_t c; };
