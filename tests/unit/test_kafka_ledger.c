/*
 * What becomes of records is counted by profile, topic and client, and each of those balances.
 */
#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include <string.h>

#include "daemon/kafka_producer.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_sender.h"

#define PRODUCE_API 0

enum { RECORDS = 20 };

static struct world w;
static struct senders senders;
static struct comm_wire_record records[RECORDS];
static char values[RECORDS][16];

static void on_released(struct senders *all)
{
	(void)all;
}

static struct sender *new_sender(pid_t pid, const char *name)
{
	struct sender *s = sender_new(&senders, pid, 1000, name, "default", NULL);

	ck_assert_ptr_nonnull(s);
	return s;
}

static void begin(void)
{
	senders_init(&senders, on_released);
	records_fill(records, values, RECORDS, 0);
	world_init(&w, 1000, "");
	world_create(&w, "a", 1);
	world_create(&w, "b", 1);
}

static void end(void)
{
	world_fini(&w);
	ck_assert(LIST_EMPTY(&senders.all));
	ck_assert_int_eq(senders.inflight_bytes, 0);
}

static const struct ledger *topic_ledger(const char *name)
{
	const struct kafka_topic *t =
		kafka_topic_find(&w.client->producer->topics, comm_bytes_of(name));

	ck_assert_ptr_nonnull(t);
	return &t->ledger;
}

static void expect(const struct ledger *l, int64_t persisted, int64_t failed, int64_t in_flight)
{
	ck_assert_int_eq(l->persisted, persisted);
	ck_assert_int_eq(l->failed, failed);
	ck_assert_int_eq(ledger_in_flight(l), in_flight);
}

static void refuse_next(rd_kafka_resp_err_t err)
{
	rd_kafka_mock_push_request_errors(kafka_dev_cluster(w.kafka->dev), PRODUCE_API, 1, err);
}

static void send_some(struct sender *sender, const char *topic, size_t n)
{
	struct sending s;

	sending_start_as(&s, sender, &w, topic, records, n);
	sending_await(&s);
	ck_assert_int_eq(s.error, 0);
	sending_fini(&s);
}

static void send_all(struct sender *sender, const char *topic)
{
	send_some(sender, topic, RECORDS);
}

/* A single one, for of several a later request may overtake the one that is refused. */
static void send_refused(struct sender *sender, const char *topic, rd_kafka_resp_err_t err)
{
	refuse_next(err);
	send_some(sender, topic, 1);
}

START_TEST(what_is_persisted_balances)
{
	struct sender *one, *two;

	begin();
	one = new_sender(1, "one");
	two = new_sender(2, "two");
	send_all(one, "a");
	send_all(two, "a");
	send_all(two, "b");
	expect(&one->ledger, RECORDS, 0, 0);
	expect(&two->ledger, 2 * RECORDS, 0, 0);
	expect(topic_ledger("a"), 2 * RECORDS, 0, 0);
	expect(topic_ledger("b"), RECORDS, 0, 0);
	world_assert_balanced(&w, 3 * RECORDS, 0);
	sender_disconnect(one);
	sender_disconnect(two);
	end();
}
END_TEST

/* All of one row. */
static void expect_discards(int64_t n_failed, rd_kafka_resp_err_t err)
{
	const struct discards *d = kafka_discards(w.kafka);
	const struct discard *row = TAILQ_FIRST(&d->rows);

	ck_assert_uint_eq(d->n_rows, 1);
	ck_assert_int_eq(row->n, n_failed);
	ck_assert_int_eq(row->pid, 1);
	ck_assert_uint_eq(row->uid, 1000);
	ck_assert_str_eq(row->client, "one");
	ck_assert_str_eq(row->topic, "a");
	ck_assert_str_eq(row->profile, "default");
	ck_assert_ptr_nonnull(strstr(row->message, rd_kafka_err2name(err)));
	ck_assert(!row->maybe_persisted);
}

static void check_refused(rd_kafka_resp_err_t err)
{
	struct sender *one, *two;

	begin();
	one = new_sender(1, "one");
	two = new_sender(2, "two");
	send_all(two, "b");
	send_all(two, "a");
	send_refused(one, "a", err);
	expect(&one->ledger, 0, 1, 0);
	expect(&two->ledger, 2 * RECORDS, 0, 0);
	expect(topic_ledger("a"), RECORDS, 1, 0);
	expect(topic_ledger("b"), RECORDS, 0, 0);
	world_assert_balanced(&w, 2 * RECORDS, 1);
	expect_discards(1, err);
	/* And goes on to, although the topic has to be looked up again. */
	send_all(one, "a");
	expect(&one->ledger, RECORDS, 1, 0);
	expect(topic_ledger("a"), 2 * RECORDS, 1, 0);
	sender_disconnect(one);
	sender_disconnect(two);
	end();
}

START_TEST(what_is_not_permitted_balances)
{
	check_refused(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
}
END_TEST

START_TEST(what_is_too_large_balances)
{
	check_refused(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
}
END_TEST

START_TEST(what_is_sent_again_balances)
{
	struct sender *one;

	begin();
	one = new_sender(1, "one");
	send_all(one, "a");
	send_refused(one, "a", RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
	expect(&one->ledger, RECORDS + 1, 0, 0);
	expect(topic_ledger("a"), RECORDS + 1, 0, 0);
	world_assert_balanced(&w, RECORDS + 1, 0);
	sender_disconnect(one);
	end();
}
END_TEST

static bool is_alone(void *arg)
{
	(void)arg;
	return LIST_EMPTY(&senders.all);
}

/* Nobody waits for its records any more; they are accounted for all the same. */
START_TEST(a_client_that_goes_balances)
{
	struct sending s;
	struct sender *one;

	begin();
	one = new_sender(1, "one");
	send_all(one, "a");
	refuse_next(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	sending_start_as(&s, one, &w, "a", records, 1);
	ck_assert_int_eq(s.error, 0);
	kafka_batch_abandon(s.batch);
	sender_disconnect(one);
	ck_assert_ptr_eq(LIST_FIRST(&senders.all), one);
	expect(&one->ledger, RECORDS, 0, 1);
	expect(topic_ledger("a"), RECORDS, 0, 1);
	world_run(&w, is_alone, NULL);
	expect(topic_ledger("a"), RECORDS, 1, 0);
	world_assert_balanced(&w, RECORDS, 1);
	expect_discards(1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	end();
}
END_TEST

/* A second is enough to forget one that nobody has sent to. */
START_TEST(a_topic_that_was_refused_is_remembered)
{
	struct kafka_topics *topics;

	begin();
	topics = &w.client->producer->topics;
	send_all(NULL, "a");
	kafka_topic_forget(topics, comm_bytes_of("a"));
	ck_assert_ptr_nonnull(kafka_topic_get(topics, comm_bytes_of("b")));
	kafka_topics_tick(topics);
	expect(topic_ledger("a"), RECORDS, 0, 0);
	ck_assert_ptr_null(kafka_topic_find(topics, comm_bytes_of("b")));
	kafka_topic_find(topics, comm_bytes_of("a"))->used_ms -= KAFKA_TOPIC_IDLE_MS;
	kafka_topics_tick(topics);
	ck_assert_ptr_null(kafka_topic_find(topics, comm_bytes_of("a")));
	end();
}
END_TEST

TEST_MAIN("kafka_ledger", what_is_persisted_balances, what_is_not_permitted_balances,
	  what_is_too_large_balances, what_is_sent_again_balances, a_client_that_goes_balances,
	  a_topic_that_was_refused_is_remembered)
