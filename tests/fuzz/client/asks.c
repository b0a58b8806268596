#include "tests/fuzz/client/asks.h"

#include <string.h>

#include "client/commclient.h"
#include "proto/util.h"
#include "tests/fuzz/fuzz.h"

#define ASKS_MAX          8192
#define SUBSCRIPTIONS_MAX 4

struct ask {
	unsigned int kind;
	bool has_ended;
};

static struct {
	struct ask asks[ASKS_MAX];
	size_t n_asks;
	size_t n_open;
	struct comm_subscription
		*subscriptions[SUBSCRIPTIONS_MAX]; /* borrowed; NULL: a free place */
	bool is_eager;
	volatile size_t looked_at;
} all;

void asks_reset(void)
{
	all.n_asks = all.n_open = 0;
	all.is_eager = false;
	memset(all.subscriptions, 0, sizeof all.subscriptions);
}

void asks_set_eager(bool is_eager)
{
	all.is_eager = is_eager;
}

size_t asks_n_open(void)
{
	return all.n_open;
}

/* ---- what is told ---- */

static void look(const char *s)
{
	if (s)
		all.looked_at += strlen(s);
}

static void look_at_bytes(const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		all.looked_at += ((const unsigned char *)p)[i];
}

static void end(struct comm *c, int error, void *arg)
{
	struct ask *a = arg;

	MUST(!a->has_ended && error >= 0);
	MUST(!error || (*comm_error_message(c) && *comm_strerror(error)));
	a->has_ended = true;
	all.n_open--;
	/* Not for ever: an answer may be there already for every one. */
	if (all.is_eager && all.n_asks < 64)
		asks_start(c, a->kind);
}

static void on_ping(struct comm *c, int error, int64_t time_ms, void *arg)
{
	all.looked_at += (size_t)time_ms;
	end(c, error, arg);
}

static void look_at_topic(const struct comm_topic_info *t)
{
	look(t->name);
	look(t->error_message);
	for (size_t i = 0; i < t->n_partitions; i++) {
		look_at_bytes(t->partitions[i].replicas,
			      t->partitions[i].n_replicas * sizeof *t->partitions[i].replicas);
		look_at_bytes(t->partitions[i].isr,
			      t->partitions[i].n_isr * sizeof *t->partitions[i].isr);
	}
}

static void on_topics(struct comm *c, int error, struct comm_topics *topics, void *arg)
{
	MUST(!error == !!topics);
	for (size_t i = 0; topics && i < topics->n_topics; i++)
		look_at_topic(&topics->topics[i]);
	for (size_t i = 0; topics && i < topics->n_brokers; i++)
		look(topics->brokers[i].host);
	comm_topics_free(topics);
	end(c, error, arg);
}

static void on_description(struct comm *c, int error, struct comm_topic_description *d, void *arg)
{
	MUST(!error == !!d);
	if (d)
		look_at_topic(&d->topic);
	for (size_t i = 0; d && i < d->n_settings; i++) {
		look(d->settings[i].name);
		look(d->settings[i].value);
		look(d->settings[i].source);
	}
	comm_topic_description_free(d);
	end(c, error, arg);
}

static void on_offsets(struct comm *c, int error, struct comm_offsets *o, void *arg)
{
	MUST(!error == !!o);
	if (o)
		look_at_bytes(o->partitions, o->n_partitions * sizeof *o->partitions);
	comm_offsets_free(o);
	end(c, error, arg);
}

static void on_groups(struct comm *c, int error, struct comm_groups *g, void *arg)
{
	MUST(!error == !!g);
	for (size_t i = 0; g && i < g->n_groups; i++) {
		look(g->groups[i].group);
		look(g->groups[i].state);
	}
	comm_groups_free(g);
	end(c, error, arg);
}

static void look_at_positions(const struct comm_position *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		look(p[i].topic);
}

static void on_group(struct comm *c, int error, struct comm_group *g, void *arg)
{
	MUST(!error == !!g);
	for (size_t i = 0; g && i < g->n_members; i++) {
		look(g->members[i].member);
		look(g->members[i].instance);
		look(g->members[i].host);
		look_at_positions(g->members[i].partitions, g->members[i].n_partitions);
	}
	for (size_t i = 0; g && i < g->n_partitions; i++) {
		look(g->partitions[i].topic);
		look(g->partitions[i].member);
	}
	comm_group_free(g);
	end(c, error, arg);
}

static void on_positions(struct comm *c, int error, struct comm_positions *p, void *arg)
{
	MUST(!error == !!p);
	if (p)
		look_at_positions(p->positions, p->n_positions);
	comm_positions_free(p);
	end(c, error, arg);
}

static void on_status(struct comm *c, int error, struct comm_status *s, void *arg)
{
	MUST(!error == !!s);
	for (size_t i = 0; s && i < s->n_counters; i++)
		look(s->counters[i].name);
	for (size_t i = 0; s && i < s->n_profiles; i++)
		look(s->profiles[i].error);
	for (size_t i = 0; s && i < s->n_subscriptions; i++)
		look(s->subscriptions[i].group);
	for (size_t i = 0; s && i < s->n_clients; i++)
		look(s->clients[i].client);
	for (size_t i = 0; s && i < s->n_discards; i++)
		look(s->discards[i].message);
	for (size_t i = 0; s && i < s->n_events; i++)
		look(s->events[i].message);
	comm_status_free(s);
	end(c, error, arg);
}

static void on_sent(struct comm *c, const struct comm_outcome *o, void *arg)
{
	MUST(o->message && (!o->error || *o->message));
	look(o->message);
	end(c, 0, arg);
}

/* ---- subscriptions ---- */

static struct comm_subscription *pick(void)
{
	for (size_t i = SUBSCRIPTIONS_MAX; i--;)
		if (all.subscriptions[i])
			return all.subscriptions[i];
	return NULL;
}

