#include "daemon/sender.h"
#include "tests/lib/main.h"

static int n_released;

static void on_released(struct senders *all)
{
	(void)all;
	n_released++;
}

START_TEST(a_sender_stays_until_its_last_batch_has_gone)
{
	struct charge a, b;
	struct senders all;
	struct sender *s;

	senders_init(&all, on_released);
	s = sender_new(&all, 4711, 1000, "billing", "default", NULL);
	charge_init(&a, s, 100);
	charge_init(&b, s, 50);
	ck_assert_uint_eq(sender_inflight_bytes(s), 150);
	sender_disconnect(s);
	charge_fini(&a);
	ck_assert_int_eq(n_released, 1);
	ck_assert_int_eq(all.inflight_bytes, 50);
	ck_assert_ptr_eq(LIST_FIRST(&all.all), s);
	ck_assert(!s->is_connected);
	ck_assert_str_eq(s->name, "billing");
	ck_assert_str_eq(s->profile, "default");
	charge_fini(&b);
	charge_fini(&b);
	ck_assert_int_eq(n_released, 2);
	ck_assert_int_eq(all.inflight_bytes, 0);
	ck_assert(LIST_EMPTY(&all.all));
}
END_TEST

/* Else a client had twice the credit for changing its profile. */
START_TEST(a_connection_has_one_credit_for_all_profiles)
{
	struct sender *first, *second, *third;
	struct charge a, b;
	struct senders all;

	senders_init(&all, on_released);
	first = sender_new(&all, 1, 2, "c", "one", NULL);
	charge_init(&a, first, 100);
	second = sender_new(&all, 1, 2, "c", "two", first);
	sender_disconnect(first);
	ck_assert_uint_eq(sender_inflight_bytes(second), 100);
	charge_init(&b, second, 10);
	third = sender_new(&all, 1, 2, "c", "three", second);
	sender_disconnect(second);
	ck_assert_uint_eq(sender_inflight_bytes(third), 110);
	charge_fini(&b);
	charge_fini(&a);
	ck_assert_uint_eq(sender_inflight_bytes(third), 0);
	sender_disconnect(third);
	ck_assert(LIST_EMPTY(&all.all));
}
END_TEST

START_TEST(nobody_has_nothing_in_flight)
{
	struct charge none = { 0 };

	ck_assert_uint_eq(sender_inflight_bytes(NULL), 0);
	sender_disconnect(NULL);
	charge_fini(&none);
}
END_TEST

TEST_MAIN("sender", a_sender_stays_until_its_last_batch_has_gone,
	  a_connection_has_one_credit_for_all_profiles, nobody_has_nothing_in_flight)
