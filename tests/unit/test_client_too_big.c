#include "client/commclient.h"

#include <stdio.h>
#include <string.h>

#include "proto/limits.h"
#include "proto/util.h"
#include "tests/lib/fake.h"
#include "tests/lib/main.h"
#include "tests/unit/client.h"

#define N_PARTITIONS (COMM_TOPIC_REFS_MAX + 1)

static const char *const topic = "t";

struct received {
	struct comm *c; /* borrowed */
	size_t n_calls;
	int error;
	size_t n_records;
	char message[160];
};

static void on_received(struct comm_subscription *s, int error, const struct comm_record *records,
			size_t n_records, void *arg)
{
	struct received *got = arg;

	(void)s;
	(void)records;
	got->n_calls++;
	got->error = error;
	got->n_records = n_records;
	(void)snprintf(got->message, sizeof got->message, "%s", comm_error_message(got->c));
}

static void accept_subscription(struct fake *f, void *arg)
{
	const struct comm_subscribe_result result = { .subscription = 11 };
	struct peer *p = arg;

	(void)f;
	peer_answer(p, peer_read(p, COMM_METHOD_SUBSCRIBE), COMM_METHOD_SUBSCRIBE, &result);
}

static struct comm_subscription *subscribe(struct fake *f, struct peer *p, struct comm *c)
{
	struct comm_subscription *s;

	fake_run(f, accept_subscription, p);
	ck_assert_int_eq(comm_subscribe(c, NULL, &topic, 1, NULL, &s), 0);
	fake_join(f);
	return s;
}

/* One record of each of @n partitions. */
static void deliver(struct peer *p, size_t n)
{
	static struct comm_wire_received records[N_PARTITIONS];
	const struct comm_wire_batch batch = { comm_bytes_of(topic), { records, n } };
	const struct comm_receive_result result = { .topics = { &batch, 1 } };

	for (size_t i = 0; i < n; i++)
		records[i] = (struct comm_wire_received){ .partition = (int64_t)i,
							  .timestamp_ms = COMM_NONE };
	peer_answer(p, peer_read(p, COMM_METHOD_RECEIVE), COMM_METHOD_RECEIVE, &result);
}

START_TEST(after_a_record_too_big_the_next_receive_goes_on)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c);
	struct received got = { .c = c };

	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, &got), 0);
	peer_refuse(&p, peer_read(&p, COMM_METHOD_RECEIVE), COMM_ETOO_BIG, "offset 17 is large",
		    NULL);
	client_until(c, &got.n_calls, 1);
	ck_assert_int_eq(got.error, COMM_ETOO_BIG);
	ck_assert_ptr_nonnull(strstr(got.message, "offset 17 is large"));

	/* On the same subscription. */
	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, &got), 0);
	deliver(&p, 2);
	ck_assert_int_eq(p.params.receive_params.subscription, 11);
	client_until(c, &got.n_calls, 2);
	ck_assert_int_eq(got.error, 0);
	ck_assert_uint_eq(got.n_records, 2);
	client_end(c, &p, f);
}
END_TEST

START_TEST(a_subscription_too_big_to_be_made_again_is_another_error)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = client_connect(f, &p, NULL);
	struct comm_subscription *s = subscribe(f, &p, c);
	struct received got = { .c = c };

	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, &got), 0);
	deliver(&p, N_PARTITIONS);
	client_until(c, &got.n_calls, 1);
	ck_assert_uint_eq(got.n_records, N_PARTITIONS);

	/* When it is lost while a receive waits, and whenever it is asked for again. */
	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, &got), 0);
	(void)peer_read(&p, COMM_METHOD_RECEIVE);
	client_meet_again(c, f, &p);
	client_until(c, &got.n_calls, 2);
	ck_assert_int_eq(got.error, COMM_ENO_SUBSCRIPTION);
	ck_assert_ptr_nonnull(strstr(got.message, "subscribe anew"));
	ck_assert_int_eq(comm_receive_async(s, 0, 5000, on_received, &got), COMM_ENO_SUBSCRIPTION);
	ck_assert_uint_eq(got.n_calls, 2);
	client_end(c, &p, f);
}
END_TEST

TEST_MAIN("client_too_big", after_a_record_too_big_the_next_receive_goes_on,
	  a_subscription_too_big_to_be_made_again_is_another_error)
