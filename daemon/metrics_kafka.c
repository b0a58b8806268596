#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/accounts.h"
#include "daemon/daemon.h"
#include "daemon/exposition.h"
#include "daemon/kafka.h"
#include "daemon/metrics.h"
#include "proto/util.h"

/* ---- topics ---- */

static const struct exposition_family of_topics[] = {
#define FAMILY(name, type, help, member)                                                       \
	{                                                                                      \
		"commd_topic_" name, type, help, offsetof(struct kafka_topic_count, member), 1 \
	}
	FAMILY("records_accepted_total", "counter", "Records to a topic, taken from clients.",
	       accepted),
	FAMILY("records_persisted_total", "counter",
	       "Records of them that the brokers have acknowledged.", persisted),
	FAMILY("records_failed_total", "counter", "Records of them that have failed.", failed),
	FAMILY("records_in_flight", "gauge", "Records of them without outcome yet.", in_flight),
	FAMILY("accepted_bytes_total", "counter", "Bytes of the records taken.", bytes),
#undef FAMILY
};

static struct exposition_labels label_topic(const void *row)
{
	const struct kafka_topic_count *t = row;

	return (struct exposition_labels){
		{ { "profile", t->profile },
		  { "topic", t->topic.data ? t->topic : comm_bytes_of(METRICS_OTHERS) } }
	};
}

static int write_topics(const struct kafka *k, struct comm_buf *out)
{
	size_t n = kafka_topic_counts(k, NULL, 0);
	struct kafka_topic_count *rows = calloc(n + 1, sizeof *rows);

	if (!rows)
		return -ENOMEM;
	n = kafka_topic_counts(k, rows, n);
	exposition_table(out, of_topics, ARRAY_SIZE(of_topics), rows, n, sizeof *rows, label_topic);
	free(rows);
	return 0;
}

/* ---- brokers ---- */

static const struct exposition_family of_brokers[] = {
#define FAMILY(name, type, help, member, unit)                                                    \
	{                                                                                         \
		"commd_broker_" name, type, help, offsetof(struct comm_wire_broker_seen, member), \
			unit                                                                      \
	}
	FAMILY("rtt_mean_seconds", "gauge",
	       "Time from a request to its response, the mean of the last seconds.", rtt_us,
	       1000000),
	FAMILY("rtt_p99_seconds", "gauge", "The same, the 99th percentile.", rtt_p99_us, 1000000),
	FAMILY("queue_mean_seconds", "gauge",
	       "Time of a record in the producer's queue, the mean of the last seconds.", queued_us,
	       1000000),
	FAMILY("queue_p99_seconds", "gauge", "The same, the 99th percentile.", queued_p99_us,
	       1000000),
	FAMILY("outbuf_mean_seconds", "gauge",
	       "Time of a request until it is on its way, the mean of the last seconds.", outbuf_us,
	       1000000),
	FAMILY("throttle_mean_seconds", "gauge",
	       "Time for which the broker holds us back, the mean of the last seconds.",
	       throttle_ms, 1000),
	FAMILY("outbuf_requests", "gauge", "Requests that are not on their way yet.", outbuf, 1),
	FAMILY("in_flight_requests", "gauge", "Requests without response.", in_flight, 1),
	FAMILY("requests_total", "counter", "Requests sent.", requests_total, 1),
	FAMILY("errors_total", "counter", "Requests that could not be sent, and bad responses.",
	       errors_total, 1),
	FAMILY("retries_total", "counter", "Requests sent again.", retries_total, 1),
	FAMILY("timeouts_total", "counter", "Requests without response in time.", timeouts_total,
	       1),
	FAMILY("connects_total", "counter", "Attempts to connect.", connects_total, 1),
	FAMILY("disconnects_total", "counter", "Connections that have ended.", lost_total, 1),
	FAMILY("age_seconds", "gauge", "How old these numbers of a broker are.", age_ms, 1000),
#undef FAMILY
};

struct broker_row {
	struct comm_wire_broker_seen seen;
	char id[24];
};

static struct exposition_labels label_broker(const void *row)
{
	const struct broker_row *b = row;

	return (struct exposition_labels){ { { "profile", b->seen.profile },
					     { "broker", b->seen.broker },
					     { "id", comm_bytes_of(b->id) } } };
}

static void write_broker_up(struct comm_buf *out, const struct broker_row *rows, size_t n)
{
	static const char name[] = "commd_broker_up";

	exposition_begin(out, name, "gauge",
			 "Whether a connection is there, to a broker that was needed so far.");
	for (size_t i = 0; i < n; i++) {
		const struct exposition_labels labels = label_broker(&rows[i]);

		/* Nobody has tried to connect: that is no reason for an alarm. */
		if (comm_bytes_is(rows[i].seen.state, "INIT"))
			continue;
		exposition_int(out, name, &labels, comm_bytes_is(rows[i].seen.state, "UP"));
	}
}

static int write_brokers(const struct kafka *k, struct comm_buf *out)
{
	size_t n = MIN(kafka_brokers(k, NULL, 0), ACCOUNTS_MAX);
	struct comm_wire_broker_seen *seen = calloc(n + 1, sizeof *seen);
	struct broker_row *rows = calloc(n + 1, sizeof *rows);

	if (!seen || !rows) {
		free(seen);
		free(rows);
		return -ENOMEM;
	}
	(void)kafka_brokers(k, seen, n);
	for (size_t i = 0; i < n; i++) {
		rows[i].seen = seen[i];
		if (seen[i].id == COMM_NONE)
			(void)snprintf(rows[i].id, sizeof rows[i].id, "bootstrap");
		else
			(void)snprintf(rows[i].id, sizeof rows[i].id, "%lld",
				       (long long)seen[i].id);
	}
	write_broker_up(out, rows, n);
	exposition_table(out, of_brokers, ARRAY_SIZE(of_brokers), rows, n, sizeof *rows,
			 label_broker);
	free(seen);
	free(rows);
	return 0;
}

int metrics_write_kafka(const struct daemon *d, struct comm_buf *out)
{
	int error = write_topics(d->kafka, out);

	if (!error)
		error = write_brokers(d->kafka, out);
	return error ? error : metrics_write_groups(d, out);
}
