#pragma once

/*
 * What the files behind the port share: librdkafka's types live here and in kafka_*.c only.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include <librdkafka/rdkafka.h>
#include <uv.h>

#include "daemon/discards.h"
#include "daemon/events.h"
#include "daemon/histogram.h"
#include "daemon/kafka.h"
#include "daemon/ledger.h"
#include "proto/errors.h"

struct profile;
struct property;
struct kafka_dev;
struct kafka_errand;
struct kafka_handle;
struct kafka_producer;
struct kafka_stats;
struct kafka_consumer;

/* ---- kafka_wake.c: librdkafka's threads wake the loop ---- */

/*
 * A librdkafka queue that is drained on the loop. librdkafka signals only when a queue stops being
 * empty, so drain() takes events until there are none, or calls kafka_source_again().
 */
struct kafka_source {
	struct kafka_wake *wake; /* borrowed */
	rd_kafka_queue_t *queue; /* owned by the source's owner */
	void (*drain)(struct kafka_source *s);
	bool is_pending; /* under the wake's lock */
	TAILQ_ENTRY(kafka_source) pending;
	LIST_ENTRY(kafka_source) all;
};

/* Calls every source's drain once a second as well: consumers must be polled. */
int kafka_wake_new(uv_loop_t *loop, struct kafka_wake **ret);
void kafka_wake_close(struct kafka_wake *w, void (*closed)(void *arg), void *arg);

/* How often that has been done; do it once more; do it no more. */
uint64_t kafka_wake_n_rounds(const struct kafka_wake *w);
void kafka_wake_all(struct kafka_wake *w);
void kafka_wake_hang(struct kafka_wake *w);

/* Start to watch @queue; drain() is called soon for what is in it already. */
void kafka_source_start(struct kafka_source *s, struct kafka_wake *w, rd_kafka_queue_t *queue,
			void (*drain)(struct kafka_source *s));
/* Ask for another drain() in the loop's next turn. */
void kafka_source_again(struct kafka_source *s);
/* Stop watching: no drain() from here on; the queue may be destroyed. */
void kafka_source_stop(struct kafka_source *s);

/* ---- kafka_job.c: blocking calls, each in a thread of its own ---- */

/*
 * A blocking call. Embedded in what it works on, all zero but what its user sets: @run, @done and
 * perhaps @skip. @done runs on the loop, after @run in a thread.
 */
struct kafka_job {
	uv_thread_t thread;
	uv_async_t ended;
	uv_work_t work; /* for the pool, which has to do without a thread */
	struct kafka_client *client;
	rd_kafka_t *rk; /* the client's handle when it was started; alive until @done returns */
	struct profile *profile; /* the client's when it was started, likewise */
	uint64_t serial;         /* and kafka_client::serial then */
	void (*run)(struct kafka_job *j);
	void (*done)(struct kafka_job *j); /* frees what the job is embedded in */
	void (*skip)(struct kafka_job *j); /* instead of both, on the loop, when the client closes
					      while the job waits; NULL: it is run all the same */
	bool is_own; /* nobody asks for it: it has a place in line however long that is */
	struct kafka_handle *handle; /* keeps rk alive */
	STAILQ_ENTRY(kafka_job) waiting;
};

/* The clock of deadlines in threads, in milliseconds of uv_hrtime(): uv_now() is for the loop alone. */
static inline uint64_t kafka_thread_ms(void)
{
	return uv_hrtime() / 1000000;
}

/*
 * A question that librdkafka waits for is asked in pieces, so that closing does not wait for long: each twice
 * the one before, for brokers that take their time, up to the longest. Nothing interrupts that one, and it is
 * less than half of what commd gives threads to end.
 */
#define KAFKA_SLICE_MS     1000
#define KAFKA_SLICE_MAX_MS 4000

/* What is left until @deadline_ms on that clock; 0: it has passed. */
static inline int kafka_left_ms(uint64_t deadline_ms)
{
	uint64_t now_ms = kafka_thread_ms();

	if (now_ms >= deadline_ms)
		return 0;
	return deadline_ms - now_ms < INT32_MAX ? (int)(deadline_ms - now_ms) : INT32_MAX;
}

