#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/main.h"
#include "tests/unit/kafka_receiver.h"

/*
 * Readers of one group come and go, fetch and acknowledge in a random order, the same each time.
 * Whatever they do, no record is passed over and none that was acknowledged comes again.
 */

#define PARTITIONS 6
#define READERS    5
#define STEPS      3000
#define SENT_MAX   2000

static const struct comm_wire_topic_ref topic_t = { { "t", 1 }, COMM_NONE, COMM_NONE };

struct member {
	struct receiver receiver;
	int64_t next[PARTITIONS]; /* offset behind the last received; 0: none */
};

struct churn {
	struct world world;
	unsigned long seed;
	struct member members[READERS];
	int sent[PARTITIONS];
	int64_t seen[PARTITIONS];  /* everything before has been received by somebody */
	int64_t acked[PARTITIONS]; /* everything before has been acknowledged */
};

static unsigned draw(struct churn *c, unsigned n)
{
	c->seed = c->seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(c->seed >> 33) % n;
}

static void join(struct churn *c, struct member *m)
{
	memset(m->next, 0, sizeof m->next);
	receiver_open(&m->receiver, &c->world, c->world.client, receiver_options("g", &topic_t, 1));
	ck_assert_ptr_nonnull(m->receiver.reader);
}

static void leave(struct member *m)
{
	receiver_close(&m->receiver);
	m->receiver.reader = NULL;
}

/* Returns how many there were. */
static size_t fetch(struct churn *c, struct member *m)
{
	struct receiver *w = &m->receiver;
	size_t n = receiver_fetch(w, 1 + draw(c, 40), draw(c, 3) ? 1024 * 1024 : 10 + draw(c, 60));

	ck_assert_msg(!w->why.code, "%s", w->why.message);
	for (size_t i = 0; i < w->n_got; i++) {
		const struct got *g = &w->got[i];

		ck_assert_int_eq(atoi(g->value), (int)g->offset);
		ck_assert_int_le(g->offset, c->seen[g->partition]);
		ck_assert_int_ge(g->offset, c->acked[g->partition]);
		if (g->offset == c->seen[g->partition])
			c->seen[g->partition]++;
		m->next[g->partition] = g->offset + 1;
	}
	receiver_forget(w);
	return n;
}

/* Up to where it has got, or a little less; it may have lost the partition meanwhile. */
static void acknowledge(struct churn *c, struct member *m)
{
	for (int p = 0; p < PARTITIONS; p++) {
		struct comm_wire_position position = { comm_bytes_of("t"), p, m->next[p] };

		if (!m->next[p] || !draw(c, 3))
			continue;
		if (!draw(c, 3))
			position.offset--;
		if (kafka_reader_ack(m->receiver.reader, &position))
			m->next[p] = 0;
		else if (position.offset > c->acked[p])
			c->acked[p] = position.offset;
	}
}

static void fill(struct churn *c, int p, int n)
{
	if (c->sent[p] + n > SENT_MAX)
		return;
	receiver_fill(&c->world, "t", p, c->sent[p], n);
	c->sent[p] += n;
}

static void step(struct churn *c)
{
	struct member *m = &c->members[draw(c, READERS)];

	switch (draw(c, 12)) {
	case 0:
		if (m->receiver.reader)
			leave(m);
		else
			join(c, m);
		break;
	case 1:
		fill(c, (int)draw(c, PARTITIONS), 1 + (int)draw(c, 60));
		break;
	case 2:
	case 3:
	case 4:
		if (m->receiver.reader)
			acknowledge(c, m);
		break;
	case 5:
		(void)uv_run(&c->world.loop, UV_RUN_NOWAIT);
		break;
	default:
		if (m->receiver.reader)
			(void)fetch(c, m);
	}
}

static bool is_all_seen(const struct churn *c)
{
	for (int p = 0; p < PARTITIONS; p++)
		if (c->seen[p] < c->sent[p])
			return false;
	return true;
}

/* One reader alone gets all that is left. */
static void finish(struct churn *c)
{
	struct member *m = &c->members[0];

	for (int i = 0; i < READERS; i++)
		if (c->members[i].receiver.reader)
			leave(&c->members[i]);
	join(c, m);
	while (!is_all_seen(c)) {
		m->receiver.n_ready = 0;
		if (!fetch(c, m) && !is_all_seen(c))
			receiver_await_ready(&m->receiver);
	}
	leave(m);
}

static void check_churn(unsigned long seed)
{
	struct churn c = { .seed = seed };

	receiver_world(&c.world, 4);
	world_create(&c.world, "t", PARTITIONS);
	fill(&c, 0, 5);
	/* From here on the group stays joined, for somebody always comes back in time. */
	join(&c, &c.members[0]);
	receiver_fetch(&c.members[0].receiver, 1, 0);
	receiver_await_ready(&c.members[0].receiver);
	for (int i = 0; i < STEPS; i++)
		step(&c);
	finish(&c);
	world_fini(&c.world);
}

START_TEST(test_churn_1)
{
	check_churn(1);
}
END_TEST

START_TEST(test_churn_2)
{
	check_churn(2);
}
END_TEST

TEST_MAIN("kafka_churn", test_churn_1, test_churn_2)
