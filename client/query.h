#pragma once

/*
 * Query: a request of the program's that ends by one call back, or that it waits for.
 *
 * Both forms of each function of the library are one: query_wait in the place of the function to
 * call back makes it wait, and arg is then where a result goes, or NULL.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/api.h"
#include "client/call.h"

struct query;

/* A function of the program's; query_kind::give knows its type. */
typedef void (*query_fn)(void);

/* Of those that are more than a request and its answer. */
struct query_steps {
	/* Begin with what query_run() was given. Returns 0 or COMM_E*. */
	int (*start)(struct query *q, void *params);

	/* What its end means; returns the error to be told. May be NULL. */
	int (*settle)(struct query *q, const struct reply *reply);
};

struct query_kind {
	enum comm_method_id method : 16;
	bool repeats;      /* once more after a lost connection */
	bool bound;        /* means nothing on another connection */
	const char *shape; /* of the result; NULL: there is none */

	/* Call back. @result is as the shape says, NULL after an error, and the program's. */
	void (*give)(struct comm *c, int error, void *result, query_fn done, void *arg);
	const struct query_steps *steps; /* or NULL */
};

struct query {
	struct call call;
	struct comm *c; /* borrowed, as all here but topic */
	const struct query_kind *kind;
	bool waits;
	query_fn done;
	void *arg;

	/* What those that are about a subscription need. */
	struct comm_subscription *s;
	char *topic; /* owned; NULL: all */
	int32_t partition;
	enum comm_start start;
	int64_t at;
	bool is_alone; /* it has no group */
};

/* In the place of a function to call back: do not return before it is done. */
void query_wait(void);

/*
 * Ask. @params is the method's, if the kind does not say otherwise; its timeout_ms is set here.
 * Returns 0, or COMM_E* with comm::error set; then nobody is called back.
 */
int query_run(struct comm *c, const struct query_kind *kind, void *params, query_fn done,
	      void *arg);

/* The same for a method that takes a name and no more. */
int query_run_named(struct comm *c, const struct query_kind *kind, const char *name, query_fn done,
		    void *arg);

/* Send it with @params, in which nothing that must be there may be NULL. Returns 0 or COMM_E*. */
int query_send(struct query *q, void *params);

/* For query_kind::give. */
void query_give_done(struct comm *c, int error, void *result, query_fn done, void *arg);
