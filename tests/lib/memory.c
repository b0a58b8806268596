#include "tests/lib/memory.h"

#include <stddef.h>

static int countdown;
static bool has_failed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);

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

static bool is_refused(void)
{
	if (!countdown || --countdown)
		return false;
	has_failed = true;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return is_refused() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return is_refused() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *s)
{
	return is_refused() ? NULL : __real_strdup(s);
}
