#pragma once

/*
 * Producer: what the files of the sending side share.
 *
 * There is one producer per client. Its librdkafka instance is a handle of its own, for one that has
 * failed for good, or whose profile has changed, is replaced: the producer, its topics and those who
 * wait stay.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/kafka_internal.h"
#include "daemon/kafka_line.h"
#include "daemon/kafka_topic.h"

struct kafka_call;

/* ---- kafka_handle.c: one librdkafka instance ---- */

/* Counted by those who use it: the producer, jobs, calls to the brokers' administration. */
struct kafka_handle {
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue; /* the main queue: reports, errors, log, administration */
	struct kafka_source source;
	struct kafka_producer *producer; /* borrowed */
	size_t n_refs;
	size_t n_open;       /* records it has taken and not reported */
	uint64_t serial;     /* kafka_client::serial when it was opened */
	uint64_t n_replaced; /* handles that had failed before it took their place */
	bool has_persisted;
	bool has_failed;           /* for good, */
	rd_kafka_resp_err_t fatal; /* and why */
	bool gives_back;        /* what it certainly has not persisted is sent again by the next */
	bool is_retired;        /* another one takes what comes */
	bool is_listed;         /* and it has records: on kafka_producer::retired */
	unsigned int n_refused; /* requests that the brokers have refused for good */
	size_t n_doubtful;      /* records that were open at such a refusal, and still are */
	uint64_t doubt_serial;  /* the last batch that was taken before */
	uint64_t doubt_ms;      /* when that was */
	const char *renumber_cause; /* why it was failed by us; static */
	LIST_ENTRY(kafka_handle) entry;
	uv_work_t destroy;
};

/* @conf is taken in any case. Returns 0, what kafka_open() does with @ret_why, or -ENOMEM. */
int kafka_handle_new(struct kafka_producer *p, rd_kafka_conf_t *conf, struct kafka_handle **ret,
		     struct kafka_failure *ret_why);

/*
 * The same in two steps for who opens it in a thread: @h is all zero, @conf is taken in any case.
 * Returns what kafka_open() does. After that, on the loop, it is started.
 */
int kafka_handle_open(struct kafka_handle *h, const struct profile *profile, rd_kafka_conf_t *conf,
		      struct kafka_failure *ret_why);
void kafka_handle_start(struct kafka_handle *h, struct kafka_producer *p);

struct kafka_handle *kafka_handle_ref(struct kafka_handle *h);

/* It has failed for good: take note, and of librdkafka's words, into @ret_why. */
void kafka_handle_fail(struct kafka_handle *h, char *ret_why, size_t size);

/* Without references it is ended in a thread; kafka_closed_one() follows. */
void kafka_handle_unref(struct kafka_handle *h);

/* ---- kafka_producer.c ---- */

struct kafka_producer {
	struct kafka_client *client;       /* borrowed */
	struct kafka_handle *handle;       /* a reference; NULL when it has ended */
	size_t n_handles;                  /* those that are ending included */
	LIST_HEAD(, kafka_handle) retired; /* references; they have records that are not reported */
	size_t n_retired;
	bool is_opening; /* a thread opens another handle */
	bool must_open;  /* one is to be opened, though the one there is has not failed */
	struct kafka_topics topics;
	struct kafka_line room; /* those who wait for room in the window */
	uint64_t last_ticket;
	uint64_t last_serial;
	STAILQ_HEAD(, kafka_batch) finished;
	LIST_HEAD(, kafka_call) calls;      /* that wait for the administration's answer */
	LIST_HEAD(, kafka_call) done_calls; /* that have it, and wait for all brokers to know */
	size_t n_calls;
	bool is_purging; /* closing takes too long */
	uint64_t ticked_ms;

	size_t max_records; /* the window */
	size_t max_bytes;
	size_t max_queued_records; /* librdkafka's own limits */
	size_t max_queued_bytes;
	size_t max_message_bytes; /* message.max.bytes */

