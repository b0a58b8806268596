/*
 * Records to librdkafka
 *
 * Neighbours that need no more than value and key, and go to the same partition or to whichever their
 * keys decide, are handed over together: that takes the locks and reads the clocks once for all of
 * them. Those with headers or a time of their own go one by one, for librdkafka knows no other way.
 */
#include "daemon/kafka_producer.h"
#include "proto/util.h"

static int32_t partition_of(const struct comm_wire_record *r)
{
	return r->partition == COMM_NONE ? RD_KAFKA_PARTITION_UA : (int32_t)r->partition;
}

static rd_kafka_headers_t *headers_of(const struct comm_wire_record *r)
{
	const struct comm_wire_header *h = r->headers.items;
	rd_kafka_headers_t *headers = rd_kafka_headers_new(r->headers.n);

	for (size_t i = 0; i < r->headers.n; i++)
		(void)rd_kafka_header_add(headers, h[i].name.data, (ssize_t)h[i].name.len,
					  h[i].value.data, (ssize_t)h[i].value.len);
	return headers;
}

/*
 * Headers as a list that is ours until it is accepted: those that librdkafka itself makes of single
 * headers are freed twice by versions before 2.12 when the partition turns out not to exist.
 */
static rd_kafka_resp_err_t produce_with_all(struct kafka_handle *h, rd_kafka_topic_t *rkt,
					    const struct comm_wire_record *r,
					    struct kafka_outcome *o)
{
	rd_kafka_headers_t *headers = r->headers.n ? headers_of(r) : NULL;
	rd_kafka_vu_t vus[] = {
		{ .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = rkt },
		{ .vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition_of(r) },
		{ .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
		{ .vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = { (void *)r->value.data, r->value.len } },
		{ .vtype = RD_KAFKA_VTYPE_KEY, .u.mem = { (void *)r->key.data, r->key.len } },
		{ .vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = o },
		{ .vtype = RD_KAFKA_VTYPE_TIMESTAMP,
		  .u.i64 = r->timestamp_ms == COMM_NONE ? 0 : r->timestamp_ms },
		{ .vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers },
	};
	size_t n = sizeof vus / sizeof *vus - (headers ? 0 : 1);
	rd_kafka_error_t *error = rd_kafka_produceva(h->rk, vus, n);
	rd_kafka_resp_err_t err = error ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR_NO_ERROR;

	/* Unlike rd_kafka_produce(), this tells why the producer has failed instead of that it has. */
	if (error && rd_kafka_error_is_fatal(error))
		err = RD_KAFKA_RESP_ERR__FATAL;
	if (error && headers)
		rd_kafka_headers_destroy(headers);
	rd_kafka_error_destroy(error);
	return err;
}

static bool is_plain(const struct comm_wire_record *r)
{
	return !r->headers.n && r->timestamp_ms == COMM_NONE;
}

/* How many of the @n records from @r on can be handed over together; 0: not even the first. */
static size_t count_plain(const struct comm_wire_record *r, size_t n)
{
	size_t i = 0;

	while (i < n && is_plain(&r[i]) && r[i].partition == r[0].partition)
		i++;
	return i;
}

static void produce_plain(struct kafka_handle *h, rd_kafka_topic_t *rkt,
			  const struct comm_wire_record *r, size_t n,
			  struct kafka_outcome *outcomes, rd_kafka_resp_err_t *ret_errs)
{
	rd_kafka_message_t messages[KAFKA_RECORDS_MAX];
	rd_kafka_resp_err_t fatal;

	for (size_t i = 0; i < n; i++)
		messages[i] = (rd_kafka_message_t){
			.payload = (void *)r[i].value.data,
			.len = r[i].value.len,
			.key = (void *)r[i].key.data,
			.key_len = r[i].key.len,
			._private = &outcomes[i],
		};
	(void)rd_kafka_produce_batch(rkt, partition_of(r), RD_KAFKA_MSG_F_COPY, messages, (int)n);
	/* It tells why the producer has failed instead of that it has. */
	fatal = rd_kafka_fatal_error(h->rk, NULL, 0);
	for (size_t i = 0; i < n; i++)
		ret_errs[i] = fatal && messages[i].err == fatal ? RD_KAFKA_RESP_ERR__FATAL
								: messages[i].err;
}

rd_kafka_resp_err_t kafka_record_produce(struct kafka_handle *h, rd_kafka_topic_t *rkt,
					 const struct comm_wire_record *r, struct kafka_outcome *o)
{
	rd_kafka_resp_err_t err;

	(void)kafka_records_produce(h, rkt, r, 1, o, &err);
	return err;
}

size_t kafka_records_produce(struct kafka_handle *h, rd_kafka_topic_t *rkt,
			     const struct comm_wire_record *r, size_t n,
			     struct kafka_outcome *outcomes, rd_kafka_resp_err_t *ret_errs)
{
	size_t n_plain = count_plain(r, MIN(n, KAFKA_RECORDS_MAX));

	if (n_plain) {
		produce_plain(h, rkt, r, n_plain, outcomes, ret_errs);
		return n_plain;
	}
	ret_errs[0] = produce_with_all(h, rkt, r, outcomes);
	return 1;
}
