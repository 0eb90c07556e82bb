#pragma once
#include "self.h"
#include "short.h"
#include <system.h>
#define F(x, ...) x ## __VA_ARGS__ #x
#include <echo.h>
struct a { struct s s; int F(b, c) : 3; };
