#include <stdio.h>
#include <string.h>

#include "daemon/discards.h"
#include "proto/utf8.h"
#include "tests/lib/main.h"
#include "tests/lib/memory.h"

static struct discards discards;

static struct discard_kind kind_of(const char *topic, int32_t reason)
{
	return (struct discard_kind){ .profile = "default",
				      .topic = topic,
				      .client = "billing",
				      .pid = 4711,
				      .uid = 1000,
				      .reason = reason };
}

static struct discard *add(const struct discard_kind *k, int64_t now_ms)
{
	return discards_add(&discards, k, now_ms);
}

START_TEST(records_of_one_kind_share_a_row)
{
	struct discard_kind k = kind_of("t", 29);
	const struct discard *row;

	discards_init(&discards);
	row = add(&k, 1000);
	ck_assert_ptr_nonnull(row);
	ck_assert_ptr_null(add(&k, 1500));
	ck_assert_ptr_null(add(&k, 2000));
	ck_assert_uint_eq(discards.n_rows, 1);
	ck_assert_int_eq(row->n, 3);
	ck_assert_int_eq(row->first_ms, 1000);
	ck_assert_int_eq(row->last_ms, 2000);
	ck_assert_str_eq(row->profile, "default");
	ck_assert_str_eq(row->topic, "t");
	ck_assert_str_eq(row->client, "billing");
	ck_assert_int_eq(row->pid, 4711);
	ck_assert_uint_eq(row->uid, 1000);
	ck_assert(!row->maybe_persisted);
	ck_assert_int_eq(discards.n_records, 3);
	discards_fini(&discards);
}
END_TEST

START_TEST(whatever_differs_makes_another_row)
{
	struct discard_kind kinds[8];

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		kinds[i] = kind_of("t", 29);
	kinds[1].profile = "other";
	kinds[2].topic = "u";
	kinds[3].client = "audit";
	kinds[4].pid++;
	kinds[5].uid++;
	kinds[6].reason++;
	kinds[7].maybe_persisted = true;
	discards_init(&discards);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		ck_assert_ptr_nonnull(add(&kinds[i], 1));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		ck_assert_ptr_null(add(&kinds[i], 2));
	ck_assert_uint_eq(discards.n_rows, ARRAY_SIZE(kinds));
	ck_assert_int_eq(discards.n_evicted, 0);
	discards_fini(&discards);
}
END_TEST

START_TEST(the_row_least_recently_added_to_gives_way)
{
	struct discard_kind k;
	const struct discard *row;
	size_t n = 0;

	discards_init(&discards);
	for (int i = 0; i < DISCARDS_MAX; i++) {
		k = kind_of("t", i);
		ck_assert_ptr_nonnull(add(&k, i));
	}
	/* The first is the last now, so that the second is the one to go. */
	k = kind_of("t", 0);
	ck_assert_ptr_null(add(&k, 100));
	k = kind_of("t", DISCARDS_MAX);
	ck_assert_ptr_nonnull(add(&k, 101));
	ck_assert_int_eq(discards.n_evicted, 1);
	ck_assert_uint_eq(discards.n_rows, DISCARDS_MAX);
	ck_assert_int_eq(discards.n_records, DISCARDS_MAX + 2);
	TAILQ_FOREACH(row, &discards.rows, entry) {
		ck_assert_int_ne(row->reason, 1);
		n++;
	}
	ck_assert_uint_eq(n, DISCARDS_MAX);
	ck_assert_int_eq(TAILQ_FIRST(&discards.rows)->reason, 2);
	discards_fini(&discards);
}
END_TEST

/* Of the kinds from @first on, @n of them, one record each. Returns how many rows are news. */
static int add_kinds(int first, int n, int64_t now_ms)
{
	int n_news = 0;

	for (int i = first; i < first + n; i++) {
		struct discard_kind k = kind_of("t", i);
		const struct discard *row = add(&k, now_ms);

		n_news += row && !row->is_again;
	}
	return n_news;
}

