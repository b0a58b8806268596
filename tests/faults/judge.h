#pragma once

/*
 * Judge: what was sent and told, held against what is in the topic.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger_entry;

/* What the ledgers say. Records, unless something else is said. */
struct verdict {
	uint64_t sent;
	uint64_t acked;
	uint64_t failed;  /* told that the brokers do not have it */
	uint64_t unknown; /* told that they may have it */
	uint64_t open;    /* not told, for its client was ended before */
	uint64_t read;

	/* What the promise allows within bounds. */
	uint64_t duplicated; /* times that a record is in the topic beyond its first */
	uint64_t
		unplaced; /* acknowledged without saying where, as Kafka does when it has it already */
	uint64_t taken;    /* by the readers of a group; 0: there were none */
	uint64_t repeated; /* of them, those that came again, for nobody had acknowledged them */

	/* What it does not allow. */
	uint64_t lost; /* acknowledged, and not in the topic */
	uint64_t
		outside; /* of duplicated, those beyond one for each end of a daemon that the record was open at */
	uint64_t
		reordered; /* first in the topic behind a later one of its client and partition; what had no
			      * outcome when a daemon ended may be behind what was sent to the next */
	uint64_t phantom;    /* in the topic, and never sent, or told that it is not there */
	uint64_t corrupt;    /* in the topic with other bytes */
	uint64_t misplaced;  /* in the topic, but not where its sender wanted it or was told */
	uint64_t unanswered; /* never told, though its client has ended in order */
	uint64_t twice;      /* told more than once, or told without having been sent */
	uint64_t again;      /* came to a group that had acknowledged it */
	uint64_t skipped;    /* in the topic, and nobody of the group has had it acknowledged */
	uint64_t disordered; /* came to a group for the first time behind a later one */
	uint64_t garbled;    /* came to a group with other bytes than are in the topic there */

	/* Times of those told, microseconds. */
	int64_t p50_us;
	int64_t p99_us;
	int64_t longest_us;
	int64_t silence_us; /* longest between two acknowledgements of all */
};

struct judge;

struct judge *judge_new(void);
void judge_free(struct judge *j);

/*
 * Take what senders and the readers of groups have written, and when daemons ended, in the order of time:
 * all of them, then what the reader of the topic has; others' entries are passed over.
 */
void judge_hear_senders(struct judge *j, const struct ledger_entry *entries, size_t n);
void judge_hear_readers(struct judge *j, const struct ledger_entry *entries, size_t n);

void judge_decide(struct judge *j, struct verdict *ret);

/* Whether something of it is not allowed. */
bool verdict_is_damage(const struct verdict *v);
