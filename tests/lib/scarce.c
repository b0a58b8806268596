#include "tests/lib/scarce.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "proto/util.h"
#include "tests/lib/scarce_shared.h"

struct scarce {
	struct scarce_shared *shared;
};

/* The file needs no name: the daemon opens it as one of this process's. */
struct scarce *scarce_new(void)
{
	int fd = memfd_create("scarce", 0);
	struct scarce *s = malloc(sizeof *s);
	const char *commd = getenv("COMMD_SCARCE");
	_cleanup_free_ char *path = NULL;

	ck_assert_msg(commd != NULL, "COMMD_SCARCE is not set: run this by meson test");
	ck_assert(s && fd >= 0);
	ck_assert_int_eq(ftruncate(fd, sizeof *s->shared), 0);
	s->shared = mmap(NULL, sizeof *s->shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(s->shared, MAP_FAILED);
	ck_assert_int_gt(asprintf(&path, "/proc/%d/fd/%d", (int)getpid(), fd), 0);
	ck_assert_int_eq(setenv(SCARCE_FILE, path, 1), 0);
	ck_assert_int_eq(setenv("COMMD", commd, 1), 0);
	return s;
}

void scarce_free(struct scarce *s)
{
	(void)munmap(s->shared, sizeof *s->shared);
	free(s);
}

void scarce_begin(struct scarce *s, long n, bool and_on)
{
	s->shared->and_on = and_on;
	s->shared->n_failed = 0;
	s->shared->n_left = n;
	s->shared->is_on = true;
}

long scarce_end(struct scarce *s)
{
	s->shared->is_on = false;
	return s->shared->n_failed;
}
