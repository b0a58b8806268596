/*
 * The life of a subscription
 *
 * comm_subscribe_async() asks for it (MAKING); the answer brings its number and gives it to the
 * program (MADE). When the connection is lost it is LOST, and so are the daemon's side and all that
 * was not acknowledged there. The next receive, or one that is waiting when a connection is there
 * again, has it made again, without a group from the positions reached, or where it began; receives
 * are held meanwhile and then encoded for its new number.
 *
 * An answer that comes too late must not leave a subscription that nobody reads: it would keep
 * partitions from other readers. So a call that has passed its deadline goes on waiting, to discard
 * what it gets.
 */
#include "client/subscription.h"

#include <stdlib.h>

#include "client/client.h"
#include "proto/util.h"

struct subscribe {
	struct call call;
	struct comm_subscription *s; /* borrowed; NULL: nobody wants it any more */
	comm_subscribed_fn done;     /* NULL: made again */
	void *arg;
};

/* ---- discarding ---- */

static void discard_drop(struct call *call)
{
	call_fini(call);
	free(call);
}

static void discard_done(struct comm *c, struct call *call, const struct reply *reply)
{
	(void)c;
	(void)reply;
	discard_drop(call);
}

static const struct call_type discard_type = {
	.method = COMM_METHOD_UNSUBSCRIBE,
	.done = discard_done,
	.drop = discard_drop,
};

void subscription_discard(struct comm *c, int64_t id)
{
	const struct comm_unsubscribe_params params = { .subscription = id };
	struct call *call = malloc(sizeof *call);

	/* Without memory it stays until the connection ends. */
	if (!call)
		return;
	call_init(call, &discard_type, c->timeout_ms);
	call->bound = true;
	/* However long the daemon reads nothing: otherwise it would stay there. */
	call->deadline_ms = INT64_MAX;
	if (call_start(c, call, &params))
		discard_drop(call);
}

void subscription_abandon(struct comm_subscription *s)
{
	subscription_discard(s->c, s->id);
	s->state = SUBSCRIPTION_LOST;
}

/* ---- making ---- */

static void subscribe_drop(struct call *call)
{
	call_fini(call);
	free(container_of(call, struct subscribe, call));
}

static void give(struct comm *c, const struct subscribe *op, struct comm_subscription *s, int error)
{
	unsigned int entered = client_enter_callback(c);

	op->done(c, error, s, op->arg);
	(void)client_leave_callback(c, entered);
}

static void succeed(struct comm *c, const struct subscribe *op, int64_t id)
{
	struct comm_subscription *s = op->s;
	int error;

	s->id = id;
	s->state = SUBSCRIPTION_MADE;
	s->making = NULL;
	if (op->done) {
		s->is_given = true;
		give(c, op, s, 0);
		return;
	}
	error = pauses_renew(s);
	if (!error) {
		calls_release(c, s);
		return;
	}
	subscription_abandon(s);
	calls_fail_held(c, s, error);
}

static void fail(struct comm *c, const struct subscribe *op, int error)
{
	struct comm_subscription *s = op->s;

	s->state = SUBSCRIPTION_LOST;
	s->making = NULL;
	if (op->done) {
		subscription_free(s);
		give(c, op, NULL, error);
	} else {
		calls_fail_held(c, s, error);
	}
}

/* In partitions that bring no record before the connection is lost, it goes on where it began. */
static int note_begins(struct comm_subscription *s, const struct comm_list *begins)
{
	const struct comm_wire_position *p = begins->items;
	int error = 0;

	for (size_t i = 0; !error && i < begins->n && !s->group; i++) {
		error = positions_add_told(s, &p[i]);
		s->is_told |= !error;
	}
	return error;
}

static void subscribe_done(struct comm *c, struct call *call, const struct reply *reply)
{
	struct subscribe *op = container_of(call, struct subscribe, call);
	const struct comm_subscribe_result *result = reply->result;
	bool is_late = reply->error == COMM_ETIMEOUT && reply->maybe && !c->is_dead;
	struct subscribe copy = *op;
	int error = reply->error;

	if (is_late) {
		op->s = NULL;
		call->repeat = false;
		call->bound = true;
		call_await(c, call);
	} else {
		subscribe_drop(call);
	}
	if (copy.s && !error)
		error = note_begins(copy.s, &result->positions);
	if (!reply->error && (error || !copy.s))
		subscription_discard(c, result->subscription);
	if (copy.s && error)
		fail(c, &copy, error);
	else if (copy.s)
		succeed(c, &copy, result->subscription);
}

