#include "client/client.h"

#include <string.h>

#include "proto/utf8.h"

/* Whoever waits for the outcome of one record. */
struct sending {
	struct waiter waiter;
	struct comm_outcome outcome;
};

static bool is_text(const char *s)
{
	return s && comm_utf8_is_valid(comm_bytes_of(s));
}

static int check_headers(struct comm *c, const struct comm_record *r)
{
	if (r->n_headers > COMM_HEADERS_MAX)
		return client_fail(c, COMM_ETOO_BIG,
				   "the record has %zu headers; at most %d are allowed",
				   r->n_headers, COMM_HEADERS_MAX);
	for (size_t i = 0; i < r->n_headers; i++) {
		if (!is_text(r->headers[i].name))
			return client_fail(c, COMM_EBAD_VALUE,
					   "the name of header %zu is not valid UTF-8", i);
		if (!r->headers[i].value && r->headers[i].value_len)
			return client_fail(c, COMM_EBAD_VALUE,
					   "the value of header %zu is NULL, but has a length", i);
	}
	return 0;
}

static int check_record(struct comm *c, const struct comm_record *r)
{
	if ((!r->value && r->value_len) || (!r->key && r->key_len))
		return client_fail(c, COMM_EBAD_VALUE, "the record's %s is NULL, but has a length",
				   r->key ? "value" : "key");
	if (r->partition < -1)
		return client_fail(c, COMM_EBAD_VALUE,
				   "partition %d: must be 0 or more, or -1 to let the key decide",
				   (int)r->partition);
	if (r->timestamp_ms < -1)
		return client_fail(c, COMM_EBAD_VALUE,
				   "timestamp_ms %lld: must be 1 or more, or -1 for now",
				   (long long)r->timestamp_ms);
	return r->n_headers ? check_headers(c, r) : 0;
}

/* No less than it is on the wire. */
static size_t size_of(const struct comm_record *r)
{
	size_t size = PRODUCER_RECORD_EXTRA + r->value_len + r->key_len;

	for (size_t i = 0; i < r->n_headers; i++)
		size += PRODUCER_HEADER_EXTRA + strlen(r->headers[i].name) +
			r->headers[i].value_len;
	return size;
}

/* Returns 0, COMM_EAGAIN or COMM_ETOO_BIG. */
static int check_room(struct comm *c, size_t size)
{
	const struct producer *p = &c->producer;
	size_t limit = c->connection.limits.message_bytes;

	if (size + PRODUCER_REQUEST_EXTRA > limit)
		return client_fail(c, COMM_ETOO_BIG,
				   "the record takes up to %zu bytes, and commd's limit is %zu "
				   "(message-max in commd.conf)",
				   size + PRODUCER_REQUEST_EXTRA, limit);
	if (p->n_open >= p->window_records || (p->n_open && p->n_bytes + size > p->window_bytes) ||
	    (p->n_open && producer_is_congested(c))) {
		c->error = "the window is full; process the connection and try again";
		return COMM_EAGAIN;
	}
	return 0;
}

static int send_by(struct comm *c, const char *topic, const struct comm_record *record,
		   int64_t due_ms, comm_sent_fn done, void *arg)
{
	int error = client_enter(c);
	size_t size;

	if (error)
		return error;
	if (!topic || !record)
		return client_fail(c, COMM_EINVALID, "comm_send_async: topic or record is NULL");
	error = check_record(c, record);
	if (error)
		return error;
	size = size_of(record);
	error = check_room(c, size);
	if (!error)
		error = producer_add(c, topic, record, size, due_ms, done, arg);
	return error;
}

int comm_send_async(struct comm *c, const char *topic, const struct comm_record *record,
		    comm_sent_fn done, void *arg)
{
	return send_by(c, topic, record, INT64_MAX, done, arg);
}

static void on_sent(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	struct sending *sending = arg;

	sending->outcome = *outcome;
	client_fail_text(c, outcome->error, comm_bytes_of(outcome->message));
	waiter_end(&sending->waiter, c, outcome->error);
}

static int send_when_possible(struct comm *c, const char *topic, const struct comm_record *record,
			      struct sending *sending)
{
	int64_t until_ms = client_now_ms() + c->timeout_ms;
	int error;

	while ((error = send_by(c, topic, record, until_ms, on_sent, sending)) == COMM_EAGAIN) {
		if (client_now_ms() >= until_ms)
			return client_fail(c, COMM_ETIMEOUT,
					   "the records in flight left no room in the window");
		if (client_await(c, until_ms))
			return COMM_EUNKNOWN_OUTCOME;
	}
	return error;
}

int comm_send_record(struct comm *c, const char *topic, const struct comm_record *record,
		     struct comm_outcome *ret_outcome)
{
	struct sending sending = { .outcome = { .partition = -1, .offset = -1, .message = "" } };
	int error = client_enter_blocking(c);

	if (!error)
		error = send_when_possible(c, topic, record, &sending);
	if (!error) {
		producer_flush(c);
		error = waiter_wait(&sending.waiter, c);
	}
	sending.outcome.error = error;
	/* Also where a callback has forked and this is the child. */
	if (error == COMM_EUNKNOWN_OUTCOME)
		sending.outcome.maybe_persisted = 1;
	sending.outcome.message = error ? comm_error_message(c) : "";
	if (ret_outcome)
		*ret_outcome = sending.outcome;
	return error;
}

int comm_send(struct comm *c, const char *topic, const void *value, size_t value_len,
	      const void *key, size_t key_len)
{
	struct comm_record record = COMM_RECORD_INIT;

	record.value = value;
	record.value_len = value_len;
	record.key = key;
	record.key_len = key_len;
	return comm_send_record(c, topic, &record, NULL);
}

size_t comm_n_open(const struct comm *c)
{
	return c && !client_is_foreign(c) ? c->producer.n_open : 0;
}

int comm_flush(struct comm *c, int timeout_ms, size_t *ret_n_open)
{
	int error = client_enter_blocking(c);
	int64_t until_ms;

	if (error)
		return error;
	until_ms = client_now_ms() + client_timeout(c, timeout_ms);
	do {
		producer_flush(c);
		if (!c->producer.n_open)
			return 0;
		(void)client_turn(c, until_ms, NULL);
	} while (comm_n_open(c) && client_now_ms() < until_ms);
	if (!comm_n_open(c))
		return 0;
	if (ret_n_open)
		*ret_n_open = c->producer.n_open;
	return client_fail(c, COMM_ETIMEOUT, "%zu records have no outcome yet", c->producer.n_open);
}
