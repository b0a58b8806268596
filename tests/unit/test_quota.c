#include "daemon/quota.h"

#include <stdio.h>
#include <string.h>

#include "daemon/config.h"
#include "tests/lib/main.h"
#include "tests/lib/memory.h"

/* The clock of a loop never says 0. */
#define NOW 100000

static struct config config;
static const struct config *valid;
static unsigned int max_connections;
static struct quotas all;
static int n_released;

static void on_released(struct quotas *q)
{
	(void)q;
	n_released++;
}

static void setup(void)
{
	valid = &config;
	max_connections = 100;
	n_released = 0;
	ck_assert_int_eq(config_init_defaults(&config), 0);
	quotas_init(&all, &valid, &max_connections, on_released);
}

static void teardown(void)
{
	quotas_fini(&all);
	config_fini(&config);
}

START_TEST(an_account_lives_while_something_is_charged)
{
	struct quota_charge a, b;
	struct quota_account *account;

	setup();
	ck_assert_ptr_null(quota_account_find(&all, 1000));
	account = quota_account_get(&all, 1000);
	quota_charge_init(&a, account, QUOTA_REQUESTS, 1);
	quota_charge_init(&b, account, QUOTA_HELD, 500);
	quota_account_unref(account);
	ck_assert_ptr_eq(quota_account_find(&all, 1000), account);
	ck_assert_uint_eq(quota_used(account, QUOTA_REQUESTS), 1);
	ck_assert_uint_eq(quota_used(account, QUOTA_HELD), 500);
	quota_charge_fini(&a);
	quota_charge_fini(&a);
	ck_assert_uint_eq(quota_used(account, QUOTA_REQUESTS), 0);
	quota_charge_fini(&b);
	ck_assert_ptr_null(quota_account_find(&all, 1000));
	teardown();
}
END_TEST

/* Returns how often there was none, once for each allocation that it takes. */
static int get_without_memory(uid_t uid, struct quota_account **ret)
{
	bool has_failed;
	int n = 0;

	do {
		ck_assert_ptr_null(quota_account_find(&all, uid));
		memory_fail(++n);
		*ret = quota_account_get(&all, uid);
		has_failed = memory_recover();
		ck_assert(has_failed == !*ret);
	} while (has_failed);
	return n - 1;
}

/* commd goes on, and so do the users that it knows. */
START_TEST(without_memory_there_is_no_account)
{
	struct quota_account *first, *a;

	setup();
	/* With the first of all there is a table to be made, too. */
	ck_assert_int_gt(get_without_memory(1000, &first), 2);
	ck_assert_int_gt(get_without_memory(1001, &a), 0);
	quota_account_unref(a);
	ck_assert_ptr_null(quota_account_find(&all, 1001));
	ck_assert_ptr_eq(quota_account_find(&all, 1000), first);
	quota_account_unref(first);
	teardown();
}
END_TEST

START_TEST(users_have_accounts_of_their_own)
{
	struct quota_account *a, *b;
	struct quota_charge of_a;

	setup();
	config.quota_requests = 1;
	a = quota_account_get(&all, 1);
	b = quota_account_get(&all, 2);
	ck_assert_ptr_ne(a, b);
	ck_assert_ptr_eq(a, quota_account_get(&all, 1));
	quota_account_unref(a);
	quota_charge_init(&of_a, a, QUOTA_REQUESTS, 1);
	ck_assert(quota_is_used_up(a, QUOTA_REQUESTS));
	ck_assert(!quota_is_used_up(b, QUOTA_REQUESTS));
	quota_charge_fini(&of_a);
	ck_assert(!quota_is_used_up(a, QUOTA_REQUESTS));
	quota_account_unref(a);
	quota_account_unref(b);
	teardown();
}
END_TEST

START_TEST(a_charge_may_be_nobodys)
{
	struct quota_charge c, none = { 0 };

	quota_charge_init(&c, NULL, QUOTA_HELD, 7);
	quota_charge_set(&c, 8);
	quota_charge_fini(&c);
	quota_charge_fini(&none);
}
END_TEST

