#include "client/subscription.h"

#include <stdlib.h>
#include <string.h>

#include "client/client.h"

void subscription_free(struct comm_subscription *s)
{
	if (s->making)
		subscribe_detach(s->making);
	LIST_REMOVE(s, entry);
	for (size_t i = 0; s->topics && i < s->n_topics; i++)
		free(s->topics[i]);
	free(s->topics);
	free(s->group);
	positions_fini(&s->positions);
	positions_fini(&s->pauses);
	comm_buf_fini(&s->bytes);
	arena_fini(&s->arena);
	shared_fini(&s->shared);
	free(s);
}

static int copy_names(struct comm_subscription *s, const char *group, const char *const *topics,
		      size_t n_topics)
{
	s->group = group ? strdup(group) : NULL;
	s->topics = calloc(n_topics, sizeof *s->topics);
	if ((group && !s->group) || !s->topics)
		return COMM_ENO_MEMORY;
	s->n_topics = n_topics;
	for (size_t i = 0; i < n_topics; i++) {
		s->topics[i] = strdup(topics[i]);
		if (!s->topics[i])
			return COMM_ENO_MEMORY;
	}
	return 0;
}

static int check(struct comm *c, const char *const *topics, size_t n_topics,
		 const struct comm_subscribe_options *o)
{
	if (!topics || !n_topics || n_topics > COMM_TOPICS_MAX)
		return client_fail(c, COMM_EINVALID, "a subscription has between 1 and %d topics",
				   COMM_TOPICS_MAX);
	for (size_t i = 0; i < n_topics; i++) {
		if (!topics[i])
			return client_fail(c, COMM_EINVALID, "topic %zu is NULL", i);
		for (size_t k = 0; k < i; k++)
			if (!strcmp(topics[i], topics[k]))
				return client_fail(c, COMM_EINVALID, "topic %s is there twice",
						   topics[i]);
	}
	if ((unsigned int)o->start > COMM_START_TAIL || (unsigned int)o->ack > COMM_ACK_NONE)
		return client_fail(c, COMM_EINVALID, "there is no such start or ack");
	if (o->one_partition && (n_topics != 1 || o->partition < 0))
		return client_fail(c, COMM_EINVALID,
				   "one partition is one of 0 and up, of one topic");
	return 0;
}

int subscription_new(struct comm *c, const char *group, const char *const *topics, size_t n_topics,
		     const struct comm_subscribe_options *options, struct comm_subscription **ret)
{
	struct comm_subscription *s;
	int error = check(c, topics, n_topics, options);

	if (error)
		return error;
	s = calloc(1, sizeof *s);
	if (!s)
		return client_no_memory(c);
	s->c = c;
	s->options = *options;
	s->shared.inode = -1;
	LIST_INSERT_HEAD(&c->subscriptions, s, entry);
	if (copy_names(s, group, topics, n_topics)) {
		subscription_free(s);
		return client_no_memory(c);
	}
	*ret = s;
	return 0;
}

int subscription_check(const struct comm_subscription *s)
{
	return s->is_ending
		       ? client_fail(s->c, COMM_ENO_SUBSCRIPTION, "the subscription is being ended")
		       : 0;
}

/* ---- all of a handle ---- */

void subscriptions_on_lost(struct comm *c)
{
	struct comm_subscription *s;

	LIST_FOREACH(s, &c->subscriptions, entry)
		if (s->state == SUBSCRIPTION_MADE)
			s->state = SUBSCRIPTION_LOST;
}

void subscriptions_on_ready(struct comm *c)
{
	struct comm_subscription *s;

	LIST_FOREACH(s, &c->subscriptions, entry) {
		int error = 0;

		if (s->state == SUBSCRIPTION_LOST && calls_find_subscription(c, s))
			error = subscription_remake(s);
		if (error)
			calls_fail_held(c, s, error);
	}
}

void subscriptions_on_fork(struct comm *c)
{
	struct comm_subscription *s, *next;

	for (s = LIST_FIRST(&c->subscriptions); s; s = next) {
		next = LIST_NEXT(s, entry);
		s->state = SUBSCRIPTION_LOST;
		s->is_ending = false;
		s->making = NULL;
		s->n_receives = 0;
		if (!s->is_given)
			subscription_free(s);
	}
}

void subscriptions_free(struct comm *c)
{
	struct comm_subscription *s;

	while ((s = LIST_FIRST(&c->subscriptions)))
		subscription_free(s);
}
