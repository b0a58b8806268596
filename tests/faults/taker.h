#pragma once

/*
 * Taker: one reader, with a connection of its own, which asks for records for as long as it is wanted and
 * looks at each that comes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/commclient.h"

#define TAKE_PARTITIONS_MAX 64

struct ledger;

/* How to read. Strings are borrowed from the command line. */
struct take_options {
	const char *socket;
	const char *profile; /* NULL: default */
	const char *topic;
	const char *group;  /* NULL: each alone, from the beginning */
	const char *ledger; /* with a group only */
	enum comm_ack_mode ack;
	int64_t n_clients;
	int64_t n_slow;    /* of them, the last ones, to whom the rate applies */
	int64_t first;     /* number of the first of them */
	int64_t hold_ms;   /* after which it acknowledges what has come */
	int64_t rate;      /* bytes a second at which each goes on; 0: as fast as they come */
	int64_t n_records; /* after which each is done; 0: until the program is told to end */
};

/* What all of them share. */
struct take {
	const struct take_options *options;
	struct ledger *ledger; /* NULL: none */
	char *value;           /* owned; what a record ought to be */
	size_t value_size;
	int64_t n_gaps;     /* records that a lone reader was not given in their turn */
	int64_t n_corrupt;  /* that are not as they were sent */
	int64_t n_errors;   /* of receives */
	bool has_told[256]; /* of one, by enum comm_error */
};

struct taker {
	struct take *take; /* borrowed */
	uint32_t number;
	bool is_slow;
	struct comm *c;              /* owned; NULL: not connected */
	struct comm_subscription *s; /* NULL: not subscribed */
	bool is_asking;              /* for records, or to subscribe */
	bool has_answer;             /* it has had one */
	bool is_lost;                /* the connection that it has asked on */
	bool is_leaving;
	int acking;        /* partition that it has asked to acknowledge last */
	int64_t due_us;    /* when it asks again */
	int64_t looked_us; /* when it was last seen what has come, */
	int64_t quiet_us;  /* and the time before */
	int64_t asked_us;  /* when it has asked last */
	int64_t began_us;  /* when its first record came */
	int64_t done_us;   /* when it had all it wanted; 0: not yet */
	int64_t n_taken, n_bytes;
	int64_t next[TAKE_PARTITIONS_MAX]; /* behind the last record that came; 0: none has */
	bool is_held[TAKE_PARTITIONS_MAX]; /* something of it is not acknowledged */
};

void taker_init(struct taker *t, struct take *take, uint32_t number, bool is_slow);

/* Take what has come if @is_ready; connect, subscribe and ask for more when it is time. */
void taker_work(struct taker *t, bool is_ready);

/* Microseconds until there is something to ask for; -1: only when something comes. */
int64_t taker_wait_us(const struct taker *t, int64_t now_us);

bool taker_is_done(const struct taker *t);

void taker_leave(struct taker *t);
