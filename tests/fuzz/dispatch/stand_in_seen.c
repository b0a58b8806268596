#include <stdlib.h>

#include "daemon/histogram.h"
#include "daemon/profile.h"
#include "proto/errors.h"
#include "proto/util.h"
#include "tests/fuzz/dispatch/stand_in.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/walk.h"

/* Rows of each list. */
#define N_ROWS 3

static struct walk_memory memory;

/* Made once, and lent for ever. */
static void fill(enum comm_message_id type, void *row, struct comm_bytes *profile)
{
	walk_fill(&memory, &comm_messages[type], WALK_FULL, row);
	*profile = comm_bytes_of("default");
}

size_t kafka_topic_ledgers(const struct kafka *k, struct comm_wire_topic_ledger *ret, size_t max)
{
	static struct comm_wire_topic_ledger row;

	MUST(k);
	if (!row.profile.data)
		fill(COMM_MESSAGE_wire_topic_ledger, &row, &row.profile);
	for (size_t i = 0; i < MIN(max, N_ROWS); i++)
		ret[i] = row;
	return N_ROWS;
}

size_t kafka_brokers(const struct kafka *k, struct comm_wire_broker_seen *ret, size_t max)
{
	static struct comm_wire_broker_seen row;

	MUST(k);
	if (!row.profile.data)
		fill(COMM_MESSAGE_wire_broker_seen, &row, &row.profile);
	for (size_t i = 0; i < MIN(max, N_ROWS); i++)
		ret[i] = row;
	return N_ROWS;
}

int kafka_consumer_list_init(struct kafka_consumer_list *l, const struct kafka *k,
			     size_t max_topics)
{
	static struct comm_wire_consumer row;

	MUST(k && max_topics);
	if (!row.profile.data)
		fill(COMM_MESSAGE_wire_consumer, &row, &row.profile);
	*l = (struct kafka_consumer_list){ .consumers = { &row, 1 } };
	return 0;
}

void kafka_consumer_list_fini(struct kafka_consumer_list *l)
{
	*l = (struct kafka_consumer_list){ 0 };
}

size_t kafka_topic_counts(const struct kafka *k, struct kafka_topic_count *ret, size_t max)
{
	const struct kafka_topic_count row = { .profile = { "default", 7 }, .accepted = 5 };

	MUST(k);
	for (size_t i = 0; i < MIN(max, N_ROWS); i++)
		ret[i] = row;
	return N_ROWS;
}

void kafka_profile_status(const struct kafka *k, const struct profile *p,
			  struct comm_wire_profile *ret)
{
	ret->state = comm_bytes_of(k->is_down ? "down" : p->n_properties ? "up" : "unused");
}

const struct histogram *kafka_send_latency(const struct kafka *k, const struct profile *p)
{
	static const struct histogram none;

	return k && p->n_properties ? &none : NULL;
}

size_t kafka_n_errands(const struct kafka *k)
{
	const struct pending *p;
	size_t n = 0;

	TAILQ_FOREACH(p, &k->pending, entry)
		n++;
	return n;
}

size_t kafka_n_sleeps(const struct kafka *k)
{
	(void)k;
	return 0;
}

size_t kafka_n_asleep(const struct kafka *k)
{
	(void)k;
	return 0;
}

const struct discards *kafka_discards(const struct kafka *k)
{
	return &k->discards;
}

const struct events *kafka_events(const struct kafka *k)
{
	return &k->events;
}

void kafka_note(struct kafka *k, enum event event, const char *sentence)
{
	const struct event_kind kind = { .event = event, .profile = "", .partition = -1 };

	events_add(&k->events, &kind, 1, sentence, 1);
}

bool kafka_client_is_down(const struct kafka_client *c)
{
	return c->kafka->is_down;
}

void kafka_explain_silence(const struct kafka_client *c, struct kafka_failure *ret)
{
	MUST(c->profile);
	*ret = stand_in_failure(1);
}

void kafka_explain_late(const struct kafka_client *c, const void *arg, struct kafka_failure *ret)
{
	MUST(c->profile && arg);
	*ret = stand_in_failure(7);
}

uint64_t kafka_n_polled(const struct kafka *k)
{
	return k->n_polled;
}

void kafka_poll_all(struct kafka *k)
{
	k->n_polled++;
}

void kafka_hang(struct kafka *k)
{
	MUST(!k);
}

const char *kafka_dev_bootstrap(const struct kafka *k)
{
	(void)k;
	return NULL;
}

const char *kafka_version(void)
{
	return "0";
}

int kafka_check_profile(const struct profile *p, struct kafka_failure *ret_why)
{
	if (p->n_properties)
		return 0;
	*ret_why = stand_in_failure(10);
	return COMM_EBAD_PROFILE;
}

const char *kafka_profile_warning(const struct profile *p)
{
	(void)p;
	return NULL;
}

void kafka_set_limits(struct kafka *k, size_t max_consumers, size_t max_inflight_records,
		      size_t max_inflight_bytes)
{
	MUST(k && max_consumers && max_inflight_records && max_inflight_bytes);
}

void kafka_reload(struct kafka *k, const struct profile_set *set)
{
	MUST(k && set);
}

int64_t kafka_reader_lag(const struct kafka_reader *r, size_t *lags_left)
{
	MUST(r && *lags_left);
	return COMM_NONE;
}
