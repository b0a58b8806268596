#pragma once

/*
 * Kafka, in our words: the port between the gateway and librdkafka.
 *
 * No librdkafka type, number or thread is visible here. Every function returns at once, is called on
 * the loop's thread, and calls back on it, never from inside the call that started something.
 * What a function cannot do now it refuses or puts in line; nothing grows without a bound.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include <uv.h>

#include "daemon/sender.h"
#include "proto/message.h"

struct profile;

struct discards;
struct events;
struct kafka;        /* all of it: one per daemon */
struct kafka_client; /* one profile: its producer and consumers */
struct kafka_topic;
struct kafka_reader; /* one local subscription */

/* An answer other than success, ready for the client. */
struct kafka_failure {
	int code;           /* enum comm_error */
	char detail[64];    /* the parameter it is about, as a path; or "" */
	char message[1024]; /* what failed, the broker's own name and words, what to do next */
};

/* ---- life ---- */

struct kafka_options {
	uv_loop_t *loop;             /* borrowed */
	bool dev;                    /* run a mock cluster and use it for every profile */
	size_t max_consumers;        /* Kafka consumers of all profiles together */
	size_t max_inflight_records; /* of each producer: taken and without outcome */
	size_t max_inflight_bytes;
};

/* Returns 0, -ENOMEM, or another -errno when the mock cluster cannot start. */
int kafka_new(const struct kafka_options *o, struct kafka **ret);

/* The mock cluster's bootstrap servers, or NULL. */
const char *kafka_dev_bootstrap(const struct kafka *k);

/* Version of librdkafka that runs. */
const char *kafka_version(void);

/*
 * Begin to end: readers are closed with their acknowledged positions committed, producers get
 * @timeout_ms for what they still hold; what has no outcome then fails as such. @closed is called
 * when all threads have ended and @k is freed. Producing and subscribing are refused from here on.
 */
void kafka_close(struct kafka *k, int timeout_ms, void (*closed)(void *arg), void *arg);

/*
 * The client of @p, opened at its first use; @p must outlive @k. A profile that librdkafka refuses is
 * tried again after a second, so that it works once the files it names are corrected.
 *
 * Returns 0, COMM_EBAD_PROFILE with @ret_why (file, line, librdkafka's sentence), COMM_EBUSY with
 * @ret_why, or -errno.
 */
int kafka_client_get(struct kafka *k, const struct profile *p, struct kafka_client **ret,
		     struct kafka_failure *ret_why);

/*
 * Whether librdkafka accepts @p, alone and as a whole, with the files that it names, for a producer
 * and for a consumer. Reads those files, and connects to nothing. Returns what kafka_client_get()
 * does.
 */
int kafka_check_profile(const struct profile *p, struct kafka_failure *ret_why);

/*
 * Fill in the state and counters of @p; strings are borrowed until the loop's next turn. Leaves the
 * name alone. A profile that nobody has used is unused.
 */
void kafka_profile_status(const struct kafka *k, const struct profile *p,
			  struct comm_wire_profile *ret);

/* Whether no broker can be reached, as far as is known. */
bool kafka_client_is_down(const struct kafka_client *c);

/*
 * The reason for an answer that is due now although Kafka has said nothing: COMM_EBROKER with what
 * is known about the brokers ("3 of 3 brokers are down: ...: Connection refused").
 */
void kafka_explain_silence(const struct kafka_client *c, struct kafka_failure *ret);

/* ---- producing ---- */

/* What became of one record. */
struct kafka_outcome {
	int64_t offset;    /* -1: not known */
	int32_t partition; /* -1: not known */
	int32_t reason;    /* Kafka's number; kafka_explain() has words for it; 0: persisted */
	uint32_t index;    /* its own place in the batch */
	bool done;
	bool maybe_persisted;
};

/* The records of one send and their outcomes. */
struct kafka_batch {
	size_t n;      /* records */
	size_t n_open; /* of them without outcome */
	struct kafka_client *client;
	struct kafka_topic *topic;           /* the port's */
	void (*done)(struct kafka_batch *b); /* n_open is 0; NULL: nobody waits, it frees itself */
	void *arg;                           /* the caller's */
	struct charge charge;                /* whose the records are; none: nobody's */
	uint64_t serial;                     /* the port's from here on: its place among all */
	size_t header_bytes;
	uint64_t kept_ms; /* when a failed producer first gave one of its records back; 0: never */
	STAILQ_ENTRY(kafka_batch) finished;
	struct kafka_outcome outcomes[];
};

/*
 * Returns NULL when out of memory. The caller may charge it to a sender before kafka_produce(). It is
 * the caller's to free before kafka_produce() took it, and when it is done.
 */
struct kafka_batch *kafka_batch_new(size_t n, void (*done)(struct kafka_batch *b), void *arg);
void kafka_batch_free(struct kafka_batch *b);

/* What kafka_batch_new() allocates. */
size_t kafka_batch_size(size_t n);

/* The caller no longer waits for @b: outcomes are still counted and charged, then @b is freed. */
void kafka_batch_abandon(struct kafka_batch *b);

/* A place in line, embedded in the one who waits; all zero but @wake at first. */
struct kafka_waiter {
	void (*wake)(struct kafka_waiter *w); /* try again now; w is out of the line but keeps its
						 turn: whoever comes later waits behind */
	void *line;                           /* the port's; NULL: not in line */
	bool has_turn;                        /* the port's, as all that follow */
	uint64_t ticket;                      /* its place among all; 0: none yet */
	size_t n_records;
	size_t n_bytes;
	TAILQ_ENTRY(kafka_waiter) entry;
};

/* Leave the line; harmless for one that is in none. */
void kafka_waiter_cancel(struct kafka_waiter *w);