	/* Whether those who wait for room get any. */
	uint64_t seen_ticket; /* of the first of them at the last tick; 0: there was none */
	int64_t seen_ended;   /* records that had an outcome then */
	bool is_stalled;      /* it is still the first, and no record has got an outcome since */

	size_t n_kept;      /* records that topics have, for the next handle */
	uint64_t failed_ms; /* when the handle has, or when the next one could not be opened */
	bool is_refused;    /* it could not be opened, and the log has said so */
	int64_t message_timeout_ms; /* 0: none */
};

/* Returns 0, COMM_EBAD_PROFILE or COMM_EBUSY with @ret_why, or -ENOMEM. */
int kafka_producer_new(struct kafka_client *c, struct kafka_failure *ret_why);

/* The window, as it follows from kafka_options and from the handle's configuration. */
void kafka_producer_set_limits(struct kafka_producer *p);

/* Begin to close: those who wait are told, the rest has the time it takes. */
void kafka_producer_close(struct kafka_producer *p);

/* Closing takes too long: give up what is in flight. */
void kafka_producer_purge(struct kafka_producer *p);

/* Nothing is in flight and nobody waits. */
bool kafka_producer_is_quiet(const struct kafka_producer *p);

/* Let go of the handle of a quiet producer; n_handles then falls to 0. */
void kafka_producer_end(struct kafka_producer *p);

/* Have those who wait looked after in the loop's next turn. */
void kafka_producer_poke(struct kafka_producer *p);

/* What comes from a handle's queue. */
void kafka_producer_drain(struct kafka_source *s);

/* ---- kafka_window.c: what may be in flight ---- */

size_t kafka_window_n_records(const struct kafka_producer *p);

/* Whether @n_records of @n_bytes fit in the window now. */
bool kafka_window_has_room(const struct kafka_producer *p, size_t n_records, size_t n_bytes);

/* Whether @topic has not more in flight than is free for all topics. */
bool kafka_window_admits(const struct kafka_producer *p, const struct kafka_topic *topic);

/* It has: nobody in its line is woken until it is released. */
void kafka_window_hold(struct kafka_producer *p, struct kafka_topic *topic);
void kafka_window_release(struct kafka_topic *topic);

/* Release and mark those that have come down to less than is free. */
void kafka_window_release_some(struct kafka_producer *p);

/* Wake those who wait for room, if there is some. */
void kafka_window_pump(struct kafka_producer *p);

/* Once a second, before the pump: find out whether anything has moved. */
void kafka_window_tick(struct kafka_producer *p);

/* ---- kafka_record.c: records to librdkafka ---- */

/* Most records that are handed over at once; they are described on the stack. */
#define KAFKA_RECORDS_MAX 64

/* Hand one record to librdkafka; @o becomes its opaque. */
rd_kafka_resp_err_t kafka_record_produce(struct kafka_handle *h, rd_kafka_topic_t *rkt,
					 const struct comm_wire_record *r, struct kafka_outcome *o);

/*
 * Hand over some of the @n records from @r on, at least the first and no more than KAFKA_RECORDS_MAX,
 * in their order; outcomes[i] becomes the opaque of r[i], and ret_errs[i] is what librdkafka says.
 * Returns how many.
 */
size_t kafka_records_produce(struct kafka_handle *h, rd_kafka_topic_t *rkt,
			     const struct comm_wire_record *r, size_t n,
			     struct kafka_outcome *outcomes, rd_kafka_resp_err_t *ret_errs);

/* @h has taken a record to @t, which it is going to report. */
static inline void kafka_record_note_taken(struct kafka_handle *h, struct kafka_topic *t)
{
	h->n_open++;
	t->n_open++;
}

/* ---- kafka_report.c: outcomes ---- */

/* Key and value; headers are counted with the batch, for a report does not tell their size. */
static inline size_t kafka_record_bytes(const struct comm_wire_record *r)
{
	return r->key.len + r->value.len;
}

