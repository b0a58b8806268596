#pragma once

/*
 * Errand: something that is done with the brokers in several steps, in a thread of its own.
 *
 * What an operator asks for takes one question after the other, and each may wait for brokers until
 * its time has passed. It is in no job's way (kafka_job.c): those look up topics for those who send.
 *
 * The loop starts an errand and hears of its end; in between run() has the thread to itself. It uses what
 * the errand is embedded in, librdkafka, and the functions below.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/kafka_internal.h"

/* Errands of one client, those in line included. */
#define KAFKA_ERRANDS_MAX 64

/* Between two attempts. */
#define KAFKA_ERRAND_RETRY_MS 100

/* What all errands of one kind have in common. */
struct kafka_errand_kind {
	void (*run)(struct kafka_errand *e); /* in the thread: sets why unless it is done */
	/* On the loop, when it is done: the result, borrowed until fini(); may set why. NULL: none. */
	const void *(*finish)(struct kafka_errand *e);
	void (*fini)(struct kafka_errand *e); /* on the loop; NULL: nothing to let go of */
	const char *before, *after;           /* of the name, in sentences: "topic t: ..." */
	int code;                             /* enum comm_error: what a refusal is called */
	size_t size;                          /* of what begins with a struct kafka_errand */
};

struct kafka_errand {
	const struct kafka_errand_kind *kind;
	char *name;    /* owned; of its topic or group */
	char *subject; /* owned; the name as sentences begin */

	struct kafka_job job;     /* client, handle and thread; it is never in the line of jobs */
	rd_kafka_t *own;          /* owned; a handle that only this errand uses; NULL: none */
	rd_kafka_t *rk;           /* borrowed; the one to ask: own, or the client's */
	rd_kafka_queue_t *queue;  /* owned, of rk: what Kafka answers */
	uint64_t deadline_ms;     /* of kafka_thread_ms(), a little before the client's */
	atomic_bool has_asked;    /* Kafka is asked for a change, and has not refused it */
	bool is_silent;           /* no broker has answered: that is why */
	struct kafka_failure why; /* code 0: none */
	kafka_answer_fn done;
	void *arg;
	size_t n_before; /* errands of the client when it came */
	bool is_running;
	bool has_thread;
	TAILQ_ENTRY(kafka_errand) entry; /* on kafka_client::errands */
};

/* All zero behind the errand. Returns NULL when out of memory. */
void *kafka_errand_new(const struct kafka_errand_kind *kind, struct comm_bytes name);

/*
 * Run @e, which is taken in any case and freed when it has ended. @done is called once unless an error
 * is returned: COMM_EBUSY, COMM_ESHUTDOWN with @ret_why.
 */
int kafka_errand_start(struct kafka_client *c, struct kafka_errand *e, int timeout_ms,
		       kafka_answer_fn done, void *arg, struct kafka_failure *ret_why);

/* Free one that was not started. */
void kafka_errand_free(struct kafka_errand *e);

/* The client closes: errands in line are answered. */
void kafka_errands_skip(struct kafka_client *c);

/*
 * In the thread: open a handle of its own with a copy of @conf, in the place of the one it may have, and
 * ask that from here on. Returns 0, or the code with which the errand has failed.
 */
int kafka_errand_open(struct kafka_errand *e, const rd_kafka_conf_t *conf);

/* ---- kafka_errand_ask.c: in the thread ---- */

/* How long it may take yet. */
int kafka_errand_left_ms(const struct kafka_errand *e);

/* Wait a moment. Returns false if there is no time for another attempt. */
bool kafka_errand_may_retry(const struct kafka_errand *e);

/* For one question; rd_kafka_AdminOptions_destroy() frees it. */
rd_kafka_AdminOptions_t *kafka_errand_options(const struct kafka_errand *e, rd_kafka_admin_op_t op);

/*
 * Kafka is to be asked for a change next. Returns 0, or the code with which the errand has failed: its
 * time has passed, and the change must not be asked for.
 */
int kafka_errand_ask_change(struct kafka_errand *e);

/* Wait for the answer. Returns the event, which is the caller's, or NULL when the errand has failed. */
rd_kafka_event_t *kafka_errand_await(struct kafka_errand *e);

/* How many partitions @topic has. Returns 0, or the code with which the errand has failed. */
int kafka_errand_count(struct kafka_errand *e, const char *topic, int32_t *ret_n_partitions);

/* It fails for Kafka's reason @err, in @words of the broker (NULL: none). Returns the code. */
int kafka_errand_fail(struct kafka_errand *e, rd_kafka_resp_err_t err, const char *words);

/* It fails for want of memory, or because commd closes. Returns the code. */
int kafka_errand_fail_memory(struct kafka_errand *e);
int kafka_errand_fail_closing(struct kafka_errand *e);

/* Fill @ret: for @reason it is not known whether Kafka has done what it was asked for. */
void kafka_errand_set_unknown(const struct kafka_errand *e, const char *reason,
			      struct kafka_failure *ret);
