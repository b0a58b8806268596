#pragma once

/*
 * Quota: what one user, by number, may make the daemon hold, and what the daemon holds for it.
 *
 * A user has an account as long as something is charged to it. A charge is a member of what costs
 * something and gives back what it has taken when that ends, whichever way it ends. What is allowed is
 * looked up in the configuration at each question, so that another one is valid at once.
 *
 * Pure: it is told the time, and what to do about a quota that is used up is the callers' to decide.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <uthash.h>

#include "daemon/parts.h"
#include "daemon/said.h"

struct config;
struct quotas;

/*
 * Q(NAME, key, advice): what is limited, by its key in [quota] of commd.conf, and what its user can do.
 *
 * CONNECTIONS, REQUESTS and SUBSCRIPTIONS are counted; and CONSUMERS, each charged to the one who needed it
 * first, for as long as that subscription lasts. HELD is bytes: of sends until their records have
 * an outcome, of other requests that wait for Kafka, of messages that are not whole, and of answers that
 * are not read yet; for these a quarter is kept. RECORDS are those sent, out of a bucket that fills evenly
 * and holds what one second brings.
 */
#define QUOTAS(Q)                                                                       \
	Q(CONNECTIONS, "connections", "close some")                                     \
	Q(HELD, "held-bytes",                                                           \
	  "a quarter is kept for answers; read those there are, and send less at once") \
	Q(REQUESTS, "requests", "wait for answers before asking more")                  \
	Q(RECORDS, "records-per-second", "send more slowly")                            \
	Q(SUBSCRIPTIONS, "subscriptions", "end some")                                   \
	Q(CONSUMERS, "consumers", "end subscriptions, or have them share a group")

enum quota {
#define QUOTA_ENUM(NAME, key, unit) QUOTA_##NAME,
	QUOTAS(QUOTA_ENUM)
#undef QUOTA_ENUM
		N_QUOTAS,
	/* Charged beside them: connections that are only told that there are too many; and for HELD as
	 * well, messages that are not whole, and answers that are not read. */
	QUOTA_TURNED_AWAY = N_QUOTAS,
	QUOTA_PARTIAL,
	QUOTA_UNREAD,
	N_QUOTA_CHARGES
};

/* Connections of one user that are open only to be told so. */
#define QUOTA_TURNED_AWAY_MAX 4

/* One burst, and one line in the log, lasts until nothing of it has happened for so long. */
#define QUOTA_BURST_MS 10000

/*
 * What the connections of one user get together of one turn of the loop while there are others: as many small messages
 * as one connection alone. Somebody with a thousand connections would have a turn last a thousand times as long.
 */
#define QUOTA_TURN_COST 256

/* And so many of them that have waited for a turn of theirs are read from again. */
#define QUOTA_TURN_RESUMED 32

struct quota_account {
	struct quotas *quotas; /* borrowed */
	uid_t uid;
	size_t n_refs;
	uint64_t used[N_QUOTA_CHARGES]; /* but RECORDS, which come and go */
	int64_t records;                /* in its bucket, in thousandths; below 0 when overdrawn */
	uint64_t filled_ms;             /* when they were counted; 0: never, so it is full */
	size_t n_waiting[N_QUOTAS];     /* connections held back for it */
	size_t n_waiting_all; /* of them, and of what else waits for something to be given back */
	struct parts parts;   /* of those with a message that is not whole */
	uint64_t burst_ms[N_QUOTAS]; /* the last time that it was used up; 0: never */
	uint64_t turn;               /* the last one that something was dealt with in */
	uint64_t turn_cost;          /* of that */
	unsigned int turn_resumed;   /* connections, in that one */
	UT_hash_handle hh;
};