static void on_subscribed(struct comm *c, int error, struct comm_subscription *s, void *arg)
{
	size_t i = 0;

	MUST(!error == !!s);
	while (i < SUBSCRIPTIONS_MAX && all.subscriptions[i])
		i++;
	if (s && i < SUBSCRIPTIONS_MAX)
		all.subscriptions[i] = s;
	else if (s)
		(void)comm_unsubscribe_async(s, NULL, NULL);
	end(c, error, arg);
}

static struct comm *handle;

static void on_received(struct comm_subscription *s, int error, const struct comm_record *r,
			size_t n, void *arg)
{
	size_t n_ends;
	const struct comm_position *ends = comm_ends(s, &n_ends);

	MUST(!error || !n);
	for (size_t i = 0; i < n; i++) {
		look(r[i].topic);
		look_at_bytes(r[i].value, r[i].value_len);
		look_at_bytes(r[i].key, r[i].key_len);
		for (size_t k = 0; k < r[i].n_headers; k++)
			look(r[i].headers[k].name);
	}
	look_at_positions(ends, ends ? n_ends : 0);
	all.looked_at += (size_t)comm_is_at_end(s);
	if (n)
		(void)comm_ack_async(s, &r[n - 1], NULL, NULL);
	end(handle, error, arg);
}

/* After this it is used no more. */
static int unsubscribe(struct comm_subscription *s, struct ask *a)
{
	for (size_t i = 0; i < SUBSCRIPTIONS_MAX; i++)
		if (all.subscriptions[i] == s)
			all.subscriptions[i] = NULL;
	return comm_unsubscribe_async(s, end, a);
}

static int start_with_subscription(struct ask *a)
{
	struct comm_subscription *s = pick();

	if (!s)
		return -1;
	switch (a->kind) {
	case 16:
		return comm_receive_async(s, 10, 500, on_received, a);
	case 17:
		return comm_seek_async(s, COMM_START_EARLIEST, 0, NULL, -1, end, a);
	case 18:
		return comm_seek_async(s, COMM_START_OFFSET, 7, "t", 1, end, a);
	case 19:
		return comm_pause_async(s, "t", -1, end, a);
	case 20:
		return comm_resume_async(s, NULL, -1, end, a);
	default:
		return unsubscribe(s, a);
	}
}

static int subscribe(struct comm *c, struct ask *a)
{
	static const char *const topics[] = { "t", "u" };
	static const struct comm_subscribe_options manual = { .ack = COMM_ACK_MANUAL, .ends = 1 };
	static const struct comm_subscribe_options one = { .start = COMM_START_TAIL,
							   .at = 5,
							   .ack = COMM_ACK_NONE,
							   .one_partition = 1,
							   .shared = 1 };

	if (a->kind == 13)
		return comm_subscribe_async(c, "g", topics, 2, NULL, on_subscribed, a);
	if (a->kind == 14)
		return comm_subscribe_async(c, NULL, topics, 2, &manual, on_subscribed, a);
	return comm_subscribe_async(c, NULL, topics, 1, &one, on_subscribed, a);
}

/* ---- the rest ---- */

static int send_record(struct comm *c, struct ask *a, const char *topic, size_t len)
{
	static const char value[70 * 1024];
	const struct comm_header header = { "h", "x", 1 };
	struct comm_record r = COMM_RECORD_INIT;

	r.value = value;
	r.value_len = len;
	if (len % 2) {
		r.key = "k";
		r.key_len = 1;
		r.headers = &header;
		r.n_headers = 1;
		r.partition = 1;
	}
	return comm_send_async(c, topic, &r, on_sent, a);
}

static int start(struct comm *c, struct ask *a)
{
	static const struct comm_setting setting = { "retention.ms", "1" };
	static const struct comm_position position = { "t", -1, 5 };
	const struct comm_reset reset = { .positions = &position, .n_positions = 1 };

	switch (a->kind) {
	case 0:
		return comm_ping_async(c, on_ping, a);
	case 1:
		return comm_list_topics_async(c, NULL, on_topics, a);
	case 2:
		return comm_create_topic_async(c, "t", 1, 1, &setting, 1, end, a);
	case 3:
		return comm_delete_topic_async(c, "t", end, a);
	case 4:
		return comm_describe_topic_async(c, "t", on_description, a);
	case 5:
		return comm_add_partitions_async(c, "t", 3, end, a);
	case 6:
		return comm_alter_topic_async(c, "t", &setting, 1, end, a);
	case 7:
		return comm_offsets_async(c, "t", -1, on_offsets, a);
	case 8:
		return comm_list_groups_async(c, on_groups, a);
	case 9:
		return comm_describe_group_async(c, "g", on_group, a);
	case 10:
		return comm_reset_group_async(c, "g", &reset, on_positions, a);
	case 11:
		return comm_delete_group_async(c, "g", end, a);
	case 12:
		return comm_status_async(c, on_status, a);
	case 13:
	case 14:
	case 15:
		return subscribe(c, a);
	case 22:
		return send_record(c, a, "t", 5);
	case 23:
		return send_record(c, a, "t", 20 * 1024);
	case 24:
		return send_record(c, a, "u", 70 * 1024);
	default:
		return start_with_subscription(a);
	}
}

void asks_start(struct comm *c, unsigned int kind)
{
	struct ask *a;

	MUST(all.n_asks < ASKS_MAX);
	a = &all.asks[all.n_asks++];
	*a = (struct ask){ .kind = kind % ASK_N_KINDS };
	handle = c;
	all.n_open++;
	/* What was not taken is not called back. */
	if (start(c, a)) {
		all.n_open--;
		a->has_ended = true;
	}
}
