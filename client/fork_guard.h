#pragma once

/*
 * Fork guard: is this process still the one that made the guard?
 *
 * The kernel wipes the guard's page in a child, so that asking costs one read of memory; asking for
 * the pid costs a system call, which is more than all the rest of sending a small record.
 */

#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>

struct fork_guard {
	volatile unsigned char *page; /* owned; not 0 here, 0 in a child; NULL: the kernel cannot */
	pid_t pid;
};

/* Cannot fail. Called again in a child it makes the guard that process's own. */
void fork_guard_init(struct fork_guard *g);
void fork_guard_fini(struct fork_guard *g);

static inline bool fork_guard_is_child(const struct fork_guard *g)
{
	return g->page ? !*g->page : g->pid != getpid();
}
