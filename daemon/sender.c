#include "daemon/sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void senders_init(struct senders *all, void (*released)(struct senders *all))
{
	*all = (struct senders){ .released = released };
	LIST_INIT(&all->all);
}

static struct sender *first_of(struct sender *s)
{
	return s->first ? s->first : s;
}

struct sender *sender_new(struct senders *all, pid_t pid, uid_t uid, const char *name,
			  const char *profile, struct sender *before)
{
	size_t size = strlen(profile) + 1;
	struct sender *s = calloc(1, sizeof *s + size);

	if (!s)
		return NULL;
	s->senders = all;
	s->n_refs = 1;
	s->is_connected = true;
	s->pid = pid;
	s->uid = uid;
	sender_rename(s, name);
	memcpy(s->profile, profile, size);
	if (before)
		s->first = sender_ref(first_of(before));
	LIST_INSERT_HEAD(&all->all, s, entry);
	return s;
}

struct sender *sender_ref(struct sender *s)
{
	s->n_refs++;
	return s;
}

void sender_unref(struct sender *s)
{
	if (--s->n_refs)
		return;
	if (s->first)
		sender_unref(s->first);
	quota_account_unref(s->account);
	LIST_REMOVE(s, entry);
	free(s);
}

void sender_disconnect(struct sender *s)
{
	if (!s)
		return;
	s->is_connected = false;
	sender_unref(s);
}

void sender_rename(struct sender *s, const char *name)
{
	(void)snprintf(s->name, sizeof s->name, "%s", name);
}

size_t sender_inflight_bytes(const struct sender *s)
{
	return !s ? 0 : s->first ? s->first->inflight_bytes : s->inflight_bytes;
}

void charge_init(struct charge *c, struct sender *s, size_t n_bytes)
{
	*c = (struct charge){ .sender = sender_ref(s), .n_bytes = n_bytes };
	quota_charge_init(&c->held, s->account, QUOTA_HELD, n_bytes);
	first_of(s)->inflight_bytes += n_bytes;
	s->senders->inflight_bytes += (int64_t)n_bytes;
}

void charge_fini(struct charge *c)
{
	struct sender *s = c->sender;

	if (!s)
		return;
	first_of(s)->inflight_bytes -= c->n_bytes;
	s->senders->inflight_bytes -= (int64_t)c->n_bytes;
	quota_charge_fini(&c->held);
	s->senders->released(s->senders);
	c->sender = NULL;
	sender_unref(s);
}