/* @o, of @n_bytes, is known: count it. Its batch is finished if it was the last. */
void kafka_outcome_set(struct kafka_outcome *o, rd_kafka_resp_err_t err, bool maybe_persisted,
		       size_t n_bytes);

/* Take the reports of the event @e. */
void kafka_batch_report(struct kafka_handle *h, rd_kafka_event_t *e);

/* Call back for every batch that is finished. */
void kafka_batch_finish(struct kafka_producer *p);

/* ---- kafka_discard.c: records that have failed ---- */

/* @o is why a record of @b, which was taken, has failed: note it, and log the first of its kind. */
void kafka_discard(const struct kafka_batch *b, const struct kafka_outcome *o);

/* ---- kafka_replace.c: after a fatal error ---- */

/* The handle of @p has failed for good. */
void kafka_replace_begin(struct kafka_producer *p);

/* Whether the record of @m, which a failed handle reports, is to be sent again. */
bool kafka_replace_wants(const struct kafka_handle *h, const rd_kafka_message_t *m);

/* Have a new handle opened if the one there is has failed. */
void kafka_replace_step(struct kafka_producer *p);

/* That did not work: what was kept for it fails, and it is tried again after a while. */
void kafka_replace_refuse(struct kafka_producer *p, const struct kafka_failure *why);

/*
 * @t is ready, or gone, or a retired handle has reported what it had of it: send what was kept for it, or
 * fail that, unless something of this is still to come.
 */
void kafka_replace_resend(struct kafka_producer *p, struct kafka_topic *t);

/* Once a second: take back what a failed handle will never send, give up what was kept for too long. */
void kafka_replace_tick(struct kafka_producer *p);

/* Have @h, which has failed, give back what it has queued. */
void kafka_replace_purge(struct kafka_handle *h);

/* ---- kafka_renumber.c: when librdkafka might send records twice ---- */

/* Why a handle is failed by us; librdkafka fails none with it. */
#define KAFKA_RENUMBER_ERR RD_KAFKA_RESP_ERR__TIMED_OUT

/* A record of @h has failed, perhaps since it has waited for too long. */
void kafka_renumber_late(struct kafka_handle *h, const rd_kafka_message_t *m);

/* A request of @h was refused by a broker, for good; its records are not among the open ones any more. */
void kafka_renumber_refused(struct kafka_handle *h);

/* A record of @b has its outcome. */
void kafka_renumber_count(struct kafka_handle *h, const struct kafka_batch *b);

/* Once a second: fail those of whose records any is in doubt for too long. */
void kafka_renumber_tick(struct kafka_producer *p);

/* ---- kafka_retire.c: one handle after another ---- */

/* The profile of @p has changed, or its handle has had its time: another one is to take its place. */
void kafka_retire_begin(struct kafka_producer *p);

/*
 * A handle is opened, unless one is already, and takes the place of the one there is, which reports what it
 * has taken. Records to a topic that has any of these wait until they are reported.
 */
void kafka_retire_open(struct kafka_producer *p);

/* Once a second: open what could not be opened, give up what a failed handle will never send. */
void kafka_retire_tick(struct kafka_producer *p);

/* @h, which is retired, has failed for good. */
void kafka_retire_fail(struct kafka_handle *h);

/* Something of @h, which is retired, was reported: let go of it if that was the last. */
void kafka_retire_step(struct kafka_handle *h);

/* A record to @topic was reported: if it was the last that a retired handle had, others may follow. */
void kafka_retire_count(struct kafka_topics *t, struct kafka_topic *topic);

/* ---- kafka_admin.c ---- */

/* An answer of the brokers' administration. */
void kafka_admin_answer(struct kafka_producer *p, rd_kafka_event_t *e);

/* Fail every call that is not answered. */
void kafka_admin_close(struct kafka_producer *p);