/*
 * Send @n records to @topic, in order behind all that came before. Keys, values and headers are
 * copied.
 *
 * Returns
 * 0: all are taken; @b->done follows (records that librdkafka refuses one by one are outcomes too);
 * COMM_EAGAIN: none is taken, for the topic is not known yet, has too much in flight already, or there
 * is no room; @w is in line;
 * COMM_ETOPIC_UNAVAILABLE, COMM_EBAD_VALUE, COMM_ETOO_BIG, COMM_ESHUTDOWN, COMM_EBROKER: none is
 * taken and @ret_why says why; or -ENOMEM.
 */
int kafka_produce(struct kafka_client *c, struct comm_bytes topic,
		  const struct comm_wire_record *records, size_t n, struct kafka_batch *b,
		  struct kafka_waiter *w, struct kafka_failure *ret_why);

/* Words for an outcome that failed. */
void kafka_explain(const struct kafka_client *c, const struct kafka_outcome *o,
		   struct kafka_failure *ret);

/*
 * What became of the records to each topic, of all profiles: @ret has room for @max, those with records
 * that failed or are in flight first. Strings are borrowed until the loop's next turn. Returns how many
 * topics there are.
 */
size_t kafka_topic_ledgers(const struct kafka *k, struct comm_wire_topic_ledger *ret, size_t max);

/* What has failed after it was taken, of all profiles; borrowed. */
const struct discards *kafka_discards(const struct kafka *k);

/* ---- topics ---- */

/* @why is NULL for success. */
typedef void (*kafka_done_fn)(void *arg, const struct kafka_failure *why);
typedef void (*kafka_topics_fn)(void *arg, const struct kafka_failure *why,
				const struct comm_list_topics_result *topics);

/*
 * Each copies what it needs, and calls back exactly once unless it returned an error: COMM_EBUSY
 * (too many calls wait already), COMM_ESHUTDOWN, another code with @ret_why, or -ENOMEM. The call back
 * may come after @timeout_ms; the caller has its own deadline.
 */
int kafka_list_topics(struct kafka_client *c, struct comm_bytes topic, int timeout_ms,
		      kafka_topics_fn done, void *arg, struct kafka_failure *ret_why);
int kafka_create_topic(struct kafka_client *c, const struct comm_create_topic_params *p,
		       int timeout_ms, kafka_done_fn done, void *arg,
		       struct kafka_failure *ret_why);
int kafka_delete_topic(struct kafka_client *c, struct comm_bytes topic, int timeout_ms,
		       kafka_done_fn done, void *arg, struct kafka_failure *ret_why);

/* ---- receiving ---- */

/* What has happened to consumers; borrowed. */
const struct events *kafka_events(const struct kafka *k);

enum kafka_start {
	KAFKA_EARLIEST,
	KAFKA_LATEST,
	KAFKA_OFFSET, /* these three without a group only */
	KAFKA_TIME,
	KAFKA_TAIL
};

enum kafka_ack { KAFKA_ACK_AUTO, KAFKA_ACK_MANUAL, KAFKA_ACK_NONE };

struct kafka_reader_options {
	struct comm_bytes group; /* nil: none */
	const struct comm_wire_topic_ref *topics;
	size_t n_topics;
	enum kafka_start start;
	int64_t at;
	enum kafka_ack ack;
	int timeout_ms; /* for what must be asked before it can begin */
	/*
	 * A fetch is worth while: records, an end or an error are there. Called once after a
	 * fetch has come back with less than was asked for; never before the reader is handed over.
	 */
	void (*ready)(struct kafka_reader *r, void *arg);
	void *arg;
};

/*
 * @begins (of struct comm_wire_position, borrowed) is where a reader without a group begins in each of
 * its partitions; nothing with a group.
 */
typedef void (*kafka_reader_fn)(void *arg, const struct kafka_failure *why, struct kafka_reader *r,
				struct comm_list begins);

/*
 * Begin to read. Topics that do not exist or may not be read are COMM_ETOPIC_UNAVAILABLE, too many
 * partitions for a reader without a group COMM_ETOO_BIG. The reader is the callee's of @done, ended by
 * kafka_reader_close(). Errors as for topics.
 */
int kafka_subscribe(struct kafka_client *c, const struct kafka_reader_options *o,
		    kafka_reader_fn done, void *arg, struct kafka_failure *ret_why);

/* Records fetched, borrowed until kafka_reader_release(). */
struct kafka_haul {
	struct comm_list topics; /* of struct comm_wire_batch */
	size_t n_records;
	bool at_end; /* every partition of the reader is read to its end */
};

/*
 * Take what is there, at most @max_records, and no more than @max_bytes unless it is one record.
 * Never waits. What is taken counts as handed out: unacknowledged until it is acknowledged.
 *
 * Returns 0, with 0 records if there are none; a positive code with @ret_why for what the brokers
 * said since the last fetch (each is said once); -ENOMEM.
 */
int kafka_reader_fetch(struct kafka_reader *r, size_t max_records, size_t max_bytes,
		       struct kafka_haul *ret, struct kafka_failure *ret_why);
void kafka_reader_release(struct kafka_reader *r);

/* Acknowledge all that was handed out. */
void kafka_reader_ack_all(struct kafka_reader *r);

/* Acknowledge what is before @p. Returns 0 or COMM_ESTALE: the partition is another reader's now. */
int kafka_reader_ack(struct kafka_reader *r, const struct comm_wire_position *p);

/* Fill in what is known of the subscription but its number, client and pid. */
void kafka_reader_status(const struct kafka_reader *r, struct comm_wire_subscription *ret);

/* End: what is not acknowledged goes to the group's other readers, or is read again by the next. */
void kafka_reader_close(struct kafka_reader *r);