START_TEST(who_waits_hears_of_less_and_not_of_more)
{
	struct quota_account *a;
	struct quota_charge c;

	setup();
	a = quota_account_get(&all, 1);
	quota_charge_init(&c, a, QUOTA_UNREAD, 10);
	quota_charge_set(&c, 5);
	ck_assert_int_eq(n_released, 0);
	a->n_waiting_all++;
	quota_charge_set(&c, 20);
	ck_assert_int_eq(n_released, 0);
	quota_charge_set(&c, 19);
	ck_assert_int_eq(n_released, 1);
	quota_charge_fini(&c);
	ck_assert_int_eq(n_released, 2);
	a->n_waiting_all--;
	quota_account_unref(a);
	teardown();
}
END_TEST

START_TEST(what_is_allowed_is_what_the_configuration_says_now)
{
	struct config other;
	struct quota_account *a;

	setup();
	ck_assert_int_eq(config_init_defaults(&other), 0);
	other.quota_subscriptions = 7;
	a = quota_account_get(&all, 1);
	ck_assert_uint_eq(quota_allowed(a, QUOTA_SUBSCRIPTIONS), 1024);
	valid = &other;
	ck_assert_uint_eq(quota_allowed(a, QUOTA_SUBSCRIPTIONS), 7);
	quota_account_unref(a);
	config_fini(&other);
	teardown();
}
END_TEST

START_TEST(a_quarter_of_all_connections_is_for_others)
{
	struct quota_account *a;

	setup();
	a = quota_account_get(&all, 1);
	ck_assert_uint_eq(quota_allowed(a, QUOTA_CONNECTIONS), 75);
	max_connections = 3;
	ck_assert_uint_eq(quota_allowed(a, QUOTA_CONNECTIONS), 3);
	max_connections = 100000;
	ck_assert_uint_eq(quota_allowed(a, QUOTA_CONNECTIONS), 3072);
	quota_account_unref(a);
	teardown();
}
END_TEST

START_TEST(and_of_all_consumers_if_there_are_some)
{
	struct quota_charge charge;
	struct quota_account *a;
	struct config few;
	char text[256];

	setup();
	a = quota_account_get(&all, 1);
	ck_assert_uint_eq(quota_allowed(a, QUOTA_CONSUMERS), 48);
	quota_charge_init(&charge, a, QUOTA_CONSUMERS, 48);
	ck_assert(quota_is_used_up(a, QUOTA_CONSUMERS));
	quota_explain(a, QUOTA_CONSUMERS, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "48 of 48"));
	ck_assert_ptr_nonnull(strstr(text, "raise consumers in [limits]"));

	ck_assert_int_eq(config_init_defaults(&few), 0);
	valid = &few;
	few.quota_consumers = 5;
	quota_explain(a, QUOTA_CONSUMERS, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "raise consumers in [quota]"));
	few.quota_consumers = 10000;
	few.limits_consumers = 1;
	ck_assert_uint_eq(quota_allowed(a, QUOTA_CONSUMERS), 10000);
	quota_charge_fini(&charge);
	quota_account_unref(a);
	config_fini(&few);
	teardown();
}
END_TEST

START_TEST(a_quarter_of_what_is_held_is_for_answers)
{
	struct quota_charge sends, unread, part;
	struct quota_account *a;

	setup();
	config.quota_held_bytes = 400;
	a = quota_account_get(&all, 1);
	quota_charge_init(&sends, a, QUOTA_HELD, 299);
	quota_charge_init(&unread, a, QUOTA_UNREAD, 0);
	quota_charge_init(&part, a, QUOTA_PARTIAL, 0);
	ck_assert(!quota_is_used_up(a, QUOTA_HELD));
	quota_charge_set(&sends, 300);
	ck_assert(quota_is_used_up(a, QUOTA_HELD));
	ck_assert(!quota_has_many_unread(a));
	quota_charge_set(&unread, 99);
	ck_assert(!quota_has_many_unread(a));
	quota_charge_set(&unread, 100);
	ck_assert(quota_has_many_unread(a));
	/* Where nobody sends they may have more. */
	quota_charge_set(&sends, 0);
	quota_charge_set(&unread, 399);
	ck_assert(!quota_has_many_unread(a));
	ck_assert(!quota_is_used_up(a, QUOTA_HELD));
	quota_charge_set(&part, 1);
	ck_assert(quota_has_many_unread(a));
	ck_assert(quota_is_used_up(a, QUOTA_HELD));
	quota_charge_fini(&sends);
	quota_charge_fini(&unread);
	quota_charge_fini(&part);
	quota_account_unref(a);
	teardown();
}
END_TEST

