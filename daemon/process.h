#pragma once

/*
 * Process: what the kernel says of this one.
 */

#include <stdint.h>

struct process {
	int64_t cpu_ms;   /* of all threads, user and system */
	int64_t start_ms; /* since 1970; always the same */
	int64_t resident_bytes;
	int64_t virtual_bytes;
	int64_t n_threads;
	int64_t n_fds;
	int64_t max_fds;
};

/* From /proc, which needs no disk, but two descriptors. What cannot be had is COMM_NONE. */
void process_look(struct process *ret);
