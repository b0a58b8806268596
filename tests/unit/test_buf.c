#include "proto/buf.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "tests/lib/main.h"

#define TOO_MUCH (SIZE_MAX / 2)

static void expect(const struct comm_buf *b, const char *text)
{
	ck_assert_uint_eq(b->len, strlen(text));
	if (b->len)
		ck_assert_mem_eq(comm_buf_bytes(b), text, b->len);
}

START_TEST(bytes_come_out_as_they_went_in)
{
	struct comm_buf b;

	comm_buf_init(&b);
	expect(&b, "");
	comm_buf_push(&b, "one ", 4);
	comm_buf_push(&b, "two ", 4);
	expect(&b, "one two ");
	comm_buf_pop(&b, 4);
	comm_buf_push(&b, "three", 5);
	expect(&b, "two three");
	comm_buf_pop(&b, 9);
	expect(&b, "");
	ck_assert(!comm_buf_failed(&b));
	comm_buf_fini(&b);
}
END_TEST

START_TEST(pushing_nothing_is_allowed)
{
	struct comm_buf b;

	comm_buf_init(&b);
	ck_assert_ptr_null(comm_buf_bytes(&b));
	comm_buf_pop(&b, 0);
	comm_buf_push(&b, NULL, 0);
	expect(&b, "");
	ck_assert(!comm_buf_failed(&b));
	comm_buf_fini(&b);
	comm_buf_fini(&b);
}
END_TEST

START_TEST(any_amount_fits)
{
	struct comm_buf b;
	size_t n_pushed = 0, n_popped = 0;

	comm_buf_init(&b);
	for (size_t len = 1; len < 5000; len = len * 3 / 2 + 1) {
		for (size_t i = 0; i < len; i++) {
			unsigned char c = (unsigned char)(n_pushed++ * 7);

			comm_buf_push(&b, &c, 1);
		}
		for (size_t i = 0; i < len / 2; i++) {
			ck_assert_uint_eq((unsigned char)*comm_buf_bytes(&b),
					  (unsigned char)(n_popped++ * 7));
			comm_buf_pop(&b, 1);
		}
		ck_assert_uint_eq(b.len, n_pushed - n_popped);
	}
	for (size_t i = 0; i < b.len; i++)
		ck_assert_uint_eq((unsigned char)comm_buf_bytes(&b)[i],
				  (unsigned char)((n_popped + i) * 7));
	comm_buf_fini(&b);
}
END_TEST

START_TEST(a_stream_needs_no_more_than_what_is_in_flight)
{
	static const char piece[300];
	struct comm_buf b;

	comm_buf_init(&b);
	comm_buf_push(&b, piece, sizeof piece);
	for (int i = 0; i < 10000; i++) {
		comm_buf_push(&b, piece, sizeof piece);
		comm_buf_pop(&b, sizeof piece);
	}
	ck_assert_uint_eq(b.len, sizeof piece);
	ck_assert_uint_le(b.capacity, 8 * sizeof piece);
	comm_buf_fini(&b);
}
END_TEST

START_TEST(room_is_filled_in_place)
{
	struct comm_buf b;
	char *room;

	comm_buf_init(&b);
	ck_assert_int_eq(comm_buf_reserve(&b, 0, &room), 0);
	ck_assert_ptr_nonnull(room);
	comm_buf_push(&b, "ab", 2);
	comm_buf_pop(&b, 1);
	ck_assert_int_eq(comm_buf_reserve(&b, 70000, &room), 0);
	memset(room, 'c', 70000);
	expect(&b, "b");
	comm_buf_grew(&b, 2);
	expect(&b, "bcc");
	comm_buf_fini(&b);
}
END_TEST