/*
 * Else each would wait for the others for ever. Which of them may become larger is for daemon/parts.h to
 * say.
 */
START_TEST(half_messages_alone_keep_nobody_waiting)
{
	struct quota_charge part, held;
	struct quota_account *a;

	setup();
	config.quota_held_bytes = 1000;
	a = quota_account_get(&all, 1);
	quota_charge_init(&part, a, QUOTA_PARTIAL, 1001);
	ck_assert(!quota_is_used_up(a, QUOTA_HELD));
	ck_assert(quota_has_many_parts(a));
	quota_charge_init(&held, a, QUOTA_HELD, 1);
	ck_assert(quota_is_used_up(a, QUOTA_HELD));
	quota_charge_fini(&part);
	ck_assert(!quota_is_used_up(a, QUOTA_HELD));
	ck_assert(!quota_has_many_parts(a));
	quota_charge_fini(&held);
	quota_account_unref(a);
	teardown();
}
END_TEST

START_TEST(a_bucket_holds_what_one_second_brings)
{
	struct quota_account *a;

	setup();
	config.quota_records_per_second = 100;
	a = quota_account_get(&all, 1);
	ck_assert(!quota_is_used_up(a, QUOTA_RECORDS));
	quota_take(a, 99, NOW);
	ck_assert(!quota_is_used_up(a, QUOTA_RECORDS));
	quota_take(a, 1, NOW);
	ck_assert(quota_is_used_up(a, QUOTA_RECORDS));
	ck_assert_uint_eq(quota_used(a, QUOTA_RECORDS), 100);
	ck_assert_uint_eq(quota_fill(a, NOW), 1);
	ck_assert_uint_eq(quota_fill(a, NOW + 1), 0);
	ck_assert(!quota_is_used_up(a, QUOTA_RECORDS));
	/* A request is taken as a whole, and paid for afterwards. */
	quota_take(a, 1000, NOW + 1);
	ck_assert(quota_is_used_up(a, QUOTA_RECORDS));
	ck_assert_uint_eq(quota_fill(a, NOW + 5000), 5001);
	ck_assert_uint_eq(quota_fill(a, NOW + 10000), 1);
	ck_assert_uint_eq(quota_fill(a, NOW + 10001), 0);
	/* However long nobody sends, it does not overflow. */
	(void)quota_fill(a, NOW + 100000);
	ck_assert_uint_eq(quota_used(a, QUOTA_RECORDS), 0);
	quota_take(a, 100, NOW + 100000);
	ck_assert(quota_is_used_up(a, QUOTA_RECORDS));
	quota_account_unref(a);
	teardown();
}
END_TEST

START_TEST(who_comes_back_has_not_a_new_bucket)
{
	struct quota_account *a;

	setup();
	config.quota_records_per_second = 100;
	a = quota_account_get(&all, 1);
	quota_take(a, 300, NOW);
	quota_account_unref(a);
	ck_assert_ptr_eq(quota_account_get(&all, 1), a);
	ck_assert(quota_is_used_up(a, QUOTA_RECORDS));
	quota_account_unref(a);
	quotas_sweep(&all, NOW + 2000);
	ck_assert_ptr_nonnull(quota_account_find(&all, 1));
	quotas_sweep(&all, NOW + 3001);
	ck_assert_ptr_null(quota_account_find(&all, 1));
	teardown();
}
END_TEST

