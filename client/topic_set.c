#include "client/topic_set.h"

#include <stdlib.h>
#include <string.h>

#include "client/client.h"
#include "proto/utf8.h"

/* Topics without a batch that may be remembered. */
#define IDLE_MAX 64

void topic_set_fini(struct topic_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		free(set->topics[i]);
	free(set->topics);
	*set = (struct topic_set){ 0 };
}

static void forget_idle(struct topic_set *set)
{
	size_t n = 0;

	set->last = NULL;
	for (size_t i = 0; i < set->n; i++) {
		struct topic *t = set->topics[i];

		if (t->n_batches)
			set->topics[n++] = t;
		else
			free(t);
	}
	set->n = n;
}

static int check_topic(struct comm *c, struct comm_bytes topic)
{
	if (!topic.len || topic.len > COMM_TOPIC_NAME_MAX || !comm_utf8_is_valid(topic))
		return client_fail(c, COMM_EBAD_VALUE,
				   "the name of a topic has between 1 and %d bytes of UTF-8",
				   COMM_TOPIC_NAME_MAX);
	return 0;
}

static bool is_named(const struct topic *t, struct comm_bytes name)
{
	return t->name_len == name.len && !memcmp(t->name, name.data, name.len);
}

static int add_topic(struct comm *c, size_t i, struct comm_bytes name, struct topic **ret)
{
	struct topic_set *set = &c->producer.topics;
	struct topic **topics = realloc(set->topics, (set->n + 1) * sizeof(struct topic *));
	struct topic *t;

	if (!topics)
		return client_no_memory(c);
	set->topics = topics;
	t = calloc(1, sizeof *t + name.len);
	if (!t)
		return client_no_memory(c);
	t->name_len = name.len;
	memcpy(t->name, name.data, name.len);
	memmove(&topics[i + 1], &topics[i], (set->n - i) * sizeof(struct topic *));
	topics[i] = t;
	set->n++;
	*ret = t;
	return 0;
}

/* The first whose name is not before @name; short names are before long ones. */
static size_t search(const struct topic_set *set, struct comm_bytes name)
{
	size_t low = 0, high = set->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct topic *t = set->topics[mid];

		if (t->name_len < name.len ||
		    (t->name_len == name.len && memcmp(t->name, name.data, name.len) < 0))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

int topic_set_find(struct comm *c, const char *name, struct topic **ret)
{
	struct comm_bytes bytes = comm_bytes_of(name);
	struct topic_set *set = &c->producer.topics;
	int error = 0;
	size_t i;

	if (!set->last || !is_named(set->last, bytes)) {
		i = search(set, bytes);
		set->last = i < set->n ? set->topics[i] : NULL;
	}
	if (!set->last || !is_named(set->last, bytes)) {
		error = check_topic(c, bytes);
		if (set->n >= IDLE_MAX)
			forget_idle(set);
		if (!error)
			error = add_topic(c, search(set, bytes), bytes, &set->last);
	}
	*ret = set->last;
	return error;
}
