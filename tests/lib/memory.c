#include "tests/lib/memory.h"

#include "tests/lib/wrapped.h"

static int countdown;
static bool has_failed;

void memory_fail(int n)
{
	countdown = n;
	has_failed = false;
}

bool memory_recover(void)
{
	countdown = 0;
	return has_failed;
}

bool wrapped_is_refused(void)
{
	if (!countdown || --countdown)
		return false;
	has_failed = true;
	return true;
}