/*
 * Run @j when few others of its client do. It may wait for brokers as long as it likes: the pool, where it
 * would be in the way of other profiles and of a reload, is for what ends by itself. Returns 0,
 * COMM_EBUSY (too many wait), COMM_ESHUTDOWN.
 */
int kafka_job_start(struct kafka_client *c, struct kafka_job *j);

/* What kafka_job_start() would return now. */
int kafka_job_check(const struct kafka_client *c);

/* The client closes: jobs that wait are skipped. */
void kafka_jobs_skip(struct kafka_client *c);

/* ---- kafka_conf.c: a profile as librdkafka's configuration ---- */

/*
 * Our defaults, then the profile's properties; @ret is the caller's. @k may be NULL to check a profile
 * only. Returns 0 or COMM_EBAD_PROFILE.
 */
int kafka_conf_new(const struct kafka *k, const struct profile *p, rd_kafka_type_t type,
		   rd_kafka_conf_t **ret, struct kafka_failure *ret_why);

/* Set one property that the gateway owns; it must exist. */
void kafka_conf_set(rd_kafka_conf_t *conf, const char *key, const char *value);

/* The same for one that this librdkafka may not know. */
void kafka_conf_try(rd_kafka_conf_t *conf, const char *key, const char *value);

/* What a number is set to; it must exist. */
int64_t kafka_conf_number(const rd_kafka_conf_t *conf, const char *key);

/* The level of syslog up to which @p wants librdkafka's log; all of it with debug, as for librdkafka. */
int kafka_conf_log_level(const struct profile *p);

/* ---- kafka_open.c: a profile as a handle of librdkafka ---- */

/*
 * rd_kafka_new() for @p; @conf is taken in any case. Returns 0; COMM_EBAD_PROFILE with librdkafka's
 * sentence, or COMM_EBUSY when there is no thread for it, in @ret_why. Reads certificates, which takes
 * its time.
 */
int kafka_open(const struct profile *p, rd_kafka_type_t type, rd_kafka_conf_t *conf,
	       rd_kafka_t **ret, struct kafka_failure *ret_why);

/*
 * librdkafka refuses @p in @words: tell them with the file and the line of @property (NULL: that of
 * the one that @words name, if there is one), the values of secrets hidden. Returns COMM_EBAD_PROFILE.
 */
int kafka_open_refuse(const struct profile *p, const struct property *property, const char *words,
		      const char *hint, struct kafka_failure *ret_why);

/* ---- kafka_error.c: Kafka's codes in our words ---- */

/* Reason of a record that librdkafka calls persisted although no broker has said so. */
#define KAFKA_INFERRED RD_KAFKA_RESP_ERR__INCONSISTENT

/* The code of ours for @err where nothing more specific is known. */
int kafka_error_code(rd_kafka_resp_err_t err);

/* What to do about @err, or NULL. */
const char *kafka_error_next_step(rd_kafka_resp_err_t err);

/* The code for a request that Kafka has refused with @err: @code, or what says more. */
int kafka_error_refusal(rd_kafka_resp_err_t err, int code);

/* What @err means for who is not a member and changes a group: NON_EMPTY_GROUP if that is why. */
rd_kafka_resp_err_t kafka_error_of_group(rd_kafka_resp_err_t err);

/* Whether a change that failed with @err may have been made: no broker has said no, and librdkafka does
 * not say in @words, which may be NULL, that none was asked. */
bool kafka_error_is_open(rd_kafka_resp_err_t err, const char *words);

#define KAFKA_NO_ANSWER "no answer from the Kafka brokers in the time allowed"

/* "UNKNOWN_TOPIC_OR_PART: Broker: Unknown topic or partition", the broker's name and sentence. */
const char *kafka_error_words(rd_kafka_resp_err_t err, char *out, size_t size);

