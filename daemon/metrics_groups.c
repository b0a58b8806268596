#include <errno.h>
#include <stdlib.h>

#include "daemon/accounts.h"
#include "daemon/daemon.h"
#include "daemon/exposition.h"
#include "daemon/kafka.h"
#include "daemon/metrics.h"
#include "proto/util.h"

/*
 * A group, or one topic of it. Tails have no name that would tell them apart, and come and go with who
 * looks; a consumer that closes may have a successor of the same group already.
 */
struct row {
	struct comm_bytes profile;
	struct comm_bytes group;
	struct comm_bytes topic;
	int64_t is_reading;
	int64_t subscriptions;
	int64_t unacknowledged;
	int64_t partitions;
	int64_t lag;
};

static const struct exposition_family of_groups[] = {
#define FAMILY(name, type, help, member)                                            \
	{                                                                           \
		"commd_consumer_" name, type, help, offsetof(struct row, member), 1 \
	}
	FAMILY("up", "gauge", "Whether a group's consumer has its partitions and reads.",
	       is_reading),
	FAMILY("subscriptions", "gauge", "Subscriptions that share the consumer of a group.",
	       subscriptions),
	FAMILY("unacknowledged_records", "gauge", "Records handed out and not acknowledged yet.",
	       unacknowledged),
};

static const struct exposition_family of_topics[] = {
	FAMILY("partitions", "gauge", "Partitions of a topic that a group's consumer has.",
	       partitions),
	FAMILY("lag_records", "gauge",
	       "Records of a topic that were not handed out to the group's subscriptions yet.",
	       lag),
#undef FAMILY
};

static struct exposition_labels label(const void *row)
{
	const struct row *r = row;

	return (struct exposition_labels){ { { "profile", r->profile },
					     { "group", r->group },
					     { r->topic.data ? "topic" : NULL, r->topic } } };
}

/* 0: both are of one group. */
static int compare_groups(const struct comm_wire_consumer *x, const struct comm_wire_consumer *y)
{
	int r = comm_bytes_compare(x->profile, y->profile);

	return r ? r : comm_bytes_compare(x->group, y->group);
}

/* Of one group that is listed twice, the one that reads comes first. */
static int compare(const void *a, const void *b)
{
	const struct comm_wire_consumer *x = *(const struct comm_wire_consumer *const *)a;
	const struct comm_wire_consumer *y = *(const struct comm_wire_consumer *const *)b;
	int r = compare_groups(x, y);

	return r ? r : comm_bytes_is(y->state, "reading") - comm_bytes_is(x->state, "reading");
}

/* The groups that are told, each once. Returns how many. */
static size_t choose(const struct kafka_consumer_list *list, const struct comm_wire_consumer **ret)
{
	const struct comm_wire_consumer *rows = list->consumers.items;
	size_t n_all = 0, n = 0;

	for (size_t i = 0; i < list->consumers.n; i++)
		if (rows[i].group.data && !comm_bytes_is(rows[i].state, "closing"))
			ret[n_all++] = &rows[i];
	qsort(ret, n_all, sizeof *ret, compare);
	for (size_t i = 0; i < n_all; i++)
		if (!n || compare_groups(ret[n - 1], ret[i]))
			ret[n++] = ret[i];
	return n;
}

static struct row describe(const struct comm_wire_consumer *c)
{
	return (struct row){
		.profile = c->profile,
		.group = c->group,
		.is_reading = comm_bytes_is(c->state, "reading"),
		.subscriptions = c->subscriptions,
		.unacknowledged = c->unacknowledged,
	};
}

/* The topics of @c, those that the list had no room for as one. Returns how many rows. */
static size_t add_topics(const struct comm_wire_consumer *c, struct row *ret)
{
	const struct comm_wire_consumed *topics = c->topics.items;
	struct row others = describe(c);
	size_t n = 0;

	others.topic = comm_bytes_of(METRICS_OTHERS);
	others.partitions = c->partitions;
	others.lag = c->lag;
	for (; n < c->topics.n; n++) {
		ret[n] = describe(c);
		ret[n].topic = topics[n].topic;
		ret[n].partitions = topics[n].partitions;
		ret[n].lag = topics[n].lag;
		others.partitions -= topics[n].partitions;
		if (topics[n].lag != COMM_NONE)
			others.lag -= topics[n].lag;
	}
	if (others.partitions)
		ret[n++] = others;
	return n;
}

static int write_list(const struct kafka_consumer_list *list, struct comm_buf *out)
{
	const struct comm_wire_consumer **chosen = calloc(list->consumers.n + 1, sizeof(void *));
	struct row *groups = calloc(list->consumers.n + 1, sizeof *groups);
	struct row *topics = calloc(list->consumers.n + ACCOUNTS_MAX + 1, sizeof *topics);
	size_t n, n_topics = 0;
	int error = -ENOMEM;

	if (chosen && groups && topics) {
		n = choose(list, chosen);
		for (size_t i = 0; i < n; i++) {
			groups[i] = describe(chosen[i]);
			n_topics += add_topics(chosen[i], &topics[n_topics]);
		}
		exposition_table(out, of_groups, ARRAY_SIZE(of_groups), groups, n, sizeof *groups,
				 label);
		exposition_table(out, of_topics, ARRAY_SIZE(of_topics), topics, n_topics,
				 sizeof *topics, label);
		error = 0;
	}
	free(chosen);
	free(groups);
	free(topics);
	return error;
}

int metrics_write_groups(const struct daemon *d, struct comm_buf *out)
{
	struct kafka_consumer_list list;
	int error = kafka_consumer_list_init(&list, d->kafka, ACCOUNTS_MAX);

	if (!error)
		error = write_list(&list, out);
	kafka_consumer_list_fini(&list);
	return error;
}