START_TEST(without_memory_nothing_changes)
{
	struct comm_buf b;
	char *room;

	comm_buf_init(&b);
	comm_buf_push(&b, "abc", 3);
	comm_buf_pop(&b, 1);
	ck_assert_int_eq(comm_buf_reserve(&b, TOO_MUCH, &room), -ENOMEM);
	ck_assert_int_eq(comm_buf_reserve(&b, SIZE_MAX, &room), -ENOMEM);
	ck_assert(!comm_buf_failed(&b));
	expect(&b, "bc");
	comm_buf_fini(&b);
}
END_TEST

START_TEST(failure_sticks_until_truncated)
{
	struct comm_buf b;

	comm_buf_init(&b);
	comm_buf_push(&b, "kept", 4);
	comm_buf_push(&b, "half", 4);
	comm_buf_push(&b, "x", TOO_MUCH);
	ck_assert(comm_buf_failed(&b));
	comm_buf_push(&b, "more", 4);
	expect(&b, "kepthalf");
	comm_buf_truncate(&b, 4);
	ck_assert(!comm_buf_failed(&b));
	expect(&b, "kept");
	comm_buf_push(&b, "!", 1);
	expect(&b, "kept!");
	comm_buf_fini(&b);
}
END_TEST

START_TEST(an_empty_buffer_gives_memory_back)
{
	static const char piece[4096];
	struct comm_buf b;

	comm_buf_init(&b);
	comm_buf_push(&b, piece, sizeof piece);
	comm_buf_shrink(&b, 1024);
	ck_assert_uint_eq(b.len, sizeof piece);
	comm_buf_pop(&b, sizeof piece);
	comm_buf_shrink(&b, sizeof piece);
	ck_assert_uint_eq(b.capacity, sizeof piece);
	comm_buf_shrink(&b, 1024);
	ck_assert_uint_eq(b.capacity, 0);
	comm_buf_push(&b, "again", 5);
	expect(&b, "again");
	comm_buf_fini(&b);
}
END_TEST

START_TEST(what_is_expected_fits_and_no_more)
{
	struct comm_buf b;

	comm_buf_init(&b);
	comm_buf_push(&b, "xab", 3);
	comm_buf_pop(&b, 1);
	ck_assert_int_eq(comm_buf_expect(&b, 3000), 0);
	ck_assert_uint_eq(b.capacity, 3000);
	ck_assert(!b.is_mapped);
	ck_assert_int_eq(comm_buf_expect(&b, 33000), 0);
	ck_assert_uint_eq(b.capacity, 36864);
	ck_assert(b.is_mapped);
	expect(&b, "ab");
	ck_assert_int_eq(comm_buf_expect(&b, 10), 0);
	ck_assert_uint_eq(b.capacity, 36864);
	comm_buf_fini(&b);
}
END_TEST

START_TEST(what_is_mapped_grows_as_well)
{
	static char zeros[200000];
	struct comm_buf b;

	comm_buf_init(&b);
	ck_assert_int_eq(comm_buf_expect(&b, 8000), 0);
	comm_buf_push(&b, "xab", 3);
	comm_buf_pop(&b, 1);
	comm_buf_push(&b, zeros, sizeof zeros);
	ck_assert(!comm_buf_failed(&b));
	ck_assert(!memcmp(comm_buf_bytes(&b), "ab", 3));
	comm_buf_pop(&b, 2);
	ck_assert(!memcmp(comm_buf_bytes(&b), zeros, sizeof zeros));
	comm_buf_pop(&b, b.len);
	comm_buf_shrink(&b, 1024);
	ck_assert_uint_eq(b.capacity, 0);
	comm_buf_push(&b, "again", 5);
	ck_assert(!b.is_mapped);
	expect(&b, "again");
	comm_buf_fini(&b);
}
END_TEST

TEST_MAIN("buf", bytes_come_out_as_they_went_in, pushing_nothing_is_allowed, any_amount_fits,
	  a_stream_needs_no_more_than_what_is_in_flight, room_is_filled_in_place,
	  without_memory_nothing_changes, failure_sticks_until_truncated,
	  an_empty_buffer_gives_memory_back, what_is_expected_fits_and_no_more,
	  what_is_mapped_grows_as_well)
