#pragma once

/*
 * The few helpers that every layer needs.
 */

#include <stddef.h>
#include <stdlib.h>
#include <sys/param.h> /* MIN, MAX */

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof *(a))

static inline void comm_free_pointer(void *p)
{
	free(*(void **)p);
}

/* Frees the variable when it goes out of scope; hand ownership over by nulling it. */
#define _cleanup_free_ __attribute__((cleanup(comm_free_pointer)))
