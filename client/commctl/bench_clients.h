#pragma once

/*
 * Bench clients: the processes of a bench, from fork() to wait().
 */

#include <stdbool.h>
#include <sys/types.h>

#include "client/commctl/bench.h"

struct bench {
	struct ctl *ctl;
	struct bench_plan plan;
	char own_topic[64]; /* "": the user has named one */
	struct bench_shared *shared;
	size_t shared_size;
	pid_t *pids; /* owned; 0: it has ended */
	size_t n_running;
	int go[2]; /* a pipe, at whose end the clients begin */
	bool has_pipe;
};

/*
 * Start the clients, let them go when all are connected, and return when all have ended; what came out is
 * in bench::shared. The first interrupt ends them in order, the second at once.
 */
void bench_clients_run(struct bench *b);
