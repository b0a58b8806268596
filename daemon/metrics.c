#include "daemon/metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/counters.h"
#include "daemon/daemon.h"
#include "daemon/exposition.h"
#include "daemon/kafka.h"
#include "daemon/process.h"
#include "proto/util.h"

/* ---- the daemon ---- */

static void write_build(const struct daemon *d, struct comm_buf *out)
{
	static const char name[] = "commd_build_info";
	const struct exposition_labels labels = { { { "version", comm_bytes_of(COMMD_VERSION) },
						    { "librdkafka",
						      comm_bytes_of(kafka_version()) } } };

	exposition_begin(out, name, "gauge", "Always 1; the labels tell what runs.");
	exposition_int(out, name, &labels, 1);
	exposition_one(out, "commd_uptime_seconds", "gauge", "Time since commd has begun.",
		       (double)(uv_now(d->loop) - d->started_ms) / 1e3);
}

static const struct exposition_family of_process[] = {
#define FAMILY(name, type, help, member, unit)                                            \
	{                                                                                 \
		"commd_process_" name, type, help, offsetof(struct process, member), unit \
	}
	FAMILY("cpu_seconds_total", "counter", "Processor time of all threads.", cpu_ms, 1000),
	FAMILY("start_time_seconds", "gauge", "When the process began, seconds since 1970.",
	       start_ms, 1000),
	FAMILY("resident_memory_bytes", "gauge", "Resident memory.", resident_bytes, 1),
	FAMILY("virtual_memory_bytes", "gauge", "Virtual memory.", virtual_bytes, 1),
	FAMILY("threads", "gauge", "Threads.", n_threads, 1),
	FAMILY("open_fds", "gauge", "Descriptors that are open.", n_fds, 1),
	FAMILY("max_fds", "gauge", "Descriptors that may be open.", max_fds, 1),
#undef FAMILY
};

static struct exposition_labels label_nothing(const void *row)
{
	(void)row;
	return (struct exposition_labels){ 0 };
}

/* What is not known now is left out: a 0 would be taken for one. */
static void write_process(struct comm_buf *out)
{
	struct process p;

	process_look(&p);
	exposition_table(out, of_process, ARRAY_SIZE(of_process), &p, 1, sizeof p, label_nothing);
}

static void write_lag(const struct daemon *d, struct comm_buf *out)
{
	static const char name[] = "commd_loop_lag_seconds";

	exposition_begin(out, name, "histogram",
			 "How late the loop was with what it does once a second.");
	exposition_histogram(out, name, NULL, &d->lag);
}

static void write_counter(struct comm_buf *out, const char *name, const char *doc, int64_t value)
{
	static const char total[] = "_total";
	size_t len = strlen(name), end = sizeof total - 1;
	bool only_grows = len > end && !strcmp(name + len - end, total);

	exposition_begin(out, name, only_grows ? "counter" : "gauge", doc);
	exposition_int(out, name, NULL, value);
}

/* Those of status, but for what is about its own lists. */
static void write_counters(const struct daemon *d, struct comm_buf *out)
{
	struct stats stats;

	counters_take(d, &stats);
#define COUNTER(member, doc) write_counter(out, "commd_" #member, doc, stats.member);
	STATS(COUNTER)
#undef COUNTER
}

/* ---- profiles ---- */

struct profile_row {
	struct comm_wire_profile told;
	const struct histogram *latency; /* borrowed */
};

static const struct exposition_family of_profiles[] = {
#define FAMILY(name, type, help, member)                                                \
	{                                                                               \
		"commd_" name, type, help, offsetof(struct profile_row, told.member), 1 \
	}
	FAMILY("records_accepted_total", "counter", "Records taken from clients.", accepted),
	FAMILY("records_persisted_total", "counter",
	       "Records of them that the brokers have acknowledged.", persisted),
	FAMILY("records_failed_total", "counter", "Records of them that have failed.", failed),
	FAMILY("records_in_flight", "gauge", "Records of them without outcome yet.", in_flight),
	FAMILY("records_in_flight_bytes", "gauge", "Bytes of those.", in_flight_bytes),
	FAMILY("records_delivered_total", "counter", "Records handed to subscribers.", delivered),
	FAMILY("consumers", "gauge", "Kafka consumers open for subscriptions.", consumers),
#undef FAMILY
};

static struct exposition_labels label_profile(const void *row)
{
	const struct profile_row *p = row;

	return (struct exposition_labels){ { { "profile", p->told.name } } };
}

static void write_up(struct comm_buf *out, const struct profile_row *rows, size_t n)
{
	static const char name[] = "commd_profile_up";

	exposition_begin(
		out, name, "gauge",
		"Whether the brokers of a profile that is in use answer, as far as is known.");
	for (size_t i = 0; i < n; i++) {
		const struct exposition_labels labels = label_profile(&rows[i]);

		/* What is not known is no outage. */
		if (!comm_bytes_is(rows[i].told.state, "unused"))
			exposition_int(out, name, &labels, comm_bytes_is(rows[i].told.state, "up"));
	}
}

static void write_latency(struct comm_buf *out, const struct profile_row *rows, size_t n)
{
	static const char name[] = "commd_send_duration_seconds";

	exposition_begin(out, name, "histogram",
			 "Time from a send to the outcome of its last record, of those whose "
			 "records are all persisted.");
	for (size_t i = 0; i < n; i++) {
		const struct exposition_labels labels = label_profile(&rows[i]);

		exposition_histogram(out, name, &labels, rows[i].latency);
	}
}

/* Fills a row for each that is in use. Returns how many. */
static size_t look_at_profiles(const struct daemon *d, struct profile_row *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < d->profiles->n_entries; i++) {
		const struct profile_entry *e = &d->profiles->entries[i];
		const struct histogram *latency =
			e->profile ? kafka_send_latency(d->kafka, e->profile) : NULL;

		if (!latency)
			continue;
		kafka_profile_status(d->kafka, e->profile, &ret[n].told);
		ret[n].told.name = comm_bytes_of(e->name);
		ret[n++].latency = latency;
	}
	return n;
}

static int write_profiles(const struct daemon *d, struct comm_buf *out)
{
	struct profile_row *rows = calloc(d->profiles->n_entries + 1, sizeof *rows);
	size_t n;

	if (!rows)
		return -ENOMEM;
	n = look_at_profiles(d, rows);
	write_up(out, rows, n);
	exposition_table(out, of_profiles, ARRAY_SIZE(of_profiles), rows, n, sizeof *rows,
			 label_profile);
	write_latency(out, rows, n);
	free(rows);
	return 0;
}

int metrics_write(const struct daemon *d, struct comm_buf *out)
{
	int error = 0;

	write_build(d, out);
	write_counters(d, out);
	write_lag(d, out);
	if (d->kafka)
		error = write_profiles(d, out);
	if (!error && d->kafka)
		error = metrics_write_kafka(d, out);
	write_process(out);
	return error || comm_buf_failed(out) ? -ENOMEM : 0;
}
