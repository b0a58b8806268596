#pragma once

/*
 * Bench: clients that measure this host's gateway, each a process of its own.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/commctl/latencies.h"

struct ctl;

enum bench_kind { BENCH_SEND, BENCH_RECEIVE, BENCH_PING, BENCH_N_KINDS };

/* What they are called. */
extern const char *const bench_words[BENCH_N_KINDS];

/* What is measured. */
struct bench_plan {
	enum bench_kind kind;
	const char *topic; /* borrowed; NULL: none is needed */
	int64_t n_clients;
	int64_t n_records; /* of all clients; received ones: of each */
	int64_t size;      /* bytes of a value */
	int64_t window;    /* records of one client without outcome */
	int64_t rate;      /* a second, of all clients; 0: as many as possible */
};

/* One client, in memory that it shares with its parent. */
struct bench_client {
	atomic_bool is_ready; /* connected, and waiting for the others */
	atomic_uint_fast64_t n_done;
	atomic_uint_fast64_t n_failed;
	int64_t begin_us; /* on the clock that is never set back; 0: not yet */
	int64_t end_us;
	int error; /* the first, enum comm_error; 0: none */
	char message[512];
	struct latencies latencies;
};

struct bench_shared {
	atomic_bool is_stopped; /* the parent has been interrupted */
	struct bench_client clients[];
};

/*
 * Be client number @i: connect, wait until @go, the reading end of a pipe, ends, and work. What comes
 * out is in @shared. For a process that has nothing else to do.
 */
void bench_client_run(const struct ctl *ctl, const struct bench_plan *plan,
		      struct bench_shared *shared, size_t i, int go);
