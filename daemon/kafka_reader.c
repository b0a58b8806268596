#include "daemon/kafka_rebuild.h"
#include "daemon/kafka_stall.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/profile.h"
#include "proto/errors.h"
#include "proto/util.h"

static void free_topics(struct kafka_reader *r)
{
	for (size_t i = 0; i < r->n_topics; i++)
		free(r->topics[i]);
	free(r->topics);
	for (size_t i = 0; i < r->n_patterns; i++)
		kafka_pattern_fini(&r->patterns[i]);
	free(r->patterns);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has_topic(const struct kafka_reader *r, struct comm_bytes topic)
{
	for (size_t i = 0; i < r->n_topics; i++)
		if (comm_bytes_is(topic, r->topics[i]))
			return true;
	return false;
}

/* Add what a subscription names, unless it is there. */
static int add(struct kafka_reader *r, struct comm_bytes topic)
{
	if (kafka_pattern_is(topic)) {
		if (kafka_patterns_find(r->patterns, r->n_patterns, topic))
			return 0;
		if (kafka_pattern_init(&r->patterns[r->n_patterns], topic))
			return -ENOMEM;
		r->n_patterns++;
		return 0;
	}
	if (has_topic(r, topic))
		return 0;
	r->topics[r->n_topics] = comm_bytes_dup(topic);
	if (!r->topics[r->n_topics])
		return -ENOMEM;
	r->n_topics++;
	return 0;
}

static int add_all(struct kafka_reader *r, const struct kafka_reader_options *o)
{
	size_t n_patterns = 0;
	int error = 0;

	for (size_t i = 0; i < o->n_topics; i++)
		n_patterns += kafka_pattern_is(o->topics[i].topic);
	r->topics = calloc(o->n_topics + 1, sizeof *r->topics);
	r->patterns = calloc(n_patterns + 1, sizeof *r->patterns);
	if (!r->topics || !r->patterns)
		return -ENOMEM;
	for (size_t i = 0; i < o->n_topics && !error; i++)
		error = add(r, o->topics[i].topic);
	/* Without a group their order is that of other things. */
	if (r->group)
		qsort(r->topics, r->n_topics, sizeof *r->topics, compare);
	return error;
}

struct kafka_reader *kafka_reader_new(struct kafka_client *c, const struct kafka_reader_options *o)
{
	struct kafka_reader *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->client = c;
	LIST_INSERT_HEAD(&c->readers, r, of_client);
	r->ack = o->group.data ? o->ack : KAFKA_ACK_NONE;
	r->may_read = o->may_read;
	r->ready = o->ready;
	r->arg = o->arg;
	if (o->group.data) {
		r->group = comm_bytes_dup(o->group);
		if (!r->group)
			return kafka_reader_free(r);
	}
	return add_all(r, o) ? kafka_reader_free(r) : r;
}

struct kafka_reader *kafka_reader_free(struct kafka_reader *r)
{
	if (!r)
		return NULL;
	if (r->client) {
		LIST_REMOVE(r, of_client);
		kafka_closed_one(r->client->kafka);
	}
	kafka_hold_fini(&r->hold);
	free_topics(r);
	free(r->partitions);
	if (r->paused)
		rd_kafka_topic_partition_list_destroy(r->paused);
	free(r->ends);
	free(r->group);
	free(r);
	return NULL;
}

/* Members of a group are asked for every topic that the group has, whenever one comes or goes. */
bool kafka_reader_names(const struct kafka_reader *r, const char *topic)
{
	if (r->group)
		return bsearch(&topic, r->topics, r->n_topics, sizeof *r->topics, compare);
	return has_topic(r, comm_bytes_of(topic));
}

int kafka_reader_explain(const struct kafka_reader *r, struct kafka_failure *ret_why)
{
	if (!r->has_ended)
		return kafka_failure_refuse(ret_why, COMM_EBUSY, NULL,
					    "the consumer of this subscription is being replaced; "
					    "try again");
	*ret_why = r->failure;
	return ret_why->code;
}

bool kafka_reader_wants(const struct kafka_reader *r, const char *topic)
{
	if (kafka_reader_names(r, topic))
		return true;
	for (size_t i = 0; i < r->n_patterns; i++)
		if (kafka_pattern_has(&r->patterns[i], topic))
			return true;
	return false;
}

size_t kafka_reader_n_matches(const struct kafka_reader *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_patterns; i++)
		n += r->patterns[i].n_topics;
	return n;
}

void kafka_reader_fail(struct kafka_reader *r, const struct kafka_failure *why)
{
	if (r->has_failure)
		return;
	r->has_failure = true;
	r->failure = *why;
}

void kafka_reader_detach(struct kafka_reader *r)
{
	kafka_hold_release(&r->hold);
	kafka_lane_close(&r->lane);
	r->consumer = NULL;
	r->n_partitions = 0;
	r->n_incoming = 0;
	r->is_told_end = false;
}

void kafka_reader_end(struct kafka_reader *r, const struct kafka_failure *why)
{
	kafka_reader_detach(r);
	r->has_ended = true;
	r->has_failure = true;
	r->failure = *why;
}

