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

#include "daemon/events.h"
#include "daemon/sender.h"
#include "proto/message.h"

struct profile;
struct profile_set;

struct discards;
struct histogram;
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

/*
 * How often all of Kafka's queues have been polled, which grows by one in a second at least while all is
 * well; and have it done once more in the loop's next turn.
 */
uint64_t kafka_n_polled(const struct kafka *k);
void kafka_poll_all(struct kafka *k);

/* Poll no more, for tests of who watches over that. */
void kafka_hang(struct kafka *k);

/* The mock cluster's bootstrap servers, or NULL. */
const char *kafka_dev_bootstrap(const struct kafka *k);

/* Version of librdkafka that runs. */
const char *kafka_version(void);

/*
 * What leaving a group may take, in milliseconds: librdkafka gives the brokers 5 s to let a member go, after as
 * many for the last commit.
 */
#define KAFKA_CLOSE_MAX_MS 12000

/*
 * Begin to end: readers are closed with their acknowledged positions committed, producers get
 * @timeout_ms for what they still hold; what has no outcome then fails as such. @closed is called
 * when all threads have ended and @k is freed. Producing and subscribing are refused from here on.
 */
void kafka_close(struct kafka *k, int timeout_ms, void (*closed)(void *arg), void *arg);

/*
 * The client of @p, opened at its first use, which holds on to @p. A profile that librdkafka refuses is
 * tried again after a second, so that it works once the files it names are corrected.
 *
 * Returns 0, COMM_EBAD_PROFILE with @ret_why (file, line, librdkafka's sentence), COMM_EBUSY with
 * @ret_why, or -errno.
 */
int kafka_client_get(struct kafka *k, struct profile *p, struct kafka_client **ret,
		     struct kafka_failure *ret_why);

/*
 * Whether librdkafka accepts @p, alone and as a whole, with the files that it names, for a producer
 * and for a consumer. Reads those files, and connects to nothing. Returns what kafka_client_get()
 * does.
 */
int kafka_check_profile(const struct profile *p, struct kafka_failure *ret_why);

/*
 * What @p, which is good, may fail with all the same, in a sentence: SCRAM with a librdkafka that cannot
 * do it with every Kafka; or NULL.
 */
const char *kafka_profile_warning(const struct profile *p);

/*
 * Fill in the state and counters of @p; strings are borrowed until the loop's next turn. Leaves the
 * name alone. A profile that nobody has used is unused.
 */
void kafka_profile_status(const struct kafka *k, const struct profile *p,
			  struct comm_wire_profile *ret);

/* ---- reloading ---- */

/* As in kafka_options, from here on. */
void kafka_set_limits(struct kafka *k, size_t max_consumers, size_t max_inflight_records,
		      size_t max_inflight_bytes);

/*
 * The profiles are those of @set from here on, all of them good; nothing else holds on to @set. A client
 * whose profile has changed goes on with other handles, and no record is lost or out of order by that.
 * One whose profile is not there any more ends; kafka_client_get() must not be asked for it.
 */
void kafka_reload(struct kafka *k, const struct profile_set *set);

/* ---- what is known of the brokers ---- */

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

struct kafka_batch;

/* Someone who looks on: embedded in what is to know when a batch has its outcomes. */
struct kafka_watch {
	void (*ended)(struct kafka_watch *w, const struct kafka_batch *b); /* w is off the batch */
	SLIST_ENTRY(kafka_watch) entry; /* on kafka_batch::watches */
};

