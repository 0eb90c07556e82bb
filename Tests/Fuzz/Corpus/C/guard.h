#ifndef G
#define G
#include "self.h"
#include <system.h>
#else
struct in { int a; } __attribute__((mode(QI)));
#endif
