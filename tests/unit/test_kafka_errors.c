#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include <stdio.h>
#include <stdlib.h>

#include "daemon/kafka_internal.h"
#include "proto/util.h"
#include "tests/lib/main.h"
#include "tests/unit/kafka_receiver.h"

/*
 * Each error that brokers answer a produce request with, once, in the middle of a stream: what is said of
 * each record is true, whatever librdkafka makes of it.
 */

#define PRODUCE_API 0
#define SENDS       6
#define RECORDS     20

#define E(name) RD_KAFKA_RESP_ERR_##name

static const rd_kafka_resp_err_t errors[] = {
	/* The connection is closed. */
	E(_TRANSPORT),
	/* Those that pass. */
	E(LEADER_NOT_AVAILABLE), E(NOT_LEADER_FOR_PARTITION), E(REQUEST_TIMED_OUT),
	E(NETWORK_EXCEPTION), E(COORDINATOR_LOAD_IN_PROGRESS), E(NOT_ENOUGH_REPLICAS),
	E(NOT_ENOUGH_REPLICAS_AFTER_APPEND), E(KAFKA_STORAGE_ERROR), E(THROTTLING_QUOTA_EXCEEDED),
	E(UNKNOWN_TOPIC_OR_PART),
	/* Those that do not. */
	E(UNKNOWN), E(INVALID_MSG), E(MSG_SIZE_TOO_LARGE), E(RECORD_LIST_TOO_LARGE),
	E(INVALID_REQUIRED_ACKS), E(TOPIC_AUTHORIZATION_FAILED), E(INVALID_TIMESTAMP),
	E(UNSUPPORTED_FOR_MESSAGE_FORMAT), E(POLICY_VIOLATION), E(INVALID_RECORD),
	E(CLUSTER_AUTHORIZATION_FAILED), E(TOPIC_EXCEPTION),
	/* Those of idempotence, after some of which there is a new producer. */
	E(DUPLICATE_SEQUENCE_NUMBER), E(OUT_OF_ORDER_SEQUENCE_NUMBER), E(UNKNOWN_PRODUCER_ID),
	E(INVALID_PRODUCER_EPOCH), E(PRODUCER_FENCED)
};

/* What was sent, and how often each of it is in the log. */
struct stream {
	struct sending sends[SENDS];
	struct comm_wire_record records[SENDS * RECORDS];
	char values[SENDS * RECORDS][16];
	int n_read[SENDS * RECORDS];
};

static void send_through(struct world *w, struct stream *s, const char *topic,
			 rd_kafka_resp_err_t err)
{
	records_fill(s->records, s->values, SENDS * RECORDS, 0);
	for (int i = 0; i < SENDS; i++) {
		if (i == SENDS / 2)
			rd_kafka_mock_push_request_errors(kafka_dev_cluster(w->kafka->dev),
							  PRODUCE_API, 1, err);
		sending_start(&s->sends[i], w, topic, s->records + i * RECORDS, RECORDS);
		if (i < SENDS / 2)
			sending_await(&s->sends[i]);
	}
	for (int i = 0; i < SENDS; i++)
		sending_await(&s->sends[i]);
}

static void read_all(struct world *w, struct stream *s, const struct comm_wire_topic_ref *topic)
{
	struct receiver r;
	int highest = -1;

	receiver_open(&r, w, w->client, receiver_options(NULL, topic, 1));
	receiver_await_end(&r);
	for (size_t i = 0; i < r.n_got; i++) {
		int number = atoi(r.got[i].value);

		ck_assert_int_gt(number, highest);
		highest = number;
		s->n_read[number]++;
	}
	receiver_close(&r);
}

static void check_outcomes(struct stream *s, const char *what)
{
	for (int i = 0; i < SENDS * RECORDS; i++) {
		const struct sending *sending = &s->sends[i / RECORDS];
		const struct kafka_outcome *o = &sending->batch->outcomes[i % RECORDS];

		ck_assert_msg(!sending->error, "%s: %s", what, sending->why.message);
		if (!o->reason)
			ck_assert_msg(s->n_read[i] == 1,
				      "%s: persisted record %d is there %d times", what, i,
				      s->n_read[i]);
		else if (o->maybe_persisted)
			ck_assert_msg(s->n_read[i] <= 1, "%s: record %d is there twice", what, i);
		else
			ck_assert_msg(!s->n_read[i], "%s: record %d has failed and is there", what,
				      i);
	}
}

static void check_error(struct world *w, rd_kafka_resp_err_t err)
{
	struct stream *s = calloc(1, sizeof *s);
	struct comm_wire_topic_ref ref = { .partition = 0, .offset = COMM_NONE };
	char topic[16];

	ck_assert_ptr_nonnull(s);
	(void)snprintf(topic, sizeof topic, "e%d", err - E(_TRANSPORT));
	ref.topic = comm_bytes_of(topic);
	world_create(w, topic, 1);
	send_through(w, s, topic, err);
	read_all(w, s, &ref);
	check_outcomes(s, rd_kafka_err2name(err));
	for (int i = 0; i < SENDS; i++)
		sending_fini(&s->sends[i]);
	free(s);
}

/*
 * One request at a time: the mock cluster takes a second one although the first was refused or lost, and takes what is
 * sent again twice, as no broker does.
 */
START_TEST(test_what_is_said_is_true)
{
	struct comm_wire_profile status;
	struct world w;

	world_init(&w, 20000, "bootstrap.servers=mock\nretry.backoff.ms=10\nmax.in.flight=1\n");
	w.kafka->options.max_consumers = ARRAY_SIZE(errors);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		check_error(&w, errors[i]);
	kafka_profile_status(w.kafka, w.profile, &status);
	ck_assert_int_eq(status.accepted, (int64_t)ARRAY_SIZE(errors) * SENDS * RECORDS);
	ck_assert_int_eq(status.accepted, status.persisted + status.failed);
	ck_assert_int_eq(status.in_flight, 0);
	world_fini(&w);
}
END_TEST

TEST_MAIN("kafka_errors", test_what_is_said_is_true)