/* The records of one send and their outcomes. */
struct kafka_batch {
	size_t n;      /* records */
	size_t n_open; /* of them without outcome */
	struct kafka_client *client;
	struct kafka_topic *topic;           /* the port's */
	void (*done)(struct kafka_batch *b); /* n_open is 0; NULL: nobody waits, it frees itself */
	void *arg;                           /* the caller's */
	SLIST_HEAD(, kafka_watch) watches;   /* borrowed; told before done */
	struct charge charge;                /* whose the records are; none: nobody's */
	uint64_t came_ns;                    /* when it was made, on the clock of uv_hrtime() */
	bool has_failed;                     /* one of its records, or more */
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

/*
 * The brokers of all profiles that are in use, as they were some seconds ago: @ret has room for @max.
 * Strings are borrowed until the loop's next turn. Returns how many there are.
 */
size_t kafka_brokers(const struct kafka *k, struct comm_wire_broker_seen *ret, size_t max);

/* Every Kafka consumer there is. */
struct kafka_consumer_list {
	struct comm_list consumers;        /* of struct comm_wire_consumer; owned */
	struct comm_wire_consumed *topics; /* owned; of all of them */
	size_t n_topics_left_out;
};

/*
 * List them with at most @max_topics topics of all together. Strings are borrowed until the loop's next
 * turn. Returns 0 or -ENOMEM; kafka_consumer_list_fini() in any case.
 */
int kafka_consumer_list_init(struct kafka_consumer_list *l, const struct kafka *k,
			     size_t max_topics);
void kafka_consumer_list_fini(struct kafka_consumer_list *l);

/* What became of the records to one topic, or to all topics that have no row of their own. */
struct kafka_topic_count {
	struct comm_bytes profile;
	struct comm_bytes topic; /* nil: all others of the profile */
	int64_t accepted;
	int64_t persisted;
	int64_t failed;
	int64_t in_flight;
	int64_t bytes; /* of the accepted */
};

/* Topics of a profile that are counted by name at once. */
#define KAFKA_TOPICS_NAMED_MAX 200

/*
 * For who counts over time: numbers of a row only grow. The first topics of each profile have rows of
 * their own, and keep them until they are forgotten. @ret has room for @max. Strings are borrowed until
 * the loop's next turn. Returns how many there are.
 */
size_t kafka_topic_counts(const struct kafka *k, struct kafka_topic_count *ret, size_t max);

/* How long it took from a send to the outcome of its last record, where all are persisted; NULL: the
 * profile is not in use. */
const struct histogram *kafka_send_latency(const struct kafka *k, const struct profile *p);

/* How many of what is under "administration" run or wait in line, of all profiles; those that nobody waits
 * for any more included. */
size_t kafka_n_errands(const struct kafka *k);

/* How often nothing was fetched any more for a reader that took nothing, or for what is paused. */
size_t kafka_n_sleeps(const struct kafka *k);

/* Partitions that nothing is fetched of for this reason. */
size_t kafka_n_asleep(const struct kafka *k);

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

/* The same list has room for what has happened to the daemon as a whole; it is logged as well. */
void kafka_note(struct kafka *k, enum event event, const char *sentence);

enum kafka_start {
	KAFKA_EARLIEST,
	KAFKA_LATEST,
	KAFKA_OFFSET, /* for a subscription: these three without a group only */
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
	 * Whether a topic that matches a pattern may be read; asked when it is found, and again by
	 * kafka_reader_review(). NULL: all may.
	 */
	bool (*may_read)(void *arg, const char *topic);
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

/* Whether a reader of @group, {NULL}: of none, has no consumer here that it can join. */
bool kafka_needs_consumer(const struct kafka_client *c, struct comm_bytes group);

/*
 * Begin to read. Topics that do not exist or may not be read are COMM_ETOPIC_UNAVAILABLE, too many
 * partitions for a reader without a group COMM_ETOO_BIG. With a group, a topic that begins with "^" is
 * a regular expression: those that match it are read, now and when there are new ones. The reader is the callee's of @done, ended by
 * kafka_reader_close(). Errors as for topics.
 */
int kafka_subscribe(struct kafka_client *c, const struct kafka_reader_options *o,
		    kafka_reader_fn done, void *arg, struct kafka_failure *ret_why);

/* Records fetched, borrowed until kafka_reader_release() or the next fetch. */
struct kafka_haul {
	struct comm_list topics; /* of struct comm_wire_batch */
	size_t n_records;
	bool at_end; /* every partition of the reader but the paused is read to its end */
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

/*
 * Let go of what was fetched, and get ready for the next fetch: best when the answer is on its way, so
 * that it happens while the client looks at it.
 */
void kafka_reader_release(struct kafka_reader *r);

/* How many bytes there are of the values of what was fetched last that are worth sharing: the large ones. */
size_t kafka_reader_shareable(const struct kafka_reader *r);

/*
 * Move these values of what was fetched last into @memory, one behind the other as far as there is room
 * for @size bytes. Returns struct comm_wire_length, one for each record in the order of the haul, borrowed until
 * the next fetch.
 */
struct comm_list kafka_reader_share(struct kafka_reader *r, char *memory, size_t size);

/*
 * Partitions that have been read to their ends and that this was not told of yet: @ret is of struct
 * comm_wire_position, with the offset of the record that will be next, borrowed until the next call.
 * Some hundreds at most, and no more than an answer has room for beside what was fetched and not released;
 * the rest the next time. None when there is no memory for them.
 */
void kafka_reader_ends(struct kafka_reader *r, struct comm_list *ret);

/* Acknowledge all that was handed out. */
void kafka_reader_ack_all(struct kafka_reader *r);

/* Acknowledge what is before @p. Returns 0 or COMM_ESTALE: the partition is another reader's now. */
int kafka_reader_ack(struct kafka_reader *r, const struct comm_wire_position *p);

struct kafka_seek_options {
	enum kafka_start start;
	int64_t at;
	/* These partitions, of which one's own offset is meant before start; none: all of the reader. */
	const struct comm_wire_topic_ref *topics;
	size_t n_topics;
	int timeout_ms;
};

/* @positions (of struct comm_wire_position, borrowed) is where each partition goes on. */
typedef void (*kafka_positions_fn)(void *arg, const struct kafka_failure *why,
				   struct comm_list positions);

/*
 * Have partitions go on elsewhere. What was handed out of them and not acknowledged is given up, and a
 * group's position moves with the reader's, unless it acknowledges nothing at all. An offset beyond the
 * end is refused, and then no partition moves; one that is there no more is the first there is.
 * Partitions that the reader has lost by the time the offsets are known are left out.
 *
 * Returns 0 and calls back exactly once; COMM_EBUSY (one is under way, too many calls wait, or the
 * group has given the reader no partitions yet), COMM_ESTALE (a partition is not the reader's), another
 * code with @ret_why; or -ENOMEM.
 */
int kafka_reader_seek(struct kafka_reader *r, const struct kafka_seek_options *o,
		      kafka_positions_fn done, void *arg, struct kafka_failure *ret_why);

/* Nobody waits for the seek that is under way: it moves nothing any more, and calls back all the same.
 * Harmless if there is none. */
void kafka_reader_seek_cancel(struct kafka_reader *r);

/*
 * Keep the partitions that @refs names, all if it names none, and hand out no records of them until
 * they are resumed. They are paused for this reader: also when they come back to it after having been
 * another's, who reads them. Returns 0; COMM_ESTALE with @ret_why: one is not the reader's; COMM_EBUSY
 * with @ret_why: the group has given it none yet; COMM_EBAD_VALUE with @ret_why; the code for which the
 * reader has ended; -ENOMEM.
 */
int kafka_reader_pause(struct kafka_reader *r, const struct comm_wire_topic_ref *refs,
		       size_t n_refs, struct kafka_failure *ret_why);

/* The opposite; partitions that are not paused, or not the reader's, are passed over. */
int kafka_reader_resume(struct kafka_reader *r, const struct comm_wire_topic_ref *refs,
			size_t n_refs, struct kafka_failure *ret_why);

/* Whether it reads for @group, through the profile of that name. */
bool kafka_reader_is_member(const struct kafka_reader *r, const char *profile,
			    struct comm_bytes group);

/* Fill in what is known of the subscription but its number, client and pid, and its lag. */
void kafka_reader_status(const struct kafka_reader *r, struct comm_wire_subscription *ret);

/*
 * Partitions whose lag may be asked for in one go: librdkafka looks through all of its topics for each, and
 * the loop waits meanwhile.
 */
#define KAFKA_LAGS_MAX 5000

/*
 * Records in its partitions that were not handed out yet, as far as is known. COMM_NONE: nothing is, or it has
 * more partitions than @lags_left, from which they are taken away.
 */
int64_t kafka_reader_lag(const struct kafka_reader *r, size_t *lags_left);

/*
 * What it may read is not what it was: forget what its patterns match and may not be read, and match again
 * what may. Returns the first topic that it names itself and may not read, borrowed; NULL: there is none.
 */
const char *kafka_reader_review(struct kafka_reader *r);

/*
 * It reads no more, as if it were closed, but stays: fetches, and what else there is to do with it, return
 * @why from here on.
 */
void kafka_reader_stop(struct kafka_reader *r, const struct kafka_failure *why);

/* End: what is not acknowledged goes to the group's other readers, or is read again by the next. */
void kafka_reader_close(struct kafka_reader *r);

/* ---- administration ---- */

/*
 * @why is NULL for success; @result is then of the method's result type, borrowed, or NULL if it has
 * none.
 */
typedef void (*kafka_answer_fn)(void *arg, const struct kafka_failure *why, const void *result);

/*
 * The methods of these names, with their parameters. As for topics, but one that was asked calls back
 * before @timeout_ms if the machine keeps up: with COMM_EUNKNOWN_OUTCOME when Kafka has been asked to
 * change something and has not answered. The mock cluster of --dev cannot do all of it, and says so.
 */
int kafka_describe_topic(struct kafka_client *c, const struct comm_describe_topic_params *p,
			 int timeout_ms, kafka_answer_fn done, void *arg,
			 struct kafka_failure *ret_why);
int kafka_add_partitions(struct kafka_client *c, const struct comm_add_partitions_params *p,
			 int timeout_ms, kafka_answer_fn done, void *arg,
			 struct kafka_failure *ret_why);
int kafka_alter_topic(struct kafka_client *c, const struct comm_alter_topic_params *p,
		      int timeout_ms, kafka_answer_fn done, void *arg,
		      struct kafka_failure *ret_why);
int kafka_offsets(struct kafka_client *c, const struct comm_offsets_params *p, int timeout_ms,
		  kafka_answer_fn done, void *arg, struct kafka_failure *ret_why);
int kafka_list_groups(struct kafka_client *c, int timeout_ms, kafka_answer_fn done, void *arg,
		      struct kafka_failure *ret_why);
int kafka_describe_group(struct kafka_client *c, struct comm_bytes group, int timeout_ms,
			 kafka_answer_fn done, void *arg, struct kafka_failure *ret_why);

/*
 * These two want a group without members. Of this daemon's own consumers, those without readers leave
 * it first.
 */
int kafka_reset_group(struct kafka_client *c, const struct comm_reset_group_params *p,
		      enum kafka_start start, int timeout_ms, kafka_answer_fn done, void *arg,
		      struct kafka_failure *ret_why);
int kafka_delete_group(struct kafka_client *c, struct comm_bytes group, int timeout_ms,
		       kafka_answer_fn done, void *arg, struct kafka_failure *ret_why);

/*
 * The reason for an answer that is due now to the one of these calls that has @arg: as
 * kafka_explain_silence(); COMM_EUNKNOWN_OUTCOME; or COMM_EBUSY, for others came first the whole time.
 */
void kafka_explain_late(const struct kafka_client *c, const void *arg, struct kafka_failure *ret);