/* Fill @f: @code (0: kafka_error_code(err)), "<what>: <words of err>[; <next step>]". */
void kafka_failure_set(struct kafka_failure *f, int code, rd_kafka_resp_err_t err,
		       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same with the broker's own @words, which may be NULL, or librdkafka's. */
void kafka_failure_set_words(struct kafka_failure *f, int code, rd_kafka_resp_err_t err,
			     const char *words, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* Fill @f with a refusal of our own; @detail is the parameter's path or NULL. Returns @code. */
int kafka_failure_refuse(struct kafka_failure *f, int code, const char *detail, const char *format,
			 ...) __attribute__((format(printf, 4, 5)));

/* ---- kafka_log.c: librdkafka's log ---- */

/* Lines of one client's librdkafka that are written, so that brokers that are down do not flood. */
struct kafka_log {
	uint64_t since_ms; /* on the loop's clock */
	unsigned n_lines;  /* written since */
	unsigned n_dropped;
	char last[160];
};

/* Write what the EVENT_LOG @e says about @c. */
void kafka_log_event(struct kafka_client *c, rd_kafka_event_t *e);

/* ---- kafka_client.c ---- */

/* A profile that librdkafka has refused, and what it said. */
struct kafka_refusal {
	const struct profile *profile; /* borrowed */
	uint64_t since_ms;
	struct kafka_failure why;
	LIST_ENTRY(kafka_refusal) entry;
};

struct kafka {
	struct kafka_options options;
	struct kafka_wake *wake;             /* owned */
	struct kafka_dev *dev;               /* owned; NULL without --dev */
	LIST_HEAD(, kafka_client) clients;   /* owned */
	LIST_HEAD(, kafka_refusal) refusals; /* owned; one of a profile */
	struct discards discards;
	struct events events;
	size_t n_consumers;     /* open or closing */
	size_t n_planned;       /* to be opened by subscribes that are under way */
	size_t n_sleeps;        /* of lanes, ever (kafka_sleep.c) */
	size_t n_removed;       /* clients whose profile is gone */
	atomic_bool is_closing; /* read by jobs that should come to an end */
	/* what is still open while closing */
	uv_timer_t step;     /* goes on with it in the loop's next turn */
	uv_timer_t deadline; /* for what is in flight */
	uv_work_t ending;
	bool is_ending; /* all clients have gone */
	void (*closed)(void *arg);
	void *closed_arg;
};

/* The time of the loop's turn, in milliseconds. */
static inline uint64_t kafka_now_ms(const struct kafka *k)
{
	return uv_now(k->options.loop);
}

enum kafka_health { KAFKA_UNUSED, KAFKA_UP, KAFKA_DOWN };

struct kafka_client {
	struct kafka *kafka;                   /* borrowed */
	struct profile *profile;               /* a reference */
	struct kafka_producer *producer;       /* owned; also asks for metadata and administers */
	LIST_HEAD(, kafka_consumer) consumers; /* owned; those that are closing included */
	size_t n_consumers;
	LIST_HEAD(, kafka_rebuild) rebuilds; /* owned */
	uint64_t serial; /* of its settings: another one whenever they are others */
	bool is_removed; /* its profile is gone: it ends when nothing is left to be done */
	LIST_HEAD(, kafka_reader) readers; /* that there are, those that have ended included */
	enum kafka_health health;
	char last_error[640];  /* in the brokers' words, with the next step; "" */
	char reason[512];      /* of one broker, for when all are down */
	char certificate[448]; /* what was wrong with a broker's certificate, the last time; "" */
	bool is_distrust;      /* a broker was reached, and one of both did not trust the other */
	bool was_down;         /* and the log has said so */
	bool is_probing;
	bool is_watching;     /* asking which topics there are */
	uint64_t watch_at_ms; /* ask again, if readers have patterns; on the loop's clock */
	struct ledger ledger;
	int64_t accepted_bytes;
	struct histogram latency; /* of sends */
	int64_t in_flight_bytes;
	int64_t delivered; /* records handed to readers */
	struct kafka_log log;
	struct kafka_stats *stats; /* owned; the last there were; NULL: none yet */
	bool is_reading_stats;     /* a thread reads the next */
	size_t n_jobs_running;
	size_t n_own_jobs; /* of them, those that nobody asked for */
	size_t n_jobs_waiting;
	STAILQ_HEAD(, kafka_job) jobs;      /* waiting */
	TAILQ_HEAD(, kafka_errand) errands; /* owned; in their order */
	size_t n_errands;
	size_t n_errands_running;
	LIST_ENTRY(kafka_client) entry; /* on kafka::clients */
};

/* It has another profile: what was known of its brokers may be about others. */
void kafka_client_forget_health(struct kafka_client *c);

/* Take note of an event that is not about one request: brokers down, authentication refused. */
void kafka_client_note_error(struct kafka_client *c, rd_kafka_resp_err_t err, const char *reason);

/* The same for what newer librdkafka tell in their log only: why a broker has closed a connection. */
void kafka_client_note_disconnect(struct kafka_client *c, const char *words);

/* Once a second: ask whether brokers that were down have come back. */
void kafka_client_check(struct kafka_client *c);

/* Forget which profiles librdkafka has refused: they are tried again at once. */
void kafka_refusals_forget(struct kafka *k);

/* ---- kafka_reload.c: other profiles than before ---- */

/* Why nothing new is taken for @c, whose profile is gone. */
void kafka_explain_removal(const struct kafka_client *c, struct kafka_failure *ret);

/* ---- kafka_stats.c: librdkafka's statistics ---- */

/* Take what the EVENT_STATS @e of @h says, soon; @e is destroyed in any case. */
void kafka_stats_take(struct kafka_handle *h, rd_kafka_event_t *e);

/* ---- kafka_watch.c: topics that come later ---- */

/* Once a second: ask which topics there are, if readers have patterns and it is time. */
void kafka_watch_tick(struct kafka_client *c);

/* There may be new ones: ask soon. */
void kafka_watch_hurry(struct kafka_client *c);

/* ---- kafka_client.c ---- */

/* Take note that a broker has answered. */
static inline void kafka_client_note_success(struct kafka_client *c)
{
	c->health = KAFKA_UP;
}

/* The producer's handle: the one for metadata and administration. Opened with the client. */
rd_kafka_t *kafka_client_handle(const struct kafka_client *c);

/* Whether it comes to its end, with the port or by itself. */
static inline bool kafka_client_is_ending(const struct kafka_client *c)
{
	return c->kafka->is_closing || c->is_removed;
}

/* Whether there is nothing left of it but readers, who are still to hear that their profile is gone. */
bool kafka_client_has_ended(const struct kafka_client *c);

/* Something of @k has ended; goes on with closing, or with ending a client, if that was the last. */
void kafka_closed_one(struct kafka *k);

/* ---- kafka_admin.c ---- */

/* What kafka_explain_late() says of the call of topics with @arg. Returns whether there is one. */
bool kafka_admin_explain_late(const struct kafka_producer *p, const void *arg,
			      struct kafka_failure *ret);

/* For a question of the kind @op with so much time; rd_kafka_AdminOptions_destroy() frees it. */
rd_kafka_AdminOptions_t *kafka_admin_options(rd_kafka_t *rk, rd_kafka_admin_op_t op,
					     int timeout_ms);

/* ---- kafka_consumer.c ---- */

/* End every consumer of @c, committing what is acknowledged; kafka_closed_one() follows each. */
void kafka_consumers_close(struct kafka_client *c);

/* ---- kafka_rebuild.c ---- */

/* End the readers of @c that wait for a new consumer; kafka_closed_one() follows. */
void kafka_rebuilds_close(struct kafka_client *c, const struct kafka_failure *why);

/* ---- kafka_dev.c: the mock cluster, and what it cannot do by itself ---- */

int kafka_dev_new(struct kafka_dev **ret);
struct kafka_dev *kafka_dev_free(struct kafka_dev *d);
const char *kafka_dev_servers(const struct kafka_dev *d);
/* librdkafka's rd_kafka_mock_cluster_t, for tests that make its brokers fail. */
struct rd_kafka_mock_cluster_s *kafka_dev_cluster(const struct kafka_dev *d);
/* The mock creates what is asked for; only these exist for us. */
bool kafka_dev_has_topic(const struct kafka_dev *d, struct comm_bytes topic);
size_t kafka_dev_n_partitions(const struct kafka_dev *d, struct comm_bytes topic);
/* A topic that was deleted and created again still has its old records: those before this one are to
 * be passed over. 0 for a partition that has no such records. */
int64_t kafka_dev_first_offset(const struct kafka_dev *d, struct comm_bytes topic,
			       int32_t partition);
void kafka_dev_set_first_offset(struct kafka_dev *d, struct comm_bytes topic, int32_t partition,
				int64_t offset);
int kafka_dev_create_topic(struct kafka_dev *d, const struct comm_create_topic_params *p,
			   struct kafka_failure *ret_why);
int kafka_dev_delete_topic(struct kafka_dev *d, struct comm_bytes topic,
			   struct kafka_failure *ret_why);
