#include <stdio.h>
#include <string.h>

#include "daemon/discards.h"
#include "proto/utf8.h"
#include "tests/lib/main.h"

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
	/* Who comes back begins anew, in the place of the next. */
	k = kind_of("t", 1);
	row = add(&k, 102);
	ck_assert_ptr_nonnull(row);
	ck_assert_int_eq(row->n, 1);
	ck_assert_int_eq(row->first_ms, 102);
	ck_assert_str_eq(row->message, "");
	ck_assert_int_eq(TAILQ_FIRST(&discards.rows)->reason, 3);
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
}
END_TEST

TEST_MAIN("discards", records_of_one_kind_share_a_row, whatever_differs_makes_another_row,
	  the_row_least_recently_added_to_gives_way, a_long_sentence_is_cut_between_characters)
