#include "daemon/subscription.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/daemon.h"
#include "daemon/permit.h"
#include "daemon/request.h"
#include "daemon/session.h"
#include "daemon/subscription_share.h"
#include "proto/errors.h"

/* A receive that waits. */
struct receive {
	struct subscription *subscription; /* borrowed */
	struct request *request;           /* borrowed */
	struct receive_wish wish;
	STAILQ_ENTRY(receive) entry;
};

struct subscription *subscription_new(const struct request *r, struct kafka_client *client,
				      enum kafka_ack ack, bool needs_consumer)
{
	struct quota_account *account = r->session->quota.account;
	struct subscription *sub = calloc(1, sizeof *sub);

	if (!sub)
		return NULL;
	sub->session = r->session;
	sub->client = client;
	sub->ack = ack;
	STAILQ_INIT(&sub->receives);
	quota_charge_init(&sub->charge, account, QUOTA_SUBSCRIPTIONS, 1);
	quota_charge_init(&sub->consumer, account, QUOTA_CONSUMERS, needs_consumer);
	quota_charge_init(&sub->held, account, QUOTA_HELD, r->n_bytes);
	return sub;
}

void subscription_free(struct subscription *sub)
{
	if (sub) {
		quota_charge_fini(&sub->charge);
		quota_charge_fini(&sub->consumer);
		quota_charge_fini(&sub->held);
	}
	free(sub);
}

struct subscription *subscription_of(struct request *r, int64_t id)
{
	struct subscription *sub = session_find_subscription(r->session, id);

	if (!sub)
		request_refuse(r, COMM_ENO_SUBSCRIPTION, "this connection has no subscription %lld",
			       (long long)id);
	return sub;
}

void subscription_attach(struct subscription *sub, struct kafka_reader *reader)
{
	struct session *s = sub->session;

	sub->reader = reader;
	sub->id = ++s->last_subscription;
	sub->asked_ms = uv_now(s->daemon->loop);
	LIST_INSERT_HEAD(&s->subscriptions, sub, entry);
	s->n_subscriptions++;
	s->daemon->stats.subscriptions++;
}

void subscription_on_ready(struct kafka_reader *reader, void *arg)
{
	struct subscription *sub = arg;

	(void)reader;
	if (sub->session)
		session_touch(sub->session);
}

bool subscription_may_read(void *arg, const char *topic)
{
	const struct subscription *sub = arg;

	return sub->session && permit_reads(sub->session, topic);
}

static void receive_free(struct receive *w)
{
	struct subscription *sub = w->subscription;

	STAILQ_REMOVE(&sub->receives, w, receive, entry);
	sub->n_receives--;
	sub->asked_ms = uv_now(sub->session->daemon->loop);
	sub->session->daemon->stats.receives_waiting--;
	free(w);
}

static void note_served(struct subscription *sub)
{
	if (!sub->is_served)
		TAILQ_INSERT_TAIL(&sub->session->daemon->served, sub, served_entry);
	sub->is_served = true;
}

static void not_served(struct subscription *sub)
{
	if (sub->is_served)
		TAILQ_REMOVE(&sub->session->daemon->served, sub, served_entry);
	sub->is_served = false;
}

void subscription_served(struct subscription *sub)
{
	not_served(sub);
	kafka_reader_release(sub->reader);
}

/* Returns whether the receive has been answered. */
static bool serve_one(struct subscription *sub, struct receive *w)
{
	struct comm_receive_result result = { 0 };
	struct comm_wire_shared shared;
	struct request *r = w->request;
	struct receive_wish wish = w->wish;
	struct kafka_failure why;
	struct kafka_haul haul;
	int error;

	error = kafka_reader_fetch(sub->reader, wish.max_records, wish.max_bytes, &haul, &why);
	if (!error && wish.ends)
		kafka_reader_ends(sub->reader, &result.ends);
	if (!error && !haul.n_records && !(wish.until_end && haul.at_end) && !result.ends.n) {
		kafka_reader_release(sub->reader);
		return false;
	}
	receive_free(w);
	if (error) {
		request_fail_with(r, error, &why);
		return true;
	}
	sub->session->received.total += (int64_t)haul.n_records;
	outbox_expect(&sub->session->out);
	result.topics = haul.topics;
	if (wish.share && subscription_share(sub, wish.share, &shared))
		result.shared = &shared;
	result.at_end = haul.at_end;
	request_answer(r, &result);
	sub->answer_end = outbox_end(&sub->session->out);
	note_served(sub);
	return true;
}

void subscription_serve(struct subscription *sub)
{
	struct receive *w;

	while ((w = STAILQ_FIRST(&sub->receives)) && !session_is_full(sub->session))
		if (!serve_one(sub, w))
			break;
}

void subscription_fail_receives(struct subscription *sub, int code, const char *sentence)
{
	struct receive *w;

	while ((w = STAILQ_FIRST(&sub->receives))) {
		struct request *r = w->request;

		receive_free(w);
		request_refuse(r, code, "%s", sentence);
	}
}

void subscription_stop(struct subscription *sub, const struct kafka_failure *why)
{
	not_served(sub);
	kafka_reader_stop(sub->reader, why);
	subscription_fail_receives(sub, why->code, why->message);
}

void subscription_close(struct subscription *sub)
{
	struct session *s = sub->session;

	not_served(sub);
	subscription_unshare(sub);
	kafka_reader_close(sub->reader);
	LIST_REMOVE(sub, entry);
	s->n_subscriptions--;
	s->daemon->stats.subscriptions--;
	subscription_free(sub);
}

static void on_gone(struct request *r)
{
	receive_free(r->op);
}

/* Nothing came: that is an answer, unless the brokers are away. */
static void on_late(struct request *r)
{
	struct comm_receive_result nothing = { 0 };
	struct receive *w = r->op;
	struct kafka_client *client = w->subscription->client;
	struct kafka_failure why;

	receive_free(w);
	if (session_quota_is_full(r->session)) {
		session_quota_fail(r, QUOTA_HELD);
	} else if (kafka_client_is_down(client)) {
		kafka_explain_silence(client, &why);
		request_fail(r, &why);
	} else {
		request_answer(r, &nothing);
	}
}

int subscription_receive(struct subscription *sub, struct request *r,
			 const struct receive_wish *wish, int64_t timeout_ms)
{
	struct receive *w = calloc(1, sizeof *w);
	int error;

	if (!w)
		return -ENOMEM;
	*w = (struct receive){ sub, r, *wish, { NULL } };
	r->op = w;
	STAILQ_INSERT_TAIL(&sub->receives, w, entry);
	sub->n_receives++;
	sub->session->daemon->stats.receives_waiting++;
	subscription_serve(sub);
	if (!sub->n_receives)
		return 0;
	error = request_keep(r, timeout_ms, on_late, on_gone);
	if (error)
		receive_free(w);
	return error;
}