static const struct call_type subscribe_type = {
	.method = COMM_METHOD_SUBSCRIBE,
	.done = subscribe_done,
	.drop = subscribe_drop,
};

const char *start_word(enum comm_start start)
{
	static const char *const words[] = {
		[COMM_START_DEFAULT] = NULL,    [COMM_START_EARLIEST] = "earliest",
		[COMM_START_LATEST] = "latest", [COMM_START_OFFSET] = "offset",
		[COMM_START_TIME] = "time",     [COMM_START_TAIL] = "tail",
	};

	return (unsigned int)start < ARRAY_SIZE(words) ? words[start] : NULL;
}

int64_t start_at(enum comm_start start, int64_t at)
{
	return start >= COMM_START_OFFSET ? at : COMM_NONE;
}

static const char *ack_word(enum comm_ack_mode ack)
{
	static const char *const words[] = {
		[COMM_ACK_AUTO] = NULL,
		[COMM_ACK_MANUAL] = "manual",
		[COMM_ACK_NONE] = "none",
	};

	return words[ack];
}

/* Topics as a whole, and each partition of them that is known to go on somewhere. */
static size_t list_topics(const struct comm_subscription *s, struct comm_wire_topic_ref *ret)
{
	const struct comm_subscribe_options *o = &s->options;
	size_t n = 0;

	for (size_t i = 0; i < s->n_topics; i++) {
		struct comm_bytes topic = comm_bytes_of(s->topics[i]);
		size_t n_known = positions_list(&s->positions, topic, ret + n);

		n += n_known;
		if (o->one_partition && n_known)
			continue;
		ret[n++] = (struct comm_wire_topic_ref){
			.topic = topic,
			.partition = o->one_partition ? o->partition : COMM_NONE,
			.offset = COMM_NONE,
		};
	}
	return n;
}

static int start(struct comm_subscription *s, struct subscribe *op,
		 const struct comm_wire_topic_ref *refs, size_t n_refs)
{
	const struct comm_subscribe_options *o = &s->options;
	/* What is not known then has been added since. */
	enum comm_start begin = s->is_told ? COMM_START_EARLIEST : o->start;
	const struct comm_subscribe_params params = {
		.group = comm_bytes_of(s->group),
		.topics = { refs, n_refs },
		.start = comm_bytes_of(start_word(begin)),
		.at = start_at(begin, o->at),
		.ack = comm_bytes_of(ack_word(o->ack)),
		.timeout_ms = call_wire_timeout(&op->call),
	};

	if (n_refs > COMM_TOPIC_REFS_MAX)
		return client_fail(s->c, COMM_ENO_SUBSCRIPTION,
				   "the connection was lost, and %zu partitions are too many to "
				   "ask for again; subscribe anew",
				   n_refs);
	return call_start(s->c, &op->call, &params);
}

/* @op is consumed. */
static int ask(struct comm_subscription *s, struct subscribe *op)
{
	struct comm_wire_topic_ref *refs = calloc(s->n_topics + s->positions.n, sizeof *refs);
	int error = COMM_ENO_MEMORY;

	call_init(&op->call, &subscribe_type, s->c->timeout_ms);
	op->call.repeat = true;
	op->s = s;
	if (refs)
		error = start(s, op, refs, list_topics(s, refs));
	else
		client_no_memory(s->c);
	free(refs);
	if (error) {
		subscribe_drop(&op->call);
		return error;
	}
	s->state = SUBSCRIPTION_MAKING;
	s->making = op;
	return 0;
}

int subscription_remake(struct comm_subscription *s)
{
	struct subscribe *op = calloc(1, sizeof *op);

	return op ? ask(s, op) : client_no_memory(s->c);
}

void subscribe_detach(struct subscribe *op)
{
	op->s = NULL;
}

int comm_subscribe_async(struct comm *c, const char *group, const char *const *topics,
			 size_t n_topics, const struct comm_subscribe_options *options,
			 comm_subscribed_fn done, void *arg)
{
	static const struct comm_subscribe_options defaults;
	struct comm_subscription *s;
	struct subscribe *op;
	int error = client_enter_async(c, done != NULL);

	if (error)
		return error;
	error = subscription_new(c, group, topics, n_topics, options ? options : &defaults, &s);
	if (error)
		return error;
	op = calloc(1, sizeof *op);
	if (op) {
		op->done = done;
		op->arg = arg;
	}
	error = op ? ask(s, op) : client_no_memory(c);
	if (error)
		subscription_free(s);
	return error;
}
