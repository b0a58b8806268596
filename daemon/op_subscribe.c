#include "daemon/op.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/daemon.h"
#include "daemon/kafka.h"
#include "daemon/permit.h"
#include "daemon/session.h"
#include "daemon/subscription.h"
#include "daemon/words.h"
#include "proto/errors.h"
#include "proto/util.h"

/* A subscribe that waits for Kafka. */
struct subscribe {
	struct request *request;           /* borrowed; NULL once it has been answered or is gone */
	struct subscription *subscription; /* owned until it is attached */
	unsigned int rules_number;         /* of those that permitted it */
};

static const struct word acks[] = {
	{ "auto", KAFKA_ACK_AUTO },
	{ "manual", KAFKA_ACK_MANUAL },
	{ "none", KAFKA_ACK_NONE },
};

/* The request that still waits, if any, waits no more. */
static struct request *let_go(struct subscribe *op)
{
	struct request *r = op->request;

	op->request = NULL;
	if (r)
		r->session->n_subscribing--;
	return r;
}

static void on_subscribed(void *arg, const struct kafka_failure *why, struct kafka_reader *reader,
			  struct comm_list begins)
{
	struct subscribe *op = arg;
	struct subscription *sub = op->subscription;
	struct request *r = let_go(op);
	struct comm_subscribe_result result = { .positions = begins };
	struct kafka_failure denied;

	if (r && !why && op->rules_number != r->session->daemon->rules_number &&
	    permit_check_reader(r->session, reader, &denied))
		why = &denied;
	free(op);
	if (r && !why) {
		subscription_attach(sub, reader);
		result.subscription = sub->id;
		request_answer(r, &result);
		return;
	}
	if (reader)
		kafka_reader_close(reader);
	subscription_free(sub);
	if (r)
		request_fail(r, why);
}

static void on_late(struct request *r)
{
	struct subscribe *op = r->op;
	struct kafka_failure why;

	(void)let_go(op);
	op->subscription->session = NULL;
	kafka_explain_silence(op->subscription->client, &why);
	request_fail(r, &why);
}

static void on_gone(struct request *r)
{
	struct subscribe *op = r->op;

	(void)let_go(op);
	op->subscription->session = NULL;
}

/* What the words say; the rest is the port's to check. */
static int read_params(const struct comm_subscribe_params *p, struct kafka_reader_options *ret,
		       struct kafka_failure *ret_why)
{
	enum kafka_start start;
	int ack, error;

	error = words_find_start(p->start, p->group.data ? KAFKA_EARLIEST : KAFKA_LATEST, &start,
				 ret_why);
	if (!error)
		error = words_find(acks, ARRAY_SIZE(acks), p->ack, KAFKA_ACK_AUTO, "ack", &ack,
				   ret_why);
	if (error)
		return error;
	*ret = (struct kafka_reader_options){
		.group = p->group,
		.topics = p->topics.items,
		.n_topics = p->topics.n,
		.start = start,
		.at = p->at,
		.ack = (enum kafka_ack)ack,
		.may_read = subscription_may_read,
		.ready = subscription_on_ready,
	};
	return 0;
}

static int start(struct request *r, struct kafka_client *client, struct kafka_reader_options *o,
		 bool needs_consumer, struct kafka_failure *ret_why)
{
	struct subscribe *op = calloc(1, sizeof *op);
	struct subscription *sub = subscription_new(r, client, o->ack, needs_consumer);
	int error = -ENOMEM;

	if (op && sub) {
		*op = (struct subscribe){ r, sub, r->session->daemon->rules_number };
		o->arg = sub;
		r->op = op;
		error = request_keep(r, o->timeout_ms, on_late, on_gone);
		if (!error)
			error = kafka_subscribe(client, o, on_subscribed, op, ret_why);
	}
	if (error) {
		subscription_free(sub);
		free(op);
		return error;
	}
	r->session->n_subscribing++;
	return 0;
}

void op_subscribe(struct request *r, const void *params)
{
	const struct comm_subscribe_params *p = params;
	const struct config *config = r->session->daemon->config;
	struct kafka_reader_options options;
	struct kafka_client *client;
	struct kafka_failure why;
	int64_t timeout_ms;
	int error;

	if (!request_has_taker(r) || request_timeout(r, p->timeout_ms, &timeout_ms))
		return;
	if (r->session->n_subscriptions + r->session->n_subscribing >=
	    config->limits_subscriptions_per_connection) {
		request_refuse(
			r, COMM_EBUSY,
			"this connection has %zu subscriptions and asks for %zu; end one, or "
			"raise subscriptions-per-connection in commd.conf",
			r->session->n_subscriptions, r->session->n_subscribing);
		return;
	}
	if (quota_is_used_up(r->session->quota.account, QUOTA_SUBSCRIPTIONS)) {
		session_quota_fail(r, QUOTA_SUBSCRIPTIONS);
		return;
	}
	if (!p->topics.n) {
		request_refuse(r, COMM_EBAD_VALUE, "topics: at least one is needed");
		return;
	}
	error = read_params(p, &options, &why);
	if (!error)
		error = session_kafka(r->session, &client, &why);
	if (!error) {
		bool needs_consumer = kafka_needs_consumer(client, options.group);

		if (needs_consumer &&
		    quota_is_used_up(r->session->quota.account, QUOTA_CONSUMERS)) {
			session_quota_fail(r, QUOTA_CONSUMERS);
			return;
		}
		/* Until then it holds its place, whether or not somebody still waits. */
		options.timeout_ms = MIN((int)timeout_ms, (int)config->timeouts_request_ms);
		error = start(r, client, &options, needs_consumer, &why);
	}
	if (error)
		request_fail_with(r, error, &why);
}
