#pragma once

/*
 * Subscription: a reader of Kafka's that belongs to a session, and the receives that wait for it.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/kafka.h"
#include "daemon/quota.h"

struct receive;
struct request;
struct session;

/* Receives of one subscription that may wait; a client that wants more at once gains nothing. */
#define SUBSCRIPTION_RECEIVES_MAX 8

struct subscription {
	int64_t id; /* on its session; 0 before it is attached */
	struct session
		*session; /* borrowed; whose it is to be; NULL: nobody waits for it any more */
	struct kafka_client *client; /* borrowed */
	struct kafka_reader *reader; /* owned; NULL before */
	enum kafka_ack ack;
	struct quota_charge charge;
	struct quota_charge consumer; /* if it has needed one that nobody had */
	struct quota_charge held; /* the message that asked for it: the port has what is in it */
	STAILQ_HEAD(, receive) receives; /* in the order they came; owned by their requests */
	size_t n_receives;
	uint64_t
		asked_ms; /* on the loop's clock: when the last of them ended, or before the first */
	uint64_t answer_end; /* of the last records, in its session's outbox */
	bool is_served;      /* on daemon::served */
	TAILQ_ENTRY(subscription) served_entry;
	LIST_ENTRY(subscription) entry; /* on session::subscriptions */
};

/*
 * A subscription that @r asks for, charged to its user, without a reader. Returns NULL when out of
 * memory.
 */
struct subscription *subscription_new(const struct request *r, struct kafka_client *client,
				      enum kafka_ack ack, bool needs_consumer);

/* One that has neither. @sub may be NULL. */
void subscription_free(struct subscription *sub);

/* The one of @r's session with the number @id; NULL after @r has been refused: there is none. */
struct subscription *subscription_of(struct request *r, int64_t id);

/* Give it to its session with the next number. The reader, whose hooks are these two with @sub, is the
 * subscription's from here on. */
void subscription_attach(struct subscription *sub, struct kafka_reader *reader);
void subscription_on_ready(struct kafka_reader *reader, void *sub);
bool subscription_may_read(void *sub, const char *topic);

/* Answer the waiting receives with what is there now. */
void subscription_serve(struct subscription *sub);

/* At the end of the turn, after the write: make room for what comes next. */
void subscription_served(struct subscription *sub);

/* Give the reader back, and free. Receives that wait must have been answered or dropped. */
void subscription_close(struct subscription *sub);

/* Read no more: receives that wait, and all that come, are answered @why. */
void subscription_stop(struct subscription *sub, const struct kafka_failure *why);

/* Answer every waiting receive with an error. */
void subscription_fail_receives(struct subscription *sub, int code, const char *sentence);

/* What a receive waits for. */
struct receive_wish {
	size_t max_records;
	size_t max_bytes;
	bool until_end; /* or that every partition is at its end */
	bool ends;      /* or that one has come to its end, which is told */
	int64_t share;  /* memory that values may be in, -1: one that is yet to come; 0: none */
};

/* Wait for records on behalf of @r, until @timeout_ms. Returns 0 or -ENOMEM. */
int subscription_receive(struct subscription *sub, struct request *r,
			 const struct receive_wish *wish, int64_t timeout_ms);
