/*
 * Going on elsewhere, and not at all for a while.
 *
 * Each of these waits, as a receive does, until its subscription is there again after a lost
 * connection, and is sent again if one is lost meanwhile: to be done twice changes nothing. What is
 * paused is remembered, for a subscription that is made again begins with nothing paused.
 */
#include "client/client.h"

#include <stdlib.h>
#include <string.h>

#include "client/query.h"
#include "client/subscription.h"
#include "proto/codec.h"
#include "proto/util.h"

struct place {
	struct comm_subscription *s;
	const char *topic; /* NULL: all */
	int32_t partition; /* negative: all of the topic */
	enum comm_start start;
	int64_t at;
	const struct comm_list *again; /* paused or resumed before: these, and at once; or NULL */
};

static const struct comm_bytes all_topics = { "", 0 };

static int start_again(struct query *q, const struct place *place)
{
	const struct comm_pause_params params = { place->s->id, *place->again };

	q->call.bound = true;
	return call_start(q->c, &q->call, &params);
}

static int place_start(struct query *q, void *params)
{
	const struct place *place = params;
	int error = subscription_check(place->s);

	if (error)
		return error;
	if (place->again)
		return start_again(q, place);
	if (!place->topic && place->partition >= 0)
		return client_fail(q->c, COMM_EINVALID, "a partition needs its topic");
	if (q->call.method == COMM_METHOD_SEEK && !start_word(place->start))
		return client_fail(q->c, COMM_EINVALID, "there is no such start");
	q->s = place->s;
	q->partition = place->partition;
	q->start = place->start;
	q->at = place->at;
	if (place->topic) {
		q->topic = strdup(place->topic);
		if (!q->topic)
			return client_no_memory(q->c);
	}
	q->call.subscription = q->s;
	return subscription_call(q->s, &q->call);
}

int place_refresh(struct call *call)
{
	const struct query *q = container_of(call, struct query, call);
	const struct comm_wire_topic_ref ref = {
		.topic = comm_bytes_of(q->topic),
		.partition = q->partition < 0 ? COMM_NONE : q->partition,
		.offset = COMM_NONE,
	};
	const struct comm_list topics = { &ref, q->topic != NULL };
	const struct comm_seek_params seek = {
		.subscription = q->s->id,
		.start = comm_bytes_of(start_word(q->start)),
		.at = start_at(q->start, q->at),
		.topics = topics,
		.timeout_ms = call_wire_timeout(call),
	};
	/* Those of resume are the same. */
	const struct comm_pause_params pause = { q->s->id, topics };

	return comm_encode_request(&call->bytes, call->id, &comm_methods[call->method],
				   call->method == COMM_METHOD_SEEK ? (const void *)&seek : &pause);
}

/* ---- seek ---- */

/* A reader of its own goes on there after a lost connection, too. */
static int seek_settle(struct query *q, const struct reply *reply)
{
	const struct comm_seek_result *result = reply->result;
	const struct comm_wire_position *p;
	int error = reply->error;

	if (error || q->s->group)
		return error;
	p = result->positions.items;
	for (size_t i = 0; !error && i < result->positions.n; i++) {
		error = positions_add_told(q->s, &p[i]);
		if (!error)
			positions_set(&q->s->positions, p[i].topic, (int32_t)p[i].partition,
				      p[i].offset);
	}
	return error;
}

static const struct query_steps seek_steps = { place_start, seek_settle };

static const struct query_kind seek_kind = {
	.method = COMM_METHOD_SEEK,
	.repeats = true,
	.give = query_give_done,
	.steps = &seek_steps,
};

int comm_seek_async(struct comm_subscription *s, enum comm_start start, int64_t at,
		    const char *topic, int32_t partition, comm_done_fn done, void *arg)
{
	struct place place = { s, topic, partition, start, at, NULL };

	return query_run(s ? s->c : NULL, &seek_kind, &place, (query_fn)done, arg);
}

int comm_seek(struct comm_subscription *s, enum comm_start start, int64_t at, const char *topic,
	      int32_t partition)
{
	return comm_seek_async(s, start, at, topic, partition, (comm_done_fn)query_wait, NULL);
}

/* ---- pause and resume ---- */

/* What is said of all partitions of @topic, or of all topics. Narrower is an exception from it. */
static const struct position *find_wider(const struct positions *pauses, struct comm_bytes topic)
{
	const struct position *p = positions_find(pauses, topic, -1);

	return p ? p : positions_find(pauses, all_topics, -1);
}