/* Fifty processes, each with two topics, of which records were not sent or may have been sent. */
START_TEST(an_outage_of_many_processes_has_room)
{
	discards_init(&discards);
	ck_assert_int_eq(add_kinds(0, 200, 1000), 200);
	for (int round = 0; round < 10; round++)
		ck_assert_int_eq(add_kinds(0, 200, 1001), 0);
	ck_assert_int_eq(discards.n_evicted, 0);
	ck_assert_int_eq(TAILQ_FIRST(&discards.rows)->n, 11);
	discards_fini(&discards);
}
END_TEST

/* More kinds than rows, in turns: the worst for rows of which the oldest gives way. */
START_TEST(who_comes_back_goes_on_and_is_no_news)
{
	const struct discard *row;

	discards_init(&discards);
	ck_assert_int_eq(add_kinds(0, 2 * DISCARDS_MAX, 1000), 2 * DISCARDS_MAX);
	for (int round = 1; round < 5; round++)
		ck_assert_int_eq(add_kinds(0, 2 * DISCARDS_MAX, 1000 + round), 0);
	ck_assert_int_gt(discards.n_evicted, DISCARDS_MAX);
	TAILQ_FOREACH(row, &discards.rows, entry) {
		ck_assert_int_eq(row->n, 5);
		ck_assert_int_eq(row->first_ms, 1000);
		ck_assert_int_eq(row->last_ms, 1004);
		/* It is for the caller to explain again. */
		ck_assert_str_eq(row->message, "");
	}
	discards_fini(&discards);
}
END_TEST

START_TEST(after_a_minute_it_is_news_again)
{
	discards_init(&discards);
	(void)add_kinds(0, DISCARDS_MAX + 2, 1000);
	ck_assert_int_eq(add_kinds(0, 1, 1000 + DISCARD_AGAIN_MS - 1), 0);
	ck_assert_int_eq(add_kinds(1, 1, 1000 + DISCARD_AGAIN_MS), 1);
	ck_assert_int_eq(TAILQ_LAST(&discards.rows, discard_list)->n, 2);
	ck_assert_int_eq(TAILQ_LAST(&discards.rows, discard_list)->first_ms, 1000);
	discards_fini(&discards);
}
END_TEST

START_TEST(without_memory_there_are_fewer_rows)
{
	struct discard_kind k = kind_of("t", 1), other = kind_of("u", 1);
	const struct discard *row;

	discards_init(&discards);
	memory_fail(1);
	ck_assert_ptr_null(add(&k, 1));
	ck_assert(memory_recover());
	ck_assert_int_eq(discards.n_records, 1);
	ck_assert_ptr_nonnull(add(&k, 2));
	memory_fail(1);
	row = add(&other, 3);
	ck_assert(memory_recover());
	ck_assert_ptr_nonnull(row);
	ck_assert_str_eq(row->topic, "u");
	ck_assert_uint_eq(discards.n_rows, 1);
	ck_assert_int_eq(discards.n_evicted, 1);
	discards_fini(&discards);
}
END_TEST

START_TEST(a_long_sentence_is_cut_between_characters)
{
	struct discard_kind k = kind_of("t", 1);
	struct discard *row;
	char message[DISCARD_MESSAGE_MAX + 4];

	discards_init(&discards);
	row = add(&k, 1);
	discard_explain(row, 12, "why");
	ck_assert_str_eq(row->message, "why");
	ck_assert_int_eq(row->code, 12);
	memset(message, 'x', sizeof message);
	(void)snprintf(message + DISCARD_MESSAGE_MAX - 2, 5, "\xc3\xa9xx");
	discard_explain(row, 12, message);
	ck_assert_uint_eq(strlen(row->message), DISCARD_MESSAGE_MAX - 2);
	ck_assert(comm_utf8_is_valid(comm_bytes_of(row->message)));
	discards_fini(&discards);
}
END_TEST

TEST_MAIN("discards", records_of_one_kind_share_a_row, whatever_differs_makes_another_row,
	  the_row_least_recently_added_to_gives_way, an_outage_of_many_processes_has_room,
	  who_comes_back_goes_on_and_is_no_news, after_a_minute_it_is_news_again,
	  without_memory_there_are_fewer_rows, a_long_sentence_is_cut_between_characters)
