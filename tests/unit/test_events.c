#include <stdio.h>
#include <string.h>

#include "daemon/events.h"
#include "proto/utf8.h"
#include "tests/lib/main.h"

static struct events events;

static struct event_kind kind_of(enum event event, const char *topic, int32_t partition)
{
	return (struct event_kind){
		.event = event,
		.profile = "default",
		.group = "billing",
		.topic = topic,
		.partition = partition,
	};
}

static const struct event_row *last_row(void)
{
	return TAILQ_LAST(&events.rows, event_list);
}

START_TEST(what_happens_again_shares_a_row)
{
	struct event_kind k = kind_of(EVENT_REVOKED, NULL, -1);
	const struct event_row *row;

	events_init(&events);
	events_add(&events, &k, 3, "the first", 1000);
	events_add(&events, &k, 4, "the second", 2000);
	row = last_row();
	ck_assert_uint_eq(events.n_rows, 1);
	ck_assert_int_eq(row->times, 2);
	ck_assert_int_eq(row->first_ms, 1000);
	ck_assert_int_eq(row->last_ms, 2000);
	ck_assert_str_eq(row->profile, "default");
	ck_assert_str_eq(row->group, "billing");
	ck_assert_str_eq(row->topic, "");
	ck_assert_int_eq(row->partition, -1);
	ck_assert_str_eq(row->message, "the second");
	ck_assert_str_eq(event_word(row->event), "revoked");
	ck_assert_int_eq(events.counts[EVENT_REVOKED], 7);
	ck_assert_int_eq(events.counts[EVENT_LOST], 0);
}
END_TEST

START_TEST(whatever_differs_makes_another_row)
{
	struct event_kind kinds[6];

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		kinds[i] = kind_of(EVENT_RESET, "t", 0);
	kinds[1].event = EVENT_REFUSED;
	kinds[2].profile = "other";
	kinds[3].group = NULL;
	kinds[4].topic = "u";
	kinds[5].partition = 1;
	events_init(&events);
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
			events_add(&events, &kinds[i], 1, "", round);
	ck_assert_uint_eq(events.n_rows, ARRAY_SIZE(kinds));
	ck_assert_int_eq(last_row()->times, 2);
	ck_assert_int_eq(events.n_evicted, 0);
	ck_assert_int_eq(events.counts[EVENT_RESET], 2 * (int64_t)ARRAY_SIZE(kinds) - 2);
}
END_TEST

START_TEST(the_row_least_recently_added_to_gives_way)
{
	struct event_kind k;

	events_init(&events);
	for (int i = 0; i < EVENTS_MAX; i++) {
		k = kind_of(EVENT_RESET, "t", i);
		events_add(&events, &k, 1, "", i);
	}
	/* The first is the last now, so that the second is the one to go. */
	k = kind_of(EVENT_RESET, "t", 0);
	events_add(&events, &k, 1, "", 100);
	k = kind_of(EVENT_RESET, "t", EVENTS_MAX);
	events_add(&events, &k, 1, "", 101);
	ck_assert_uint_eq(events.n_rows, EVENTS_MAX);
	ck_assert_int_eq(events.n_evicted, 1);
	ck_assert_int_eq(TAILQ_FIRST(&events.rows)->partition, 2);
	ck_assert_int_eq(events.counts[EVENT_RESET], EVENTS_MAX + 2);
	/* Who comes back begins anew. */
	k = kind_of(EVENT_RESET, "t", 1);
	events_add(&events, &k, 1, "", 102);
	ck_assert_int_eq(last_row()->times, 1);
	ck_assert_int_eq(last_row()->first_ms, 102);
	ck_assert_int_eq(events.n_evicted, 2);
}
END_TEST

START_TEST(a_long_sentence_is_cut_between_characters)
{
	struct event_kind k = kind_of(EVENT_FAILED, NULL, -1);
	char message[EVENT_MESSAGE_MAX + 4];

	events_init(&events);
	memset(message, 'x', sizeof message);
	(void)snprintf(message + EVENT_MESSAGE_MAX - 2, 5, "\xc3\xa9xx");
	events_add(&events, &k, 1, message, 1);
	ck_assert_uint_eq(strlen(last_row()->message), EVENT_MESSAGE_MAX - 2);
	ck_assert(comm_utf8_is_valid(comm_bytes_of(last_row()->message)));
}
END_TEST

TEST_MAIN("events", what_happens_again_shares_a_row, whatever_differs_makes_another_row,
	  the_row_least_recently_added_to_gives_way, a_long_sentence_is_cut_between_characters)