static int pause_settle(struct query *q, const struct reply *reply)
{
	struct comm_bytes topic = q->topic ? comm_bytes_of(q->topic) : all_topics;
	bool is_paused = q->call.method == COMM_METHOD_PAUSE;
	struct positions *pauses;

	if (reply->error || !q->s)
		return reply->error;
	pauses = &q->s->pauses;
	positions_remove(pauses, topic, q->partition);
	if (!is_paused && !find_wider(pauses, topic))
		return 0;
	if (positions_add(pauses, topic, MAX(q->partition, -1), is_paused))
		return client_no_memory(q->c);
	return 0;
}

static const struct query_steps pause_steps = { place_start, pause_settle };

static const struct query_kind pause_kind = {
	.method = COMM_METHOD_PAUSE,
	.repeats = true,
	.give = query_give_done,
	.steps = &pause_steps,
};

int comm_pause_async(struct comm_subscription *s, const char *topic, int32_t partition,
		     comm_done_fn done, void *arg)
{
	struct place place = { .s = s, .topic = topic, .partition = partition };

	return query_run(s ? s->c : NULL, &pause_kind, &place, (query_fn)done, arg);
}

int comm_pause(struct comm_subscription *s, const char *topic, int32_t partition)
{
	return comm_pause_async(s, topic, partition, (comm_done_fn)query_wait, NULL);
}

static const struct query_kind resume_kind = {
	.method = COMM_METHOD_RESUME,
	.repeats = true,
	.give = query_give_done,
	.steps = &pause_steps,
};

int comm_resume_async(struct comm_subscription *s, const char *topic, int32_t partition,
		      comm_done_fn done, void *arg)
{
	struct place place = { .s = s, .topic = topic, .partition = partition };

	return query_run(s ? s->c : NULL, &resume_kind, &place, (query_fn)done, arg);
}

int comm_resume(struct comm_subscription *s, const char *topic, int32_t partition)
{
	return comm_resume_async(s, topic, partition, (comm_done_fn)query_wait, NULL);
}

/* Whether the @i-th can be told together with the one before it. */
static bool is_like_last(const struct positions *pauses, size_t i)
{
	const struct position *last = pauses->items[i - 1];

	return last->topic_len && last->next == pauses->items[i]->next;
}

int pauses_renew(struct comm_subscription *s)
{
	const struct positions *pauses = &s->pauses;
	struct comm_wire_topic_ref *refs = calloc(pauses->n + 1, sizeof *refs);
	struct comm_list list = { refs, 0 };
	struct place place = { .s = s, .again = &list };
	int error = refs ? 0 : client_no_memory(s->c);

	for (size_t i = 0; !error && i < pauses->n; i++) {
		const struct position *p = pauses->items[i];

		if (i && (!is_like_last(pauses, i) || list.n == COMM_TOPIC_REFS_MAX))
			list.n = 0;
		refs[list.n] = (struct comm_wire_topic_ref){
			.topic = { p->topic, p->topic_len },
			.partition = p->partition < 0 ? COMM_NONE : p->partition,
			.offset = COMM_NONE,
		};
		list.n += p->topic_len != 0;
		if (i + 1 == pauses->n || !is_like_last(pauses, i + 1) ||
		    list.n == COMM_TOPIC_REFS_MAX)
			error = query_run(s->c, p->next ? &pause_kind : &resume_kind, &place, NULL,
					  NULL);
	}
	free(refs);
	return error;
}

static bool is_paused(const struct positions *pauses, const struct comm_record *r)
{
	struct comm_bytes topic = comm_bytes_of(r->topic);
	const struct position *p = positions_find(pauses, topic, r->partition);

	p = p ? p : find_wider(pauses, topic);
	return p && p->next;
}

static bool has_resume(const struct call_list *list, const struct comm_subscription *s)
{
	const struct call *call;

	TAILQ_FOREACH(call, list, entry)
		if (call->subscription == s && call->method == COMM_METHOD_RESUME)
			return true;
	return false;
}

void pauses_enforce(struct comm_subscription *s, const struct comm_record *records, size_t n)
{
	/* They may have come because of that; if not, the next ones tell again. */
	if (has_resume(&s->c->calls.written, s) || has_resume(&s->c->calls.pending, s))
		return;
	for (size_t i = 0; s->pauses.n && i < n; i++) {
		struct comm_wire_topic_ref ref = {
			.topic = comm_bytes_of(records[i].topic),
			.partition = records[i].partition,
			.offset = COMM_NONE,
		};
		const struct comm_list list = { &ref, 1 };
		struct place place = { .s = s, .again = &list };

		if (i && record_is_neighbour(&records[i], &records[i - 1]))
			continue;
		/* Without memory the next records tell again. */
		if (is_paused(&s->pauses, &records[i]))
			(void)query_run(s->c, &pause_kind, &place, NULL, NULL);
	}
}
