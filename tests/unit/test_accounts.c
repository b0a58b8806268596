#include "daemon/accounts.h"
#include "daemon/sender.h"
#include "tests/lib/main.h"

static struct senders senders;

static void on_released(struct senders *all)
{
	(void)all;
}

static struct sender *new_sender(pid_t pid)
{
	struct sender *s = sender_new(&senders, pid, 1000, "billing", "default", NULL);

	ck_assert_ptr_nonnull(s);
	return s;
}

static void disconnect_all(void)
{
	struct sender *s;

	while ((s = LIST_FIRST(&senders.all)))
		sender_disconnect(s);
}

START_TEST(nothing_makes_empty_lists)
{
	struct accounts a;

	senders_init(&senders, on_released);
	ck_assert_int_eq(accounts_init(&a, NULL, &senders, NULL), 0);
	ck_assert_uint_eq(a.topics.n, 0);
	ck_assert_uint_eq(a.clients.n, 0);
	ck_assert_uint_eq(a.discards.n, 0);
	accounts_fini(&a);
}
END_TEST

START_TEST(a_client_that_has_gone_is_listed_while_it_has_records_in_flight)
{
	const struct comm_wire_client_ledger *row;
	struct accounts a;
	struct charge c;
	struct sender *s;

	senders_init(&senders, on_released);
	s = new_sender(4711);
	charge_init(&c, s, 100);
	ledger_accept(&s->ledger, 2);
	ledger_end(&s->ledger, true);
	sender_disconnect(s);
	ck_assert_int_eq(accounts_init(&a, NULL, &senders, NULL), 0);
	ck_assert_uint_eq(a.clients.n, 1);
	row = a.clients.items;
	ck_assert(comm_bytes_is(row->client, "billing"));
	ck_assert(comm_bytes_is(row->profile, "default"));
	ck_assert_int_eq(row->pid, 4711);
	ck_assert_int_eq(row->uid, 1000);
	ck_assert_int_eq(row->accepted, 2);
	ck_assert_int_eq(row->persisted, 0);
	ck_assert_int_eq(row->failed, 1);
	ck_assert_int_eq(row->in_flight, 1);
	ck_assert(!row->connected);
	accounts_fini(&a);
	ledger_end(&s->ledger, false);
	ck_assert_int_eq(accounts_init(&a, NULL, &senders, NULL), 0);
	ck_assert_uint_eq(a.clients.n, 0);
	accounts_fini(&a);
	charge_fini(&c);
}
END_TEST

/* And those that have nothing to tell are left out first. */
START_TEST(lists_are_bounded)
{
	const struct comm_wire_client_ledger *row;
	struct sender *failing;
	struct accounts a;

	senders_init(&senders, on_released);
	failing = new_sender(1);
	ledger_accept(&failing->ledger, 1);
	ledger_end(&failing->ledger, true);
	for (int i = 0; i < ACCOUNTS_MAX + 5; i++)
		(void)new_sender(2);
	ck_assert_int_eq(accounts_init(&a, NULL, &senders, NULL), 0);
	ck_assert_uint_eq(a.clients.n, ACCOUNTS_MAX);
	ck_assert_uint_eq(a.n_clients_left_out, 6);
	row = a.clients.items;
	ck_assert_int_eq(row[0].pid, 1);
	ck_assert_int_eq(row[ACCOUNTS_MAX - 1].pid, 2);
	accounts_fini(&a);
	disconnect_all();
}
END_TEST

TEST_MAIN("accounts", nothing_makes_empty_lists,
	  a_client_that_has_gone_is_listed_while_it_has_records_in_flight, lists_are_bounded)
