#include "daemon/spread.h"

#include <limits.h>
#include <string.h>

#include "tests/lib/main.h"

#define PARTITIONS_MAX 5
#define READERS_MAX    3
#define TOPICS         2

/* How uneven, and how many partitions have gone from one reader to another. */
struct quality {
	int unevenness; /* sum of the squares of the readers' numbers; INT_MAX: not allowed */
	int moves;
};

static struct quality judge(const struct spread *s, const int *before, const int *after)
{
	struct quality q = { 0, 0 };
	int loads[READERS_MAX] = { 0 };

	for (size_t p = 0; p < s->n_partitions; p++) {
		bool is_wanted = false;

		for (size_t r = 0; r < s->n_readers; r++)
			is_wanted |= s->subscribed[r * s->n_topics + s->topics[p]];
		if (after[p] == SPREAD_NONE
			    ? is_wanted
			    : !s->subscribed[(size_t)after[p] * s->n_topics + s->topics[p]]) {
			q.unevenness = INT_MAX;
			return q;
		}
		if (after[p] != SPREAD_NONE)
			loads[after[p]]++;
		q.moves += before[p] != SPREAD_NONE && before[p] != after[p];
	}
	for (size_t r = 0; r < s->n_readers; r++)
		q.unevenness += loads[r] * loads[r];
	return q;
}

/* Count @owners on, each from SPREAD_NONE to n_readers - 1. Returns whether there is another. */
static bool next_owners(int *owners, size_t n_partitions, size_t n_readers)
{
	for (size_t p = 0; p < n_partitions; p++) {
		if (++owners[p] < (int)n_readers)
			return true;
		owners[p] = SPREAD_NONE;
	}
	return false;
}

static struct quality find_best(const struct spread *s, const int *before)
{
	struct quality best = { INT_MAX, INT_MAX };
	int owners[PARTITIONS_MAX];

	for (size_t p = 0; p < s->n_partitions; p++)
		owners[p] = SPREAD_NONE;
	do {
		struct quality q = judge(s, before, owners);

		if (q.unevenness < best.unevenness ||
		    (q.unevenness == best.unevenness && q.moves < best.moves))
			best = q;
	} while (next_owners(owners, s->n_partitions, s->n_readers));
	return best;
}

/*
 * From every distribution there can be, to the most even one, with as few moves as possible or
 * @n_more on top; what is even already stays as it is.
 */
static void check_all(struct spread *s, int n_more)
{
	int before[PARTITIONS_MAX], after[PARTITIONS_MAX];

	for (size_t p = 0; p < s->n_partitions; p++)
		before[p] = SPREAD_NONE;
	do {
		struct quality got, best = find_best(s, before);

		memcpy(after, before, sizeof after);
		s->owners = after;
		ck_assert_int_eq(spread_evenly(s), 0);
		got = judge(s, before, after);
		ck_assert_int_eq(got.unevenness, best.unevenness);
		ck_assert_int_le(got.moves, best.moves + n_more);
		if (judge(s, before, before).unevenness == best.unevenness)
			ck_assert_mem_eq(after, before, s->n_partitions * sizeof *after);
	} while (next_owners(before, s->n_partitions, s->n_readers));
}

START_TEST(test_everyone_subscribed)
{
	static const size_t topics[PARTITIONS_MAX];
	static const bool subscribed[READERS_MAX] = { true, true, true };
	struct spread s = { .n_topics = 1, .topics = topics, .subscribed = subscribed };

	for (s.n_partitions = 0; s.n_partitions <= PARTITIONS_MAX; s.n_partitions++)
		for (s.n_readers = 0; s.n_readers <= READERS_MAX; s.n_readers++)
			check_all(&s, 0);
}
END_TEST

START_TEST(test_every_subscription)
{
	static const size_t topics[PARTITIONS_MAX - 1] = { 0, 0, 1, 1 };
	bool subscribed[READERS_MAX * TOPICS];
	struct spread s = { .n_readers = READERS_MAX,
			    .n_topics = TOPICS,
			    .n_partitions = ARRAY_SIZE(topics),
			    .topics = topics,
			    .subscribed = subscribed };

	for (unsigned bits = 0; bits < 1u << ARRAY_SIZE(subscribed); bits++) {
		for (size_t i = 0; i < ARRAY_SIZE(subscribed); i++)
			subscribed[i] = bits >> i & 1;
		check_all(&s, 1);
	}
}
END_TEST

/* Three readers in a row, of which only neighbours share a topic: 0 gives to 1 so that 1 can give to 2. */
START_TEST(test_over_a_reader_in_between)
{
	static const size_t topics[] = { 0, 0, 0, 1, 1 };
	static const bool subscribed[] = { true, false, true, true, false, true };
	int owners[] = { 0, 0, 0, 1, 1 };
	int loads[READERS_MAX] = { 0 };
	struct spread s = { .n_readers = 3,
			    .n_topics = 2,
			    .n_partitions = ARRAY_SIZE(topics),
			    .topics = topics,
			    .subscribed = subscribed,
			    .owners = owners };

	ck_assert_int_eq(spread_evenly(&s), 0);
	for (size_t p = 0; p < ARRAY_SIZE(owners); p++)
		loads[owners[p]]++;
	ck_assert_int_eq(loads[0], 2);
	ck_assert_int_eq(loads[1] + loads[2], 3);
	ck_assert_int_ge(loads[2], 1);
}
END_TEST

/* A newcomer takes its share and no more; when it leaves, only its share moves. */
START_TEST(test_many_come_and_go)
{
	enum { N = 100, READERS = 7 };
	static size_t topics[N];
	static bool subscribed[READERS];
	int owners[N], before[N];
	struct spread s = { .n_topics = 1,
			    .n_partitions = N,
			    .topics = topics,
			    .subscribed = subscribed,
			    .owners = owners };

	for (size_t p = 0; p < N; p++)
		owners[p] = SPREAD_NONE;
	for (s.n_readers = 1; s.n_readers <= READERS; s.n_readers++) {
		subscribed[s.n_readers - 1] = true;
		memcpy(before, owners, sizeof before);
		ck_assert_int_eq(spread_evenly(&s), 0);
		for (size_t p = 0; p < N; p++)
			ck_assert(before[p] == SPREAD_NONE || owners[p] == before[p] ||
				  owners[p] == (int)s.n_readers - 1);
	}
	s.n_readers = READERS;
	subscribed[2] = false;
	memcpy(before, owners, sizeof before);
	ck_assert_int_eq(spread_evenly(&s), 0);
	for (size_t p = 0; p < N; p++)
		ck_assert(before[p] == 2 ? owners[p] != 2 : owners[p] == before[p]);
}
END_TEST

TEST_MAIN("spread", test_everyone_subscribed, test_every_subscription,
	  test_over_a_reader_in_between, test_many_come_and_go)
