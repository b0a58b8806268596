#include "daemon/kafka_demand.h"

#include <stdio.h>

#include "daemon/kafka_producer.h"
#include "daemon/profile.h"

/* What librdkafka adds to a record's own bytes when it compares them with message.max.bytes. */
#define RECORD_OVERHEAD 36

int kafka_demand_refuse(struct kafka_failure *f, int code, size_t index, const char *member,
			const char *sentence)
{
	char detail[sizeof f->detail];

	(void)snprintf(detail, sizeof detail, "records[%zu].%s", index, member);
	return kafka_failure_refuse(f, code, detail, "%s: %s", detail, sentence);
}

/* Bytes of @n as librdkafka writes it: seven bits each, and one for the sign. */
static size_t size_of_number(size_t n)
{
	size_t size = 1;

	for (n = 2 * n; n >= 128; n /= 128)
		size++;
	return size;
}

static size_t measure_headers(const struct comm_wire_record *r, size_t *ret_on_wire)
{
	const struct comm_wire_header *h = r->headers.items;
	size_t n_bytes = 0;

	*ret_on_wire = 0;
	for (size_t i = 0; i < r->headers.n; i++) {
		n_bytes += h[i].name.len + h[i].value.len;
		*ret_on_wire += size_of_number(h[i].name.len) + size_of_number(h[i].value.len);
	}
	*ret_on_wire += n_bytes;
	return n_bytes;
}

static int refuse_size(const struct kafka_producer *p, size_t index, size_t size,
		       struct kafka_failure *ret_why)
{
	const struct profile *profile = p->client->profile;
	char detail[sizeof ret_why->detail];

	(void)snprintf(detail, sizeof detail, "records[%zu].value", index);
	return kafka_failure_refuse(
		ret_why, COMM_ETOO_BIG, detail,
		"%s: the record has %zu bytes with its key and headers, more than "
		"message.max.bytes allows (%zu); set it in %s%s, and the topic's "
		"max.message.bytes too",
		detail, size - RECORD_OVERHEAD, p->max_message_bytes - RECORD_OVERHEAD,
		profile->file ? "" : "profile ", profile->file ? profile->file : profile->name);
}

static int measure_record(const struct kafka_producer *p, struct kafka_demand *d, size_t i,
			  struct kafka_failure *ret_why)
{
	const struct comm_wire_record *r = &d->records[i];
	size_t n_bytes = kafka_record_bytes(r);
	size_t size = RECORD_OVERHEAD + n_bytes, on_wire;

	if (r->partition != COMM_NONE) {
		if (r->partition < 0 || r->partition > INT32_MAX)
			return kafka_demand_refuse(
				ret_why, COMM_EBAD_VALUE, i, "partition",
				"partitions are numbered from 0; leave it out to "
				"let the key decide");
		if (r->partition > d->max_partition) {
			d->max_partition = r->partition;
			d->max_index = i;
		}
	}
	/* 0 is librdkafka's word for "now". */
	if (r->timestamp_ms != COMM_NONE && r->timestamp_ms < 1)
		return kafka_demand_refuse(ret_why, COMM_EBAD_VALUE, i, "timestamp_ms",
					   "it must be at least 1, in milliseconds since 1970; "
					   "leave it out for now");
	if (r->headers.n) {
		d->n_header_bytes += measure_headers(r, &on_wire);
		size += on_wire;
	}
	if (size > p->max_message_bytes)
		return refuse_size(p, i, size, ret_why);
	d->n_bytes += n_bytes;
	return 0;
}

int kafka_demand_measure(const struct kafka_producer *p, struct kafka_demand *d,
			 struct kafka_failure *ret_why)
{
	int error = 0;

	for (size_t i = 0; i < d->n && !error; i++)
		error = measure_record(p, d, i, ret_why);
	if (!error &&
	    (d->n > p->max_queued_records || d->n_bytes + d->n_header_bytes > p->max_queued_bytes))
		return kafka_failure_refuse(
			ret_why, COMM_ETOO_BIG, "records",
			"records: %zu records of %zu bytes are more than the producer can hold; "
			"see queue.buffering.max.messages (%zu) and "
			"queue.buffering.max.kbytes (%zu) of the profile",
			d->n, d->n_bytes + d->n_header_bytes, p->max_queued_records,
			p->max_queued_bytes / 1024);
	return error;
}
