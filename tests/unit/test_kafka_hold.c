/*
 * Which values of a haul go into shared memory.
 */
#include "daemon/kafka_hold.h"

#include <string.h>

#include "proto/limits.h"
#include "proto/util.h"
#include "tests/lib/main.h"

#define N 4

static char large[2000], small[100];

/* A haul of one topic, as it is when it has been listed. */
static struct kafka_hold hold_of(struct comm_wire_received records[N])
{
	struct kafka_hold h = { .records = records, .n_records = N, .capacity = N, .n_batches = 1 };

	return h;
}

static void fill(struct comm_wire_received records[N])
{
	const struct comm_wire_received with_large = { .value = { large, sizeof large } };
	const struct comm_wire_received with_small = { .value = { small, sizeof small } };
	const struct comm_wire_received tombstone = { .offset = 3 };

	memset(large, 'l', sizeof large);
	records[0] = with_large;
	records[1] = with_small;
	records[2] = with_large;
	records[3] = tombstone;
}

static void free_lengths(struct kafka_hold *h)
{
	h->records = NULL;
	h->n_records = 0;
	kafka_hold_fini(h);
}

START_TEST(large_ones_go_one_behind_the_other)
{
	struct comm_wire_received records[N];
	struct kafka_hold h;
	char memory[2 * sizeof large] = { 0 };
	const struct comm_wire_length *lengths;
	struct comm_list list;

	fill(records);
	h = hold_of(records);
	ck_assert_uint_eq(kafka_hold_shareable(&h), 2 * sizeof large);
	ck_assert_int_eq(kafka_hold_share(&h, memory, sizeof memory, &list), 0);
	ck_assert_uint_eq(list.n, N);
	lengths = list.items;
	ck_assert_int_eq(lengths[0].bytes, sizeof large);
	ck_assert_int_eq(lengths[1].bytes, -1);
	ck_assert_int_eq(lengths[2].bytes, sizeof large);
	ck_assert_int_eq(lengths[3].bytes, -1);
	ck_assert_ptr_null(records[0].value.data);
	ck_assert_ptr_eq(records[1].value.data, small);
	ck_assert_ptr_null(records[2].value.data);
	ck_assert_mem_eq(memory, large, sizeof large);
	ck_assert_mem_eq(memory + sizeof large, large, sizeof large);
	free_lengths(&h);
}
END_TEST

START_TEST(what_finds_no_room_stays)
{
	struct comm_wire_received records[N];
	struct kafka_hold h;
	char memory[2 * sizeof large] = { 0 };
	const struct comm_wire_length *lengths;
	struct comm_list list;

	fill(records);
	h = hold_of(records);
	ck_assert_int_eq(kafka_hold_share(&h, memory, sizeof memory - 1, &list), 0);
	lengths = list.items;
	ck_assert_int_eq(lengths[0].bytes, sizeof large);
	ck_assert_int_eq(lengths[2].bytes, -1);
	ck_assert_ptr_eq(records[2].value.data, large);
	ck_assert_int_eq(memory[sizeof large], 0);
	free_lengths(&h);
}
END_TEST

/* With their lengths the answer would have more values than one may have. */
START_TEST(nothing_is_shared_that_an_answer_cannot_tell)
{
	struct comm_wire_received records[N];
	struct kafka_hold h;

	fill(records);
	h = hold_of(records);
	h.n_objects = COMM_OBJECTS_MAX - N;
	ck_assert_uint_eq(kafka_hold_shareable(&h), 0);
}
END_TEST

TEST_MAIN("kafka_hold", large_ones_go_one_behind_the_other, what_finds_no_room_stays,
	  nothing_is_shared_that_an_answer_cannot_tell)
