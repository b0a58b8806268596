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
static struct kafka_hold hold_of(struct comm_wire_received records[N],
				 struct comm_wire_length lengths[N])
{
	const struct comm_wire_received with_large = { .value = { large, sizeof large } };
	const struct comm_wire_received with_small = { .value = { small, sizeof small } };
	const struct comm_wire_received tombstone = { .offset = 3 };
	struct kafka_hold h = { .records = records,
				.lengths = lengths,
				.n_records = N,
				.capacity = N,
				.n_batches = 1 };

	memset(large, 'l', sizeof large);
	records[0] = with_large;
	records[1] = with_small;
	records[2] = with_large;
	records[3] = tombstone;
	return h;
}

START_TEST(large_ones_go_one_behind_the_other)
{
	struct comm_wire_received records[N];
	struct comm_wire_length lengths[N];
	struct kafka_hold h = hold_of(records, lengths);
	char memory[2 * sizeof large] = { 0 };
	struct comm_list list;

	ck_assert_uint_eq(kafka_hold_shareable(&h), 2 * sizeof large);
	list = kafka_hold_share(&h, memory, sizeof memory);
	ck_assert_uint_eq(list.n, N);
	ck_assert_ptr_eq(list.items, lengths);
	ck_assert_int_eq(lengths[0].bytes, sizeof large);
	ck_assert_int_eq(lengths[1].bytes, -1);
	ck_assert_int_eq(lengths[2].bytes, sizeof large);
	ck_assert_int_eq(lengths[3].bytes, -1);
	ck_assert_ptr_null(records[0].value.data);
	ck_assert_ptr_eq(records[1].value.data, small);
	ck_assert_ptr_null(records[2].value.data);
	ck_assert_mem_eq(memory, large, sizeof large);
	ck_assert_mem_eq(memory + sizeof large, large, sizeof large);
}
END_TEST

START_TEST(what_finds_no_room_stays)
{
	struct comm_wire_received records[N];
	struct comm_wire_length lengths[N];
	struct kafka_hold h = hold_of(records, lengths);
	char memory[2 * sizeof large] = { 0 };
	struct comm_list list;

	list = kafka_hold_share(&h, memory, sizeof memory - 1);
	ck_assert_uint_eq(list.n, N);
	ck_assert_int_eq(lengths[0].bytes, sizeof large);
	ck_assert_int_eq(lengths[2].bytes, -1);
	ck_assert_ptr_eq(records[2].value.data, large);
	ck_assert_int_eq(memory[sizeof large], 0);
}
END_TEST

/* With their lengths the answer would have more values than one may have. */
START_TEST(nothing_is_shared_that_an_answer_cannot_tell)
{
	struct comm_wire_received records[N];
	struct comm_wire_length lengths[N];
	struct kafka_hold h = hold_of(records, lengths);

	h.n_objects = COMM_OBJECTS_MAX - N;
	ck_assert_uint_eq(kafka_hold_shareable(&h), 0);
}
END_TEST

TEST_MAIN("kafka_hold", large_ones_go_one_behind_the_other, what_finds_no_room_stays,
	  nothing_is_shared_that_an_answer_cannot_tell)
