#pragma once

/*
 * Call: a topic that is being created or deleted, until the caller is told.
 */

#include "daemon/kafka_internal.h"

struct kafka_call {
	struct kafka_client *client; /* borrowed */
	struct kafka_handle *handle; /* a reference, until it is answered */
	bool is_create;
	char *topic; /* owned */
	kafka_done_fn done;
	void *arg;
	struct kafka_job job;
	int64_t *ends; /* owned; of a topic of the mock cluster that is deleted */
	size_t n_ends;
	bool is_done;                 /* the brokers have done it, and tell each other */
	LIST_ENTRY(kafka_call) entry; /* on kafka_producer::calls, and then on its done_calls */
};

int kafka_call_new(struct kafka_client *c, bool is_create, struct comm_bytes topic,
		   kafka_done_fn done, void *arg, struct kafka_call **ret);
void kafka_call_free(struct kafka_call *call);

/* Tell the caller, and free @call: NULL for success. */
void kafka_call_end(struct kafka_call *call, const struct kafka_failure *why);

/* Fill @ret: for @reason it is not known whether Kafka has done it. */
void kafka_call_set_unknown(const struct kafka_call *call, const char *reason,
			    struct kafka_failure *ret);

/* Fill @ret: Kafka has done it, and the caller's time is over before all brokers know. */
void kafka_call_explain_late(const struct kafka_call *call, struct kafka_failure *ret);

/*
 * Tell the caller when commd closes: Kafka was asked, and has not answered; or it was not asked at all.
 * A client repeats the second, for nothing has happened, and must not repeat the first.
 */
void kafka_call_end_unknown(struct kafka_call *call);
void kafka_call_end_unasked(struct kafka_call *call);

/* What was known about the topic is not true any more, for no client. */
void kafka_call_forget(struct kafka_call *call);

/* It is done: end @call when the brokers have told each other. */
void kafka_call_await(struct kafka_call *call);

/* What Kafka refused, in its own words and in the broker's, which may be NULL. Returns the code. */
int kafka_call_refuse(const struct kafka_call *call, rd_kafka_resp_err_t err, const char *words,
		      struct kafka_failure *f);

/* ---- kafka_call_dev.c: in the mock cluster ---- */

/* Both end @call later, or return an error. */
int kafka_call_create_dev(struct kafka_call *call, const struct comm_create_topic_params *params,
			  struct kafka_failure *ret_why);
int kafka_call_delete_dev(struct kafka_call *call, struct kafka_failure *ret_why);
