/*
 * What makes a commd one whose allocations fail; linked with --wrap, so that it stands between commd and the
 * allocator.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/lib/scarce_shared.h"

static struct scarce_shared *shared;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);
void __wrap_json_set_alloc_funcs(void *(*take)(size_t size), void (*give)(void *p));
int __wrap_asprintf(char **ret, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What jansson allocates ends commd when it fails, so it never does: jansson keeps the allocator that it had. */
void __wrap_json_set_alloc_funcs(void *(*take)(size_t size), void (*give)(void *p))
{
	(void)take;
	(void)give;
}

__attribute__((constructor)) static void share(void)
{
	const char *path = getenv(SCARCE_FILE);
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		abort();
	close(fd);
}

static bool is_refused(void)
{
	long n_left;

	if (!shared || !shared->is_on)
		return false;
	n_left = atomic_fetch_sub(&shared->n_left, 1) - 1;
	if (n_left > 0 || (n_left < 0 && !shared->and_on))
		return false;
	shared->n_failed++;
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

char *__wrap_strndup(const char *s, size_t n)
{
	return is_refused() ? NULL : __real_strndup(s, n);
}

void __wrap_json_set_alloc_funcs(void *(*take)(size_t size), void (*give)(void *p));
int __wrap_asprintf(char **ret, const char *format, ...)
{
	va_list ap;
	int n;

	if (is_refused())
		return -1;
	va_start(ap, format);
	n = vasprintf(ret, format, ap);
	va_end(ap);
	return n;
}
