#pragma once

/*
 * Process: what the kernel says of this one.
 */

#include <stdint.h>

struct process {
	double cpu_seconds;   /* of all threads, user and system */
	double start_seconds; /* since 1970 */
	int64_t resident_bytes;
	int64_t virtual_bytes;
	int64_t n_threads;
	int64_t n_fds;
	int64_t max_fds;
};

/* From /proc, which needs no disk. What cannot be had is 0. */
void process_look(struct process *ret);
