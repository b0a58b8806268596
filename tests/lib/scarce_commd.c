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
#include "tests/lib/wrapped.h"

static struct scarce_shared *shared;

char *__real_strndup(const char *s, size_t n);
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

bool wrapped_is_refused(void)
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

char *__wrap_strndup(const char *s, size_t n)
{
	return wrapped_is_refused() ? NULL : __real_strndup(s, n);
}

int __wrap_asprintf(char **ret, const char *format, ...)
{
	va_list ap;
	int n;

	if (wrapped_is_refused())
		return -1;
	va_start(ap, format);
	n = vasprintf(ret, format, ap);
	va_end(ap);
	return n;
}