/* All there are. */
struct quotas {
	struct quota_account *accounts;      /* owned; by uid */
	const struct config *const *config;  /* borrowed; where the valid one is found */
	const unsigned int *max_connections; /* borrowed; that there may be in all */
	uint64_t turn;                       /* of the loop */
	int64_t n_refused[N_QUOTAS];         /* answers COMM_EQUOTA */
	int64_t n_delayed[N_QUOTAS];         /* times that a connection was held back instead */
	struct said said;                    /* in the log, of users and not of quotas */
	void (*released)(struct quotas *q);  /* something was, and somebody waits for that */
};

void quotas_init(struct quotas *q, const struct config *const *config,
		 const unsigned int *max_connections, void (*released)(struct quotas *q));

/* Nothing may be charged any more. */
void quotas_fini(struct quotas *q);

/* From time to time: forget those who have nothing any more, and owe nothing. */
void quotas_sweep(struct quotas *q, uint64_t now_ms);

/* The loop's next turn begins. */
void quotas_begin_turn(struct quotas *q);

/* The account of @uid with a reference, made if there is none. Returns NULL when out of memory. */
struct quota_account *quota_account_get(struct quotas *q, uid_t uid);
struct quota_account *quota_account_ref(struct quota_account *a);
void quota_account_unref(struct quota_account *a);

/* Returns NULL if nothing is charged to @uid. */
const struct quota_account *quota_account_find(const struct quotas *q, uid_t uid);

/* ---- charges ---- */

/* Embedded in what costs; all zero: nothing. */
struct quota_charge {
	struct quota_account *account; /* a reference */
	enum quota quota;
	uint64_t n;
};

/* Charge @n to @a, which may be NULL: to nobody then. */
void quota_charge_init(struct quota_charge *c, struct quota_account *a, enum quota quota,
		       uint64_t n);

/* It costs @n from now on. */
void quota_charge_set(struct quota_charge *c, uint64_t n);

/* Give all of it back; harmless when that was done. */
void quota_charge_fini(struct quota_charge *c);

/* ---- questions ---- */

/* What the user may have; UINT64_MAX: any amount. */
uint64_t quota_allowed(const struct quota_account *a, enum quota quota);

/* What is charged; of QUOTA_RECORDS, how many the bucket lacks. */
uint64_t quota_used(const struct quota_account *a, enum quota quota);

/*
 * Whether no more may be charged. Messages that are not whole count for HELD, unless there is nothing
 * else: they would wait for themselves.
 */
bool quota_is_used_up(const struct quota_account *a, enum quota quota);

/* Whether so many answers are unread that there should be no more. */
bool quota_has_many_unread(const struct quota_account *a);

/* Whether a large message that is not whole should not become larger, but for one: quota_account::parts. */
bool quota_has_many_parts(const struct quota_account *a);

/* Fill the bucket up to @now_ms. Returns in how many milliseconds there is a record in it; 0: there is. */
uint64_t quota_fill(struct quota_account *a, uint64_t now_ms);

/* Take @n records out of the bucket, though they may not be there. */
void quota_take(struct quota_account *a, uint64_t n, uint64_t now_ms);

/* Something of the user's was dealt with in this turn; a small message costs 1. */
void quota_spend(struct quota_account *a, uint64_t cost);

/* Whether one more connection that waits for its turn may be read from in this one; then it is counted. */
bool quota_resume(struct quota_account *a);

/* Whether the user has had its part of this turn: the rest is for the next one. */
bool quota_has_had_turn(const struct quota_account *a);

/* How long somebody may be held back before the answer is COMM_EQUOTA. */
unsigned int quota_wait_ms(const struct quota_account *a);

/* Note that @quota was used up at @now_ms. Returns whether a burst of it begins, which is worth a line. */
bool quota_note(struct quota_account *a, enum quota quota, uint64_t now_ms);

/* Its key in [quota]. */
const char *quota_key(enum quota quota);

/* What is used up, and what to do about it, as the sentence of COMM_EQUOTA. */
void quota_explain(const struct quota_account *a, enum quota quota, char *ret, size_t size);