START_TEST(another_rate_is_valid_at_once)
{
	struct quota_account *a;

	setup();
	config.quota_records_per_second = 100;
	a = quota_account_get(&all, 1);
	quota_take(a, 1000, NOW);
	config.quota_records_per_second = 0;
	ck_assert(!quota_is_used_up(a, QUOTA_RECORDS));
	ck_assert_uint_eq(quota_used(a, QUOTA_RECORDS), 0);
	ck_assert_uint_eq(quota_fill(a, NOW), 0);
	config.quota_records_per_second = 1000;
	quota_take(a, 1, NOW);
	config.quota_records_per_second = 10;
	ck_assert_uint_eq(quota_fill(a, NOW + 1), 0);
	ck_assert_uint_eq(quota_used(a, QUOTA_RECORDS), 0);
	quota_account_unref(a);
	teardown();
}
END_TEST

START_TEST(a_burst_is_noted_once)
{
	struct quota_account *a;

	setup();
	a = quota_account_get(&all, 1);
	ck_assert(quota_note(a, QUOTA_CONNECTIONS, NOW));
	ck_assert(!quota_note(a, QUOTA_CONNECTIONS, NOW + QUOTA_BURST_MS - 1));
	ck_assert(!quota_note(a, QUOTA_CONNECTIONS, NOW + 2 * QUOTA_BURST_MS - 2));
	ck_assert(quota_note(a, QUOTA_REQUESTS, NOW));
	ck_assert(quota_note(a, QUOTA_CONNECTIONS, NOW + 3 * QUOTA_BURST_MS - 2));
	quota_account_unref(a);
	teardown();
}
END_TEST

START_TEST(the_sentence_says_which_how_much_and_what_to_do)
{
	struct quota_account *a;
	struct quota_charge c;
	char text[256];

	setup();
	a = quota_account_get(&all, 1000);
	quota_charge_init(&c, a, QUOTA_CONNECTIONS, 75);
	quota_explain(a, QUOTA_CONNECTIONS, text, sizeof text);
	ck_assert_str_eq(text, "user 1000 has used up its quota of connections, 75 of 75; close "
			       "some, or ask the administrator to raise connections in [limits] of "
			       "commd.conf");
	for (int q = 0; q < N_QUOTAS; q++) {
		quota_explain(a, (enum quota)q, text, sizeof text);
		ck_assert_ptr_nonnull(strstr(text, quota_key((enum quota)q)));
		ck_assert_uint_lt(strlen(text), 240);
	}
	quota_charge_fini(&c);
	quota_account_unref(a);
	teardown();
}
END_TEST

START_TEST(a_turn_is_short_for_one_who_is_not_alone)
{
	struct quota_account *a, *b;

	setup();
	a = quota_account_get(&all, 1);
	quotas_begin_turn(&all);
	quota_spend(a, 2 * QUOTA_TURN_COST);
	ck_assert(!quota_has_had_turn(a) && quota_resume(a));
	b = quota_account_get(&all, 2);
	ck_assert(quota_has_had_turn(a) && !quota_resume(a));
	ck_assert(!quota_has_had_turn(b) && quota_resume(b));
	quotas_begin_turn(&all);
	ck_assert(!quota_has_had_turn(a));
	for (int i = 0; i < QUOTA_TURN_RESUMED; i++)
		ck_assert(quota_resume(a));
	ck_assert(!quota_resume(a));
	/* Those that go on have something to spend all the same. */
	ck_assert(!quota_has_had_turn(a));
	quota_spend(a, QUOTA_TURN_COST);
	ck_assert(quota_has_had_turn(a));
	quota_account_unref(a);
	quota_account_unref(b);
	teardown();
}
END_TEST

TEST_MAIN("quota", an_account_lives_while_something_is_charged, without_memory_there_is_no_account,
	  users_have_accounts_of_their_own, a_charge_may_be_nobodys,
	  who_waits_hears_of_less_and_not_of_more,
	  what_is_allowed_is_what_the_configuration_says_now,
	  a_quarter_of_all_connections_is_for_others, and_of_all_consumers_if_there_are_some,
	  a_quarter_of_what_is_held_is_for_answers, half_messages_alone_keep_nobody_waiting,
	  a_bucket_holds_what_one_second_brings, who_comes_back_has_not_a_new_bucket,
	  another_rate_is_valid_at_once, a_turn_is_short_for_one_who_is_not_alone,
	  a_burst_is_noted_once, the_sentence_says_which_how_much_and_what_to_do)