int kafka_reader_list(struct kafka_reader *r, struct kafka_partition *p)
{
	if (r->n_partitions == r->capacity) {
		size_t capacity = MAX(2 * r->capacity, (size_t)8);
		void *grown =
			reallocarray(r->partitions, capacity, sizeof(struct kafka_partition *));

		if (!grown)
			return -ENOMEM;
		r->partitions = grown;
		r->capacity = capacity;
	}
	r->partitions[r->n_partitions++] = p;
	return 0;
}

static bool is_at_end(const struct kafka_reader *r)
{
	if (!r->consumer || !kafka_group_is_settled(r->consumer) || r->n_incoming ||
	    kafka_lane_length(&r->lane))
		return false;
	for (size_t i = 0; i < r->n_partitions; i++) {
		const struct kafka_partition *p = r->partitions[i];

		if (!p->is_at_end && !p->next_owner && !p->is_paused)
			return false;
	}
	return true;
}

bool kafka_reader_tell(struct kafka_reader *r)
{
	bool has_news = r->has_failure || (r->consumer && kafka_lane_length(&r->lane)) ||
			(!r->is_told_end && is_at_end(r));

	if (!r->is_waiting || !has_news)
		return false;
	r->is_waiting = false;
	r->ready(r, r->arg);
	return true;
}

static int tell_failure(struct kafka_reader *r, struct kafka_failure *ret_why)
{
	*ret_why = r->failure;
	r->has_failure = r->has_ended;
	return ret_why->code;
}

int kafka_reader_fetch(struct kafka_reader *r, size_t max_records, size_t max_bytes,
		       struct kafka_haul *ret, struct kafka_failure *ret_why)
{
	struct kafka_budget b = { max_records, max_bytes, false };
	int error;

	*ret = (struct kafka_haul){ .n_records = 0 };
	kafka_hold_release(&r->hold);
	if (r->has_failure)
		return tell_failure(r, ret_why);
	error = r->consumer ? kafka_fetch(r, &b) : 0;
	if (!r->hold.n_records && error)
		return error;
	if (!r->hold.n_records && r->has_failure)
		return tell_failure(r, ret_why);
	kafka_hold_list(&r->hold, &ret->topics);
	ret->n_records = r->hold.n_records;
	ret->at_end = is_at_end(r);
	r->is_told_end = ret->at_end;
	r->is_waiting = b.records && !b.is_spent;
	r->n_delivered += (int64_t)ret->n_records;
	r->client->delivered += (int64_t)ret->n_records;
	if (ret->n_records)
		kafka_client_note_success(r->client);
	return 0;
}

size_t kafka_reader_shareable(const struct kafka_reader *r)
{
	return kafka_hold_shareable(&r->hold);
}

struct comm_list kafka_reader_share(struct kafka_reader *r, char *memory, size_t size)
{
	return kafka_hold_share(&r->hold, memory, size);
}

void kafka_reader_release(struct kafka_reader *r)
{
	kafka_hold_release(&r->hold);
	/* Whoever left something is going to ask for more. */
	if (r->consumer && !r->is_waiting)
		kafka_lane_prepare(&r->lane);
}

void kafka_reader_ack_all(struct kafka_reader *r)
{
	bool may_go = false;

	if (r->ack == KAFKA_ACK_NONE)
		return;
	for (size_t i = 0; i < r->n_partitions; i++) {
		struct kafka_partition *p = r->partitions[i];

		if (p->n_unacked)
			kafka_partition_ack(p, p->next);
		may_go |= p->next_owner != NULL;
	}
	if (may_go)
		kafka_share_hand_over(r->consumer);
}

int kafka_reader_ack(struct kafka_reader *r, const struct comm_wire_position *position)
{
	struct kafka_partition *p = NULL;

	if (position->partition >= 0 && position->partition <= INT32_MAX)
		p = kafka_partition_find(r->partitions, r->n_partitions, position->topic,
					 (int32_t)position->partition);
	/* What was not handed out by this assignment was handed out by an earlier one. */
	if (!p || position->offset > p->next)
		return COMM_ESTALE;
	if (r->ack == KAFKA_ACK_NONE)
		return 0;
	kafka_partition_ack(p, position->offset);
	if (p->next_owner && !p->n_unacked)
		kafka_share_hand_over(r->consumer);
	return 0;
}

void kafka_reader_status(const struct kafka_reader *r, struct comm_wire_subscription *ret)
{
	ret->profile = comm_bytes_of(r->client->profile->name);
	ret->group = comm_bytes_of(r->group);
	ret->partitions = (int64_t)r->n_partitions;
	ret->delivered = r->n_delivered;
	ret->unacknowledged = 0;
	ret->paused = 0;
	for (size_t i = 0; i < r->n_partitions; i++) {
		const struct kafka_partition *p = r->partitions[i];

		ret->paused += p->is_paused;
		if (r->ack != KAFKA_ACK_NONE)
			ret->unacknowledged += (int64_t)p->n_unacked;
	}
	ret->stalled = kafka_stall_is(r);
}

void kafka_reader_leave(struct kafka_reader *r)
{
	struct kafka_consumer *c = r->consumer;

	kafka_reader_seek_cancel(r);
	kafka_hold_release(&r->hold);
	if (r->rebuild)
		kafka_rebuild_leave(r);
	if (c)
		kafka_group_leave(c, r);
	if (c && !c->group)
		kafka_consumer_close(c, NULL);
}

void kafka_reader_close(struct kafka_reader *r)
{
	kafka_reader_leave(r);
	kafka_reader_free(r);
}
