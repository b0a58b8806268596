#pragma once

/*
 * What the tests of quotas share: two users, one of whom wants more than its quota, and what it asks for.
 * They are another number than root each, which only root can be.
 */

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "proto/buf.h"
#include "proto/util.h"
#include "tests/lib/wire.h"

enum { GREEDY = 61001, MODEST = 61002 };

/* Quotas are what is looked at here: everybody may do everything. */
#define EVERYBODY "[rule everybody]\nusers = *\nallow = produce consume administer status\n"

#define NOWHERE "bootstrap.servers=127.0.0.1:1\n"

/* It is COMM_EQUOTA for the limit @key. */
static inline void check_quota(const struct wire_reply *reply, const char *key)
{
	char text[64];

	ck_assert_int_eq(reply->code, COMM_EQUOTA);
	ck_assert(reply->error.retriable);
	ck_assert(comm_bytes_is(reply->error.detail, key));
	snprintf(text, sizeof text, "user %d has used up its quota of %s, ", GREEDY, key);
	ck_assert_msg(!strncmp(reply->error.message.data, text, strlen(text)), "%.*s",
		      (int)reply->error.message.len, reply->error.message.data);
}

static inline void expect_quota(int fd, uint64_t id, const char *key)
{
	struct wire_reply reply;

	wire_read_id(fd, id, &reply);
	check_quota(&reply, key);
	wire_reply_fini(&reply);
}

static inline bool is_closed(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP);
}

static inline int64_t subscribe(int fd)
{
	const struct comm_subscribe_params params = { .at = COMM_NONE,
						      .ack = comm_bytes_of("manual") };

	return wire_subscribe_with(fd, "t", params);
}

static inline void send_value(int fd, uint64_t id, size_t len, int64_t timeout_ms)
{
	static const char value[1024 * 1024];

	wire_request_send(fd, id, "t", (struct comm_bytes){ value, len }, NULL, timeout_ms);
}

/* ---- several requests in one write: none of them is there before the others ---- */

static inline void add_request(struct comm_buf *all, uint64_t id, enum comm_method_id method,
			       const void *params)
{
	ck_assert_int_eq(comm_encode_request(all, id, &comm_methods[method], params), 0);
}

static inline void add_receive(struct comm_buf *all, uint64_t id, int64_t subscription,
			       int64_t timeout_ms)
{
	const struct comm_receive_params params = wire_receive(subscription, COMM_NONE, timeout_ms);

	add_request(all, id, COMM_METHOD_RECEIVE, &params);
}

/* A send of @n records. */
static inline void add_send(struct comm_buf *all, uint64_t id, size_t n)
{
	static struct comm_wire_record records[2000];
	const struct comm_send_params params = { .topic = comm_bytes_of("t"),
						 .records = { records, n },
						 .timeout_ms = COMM_NONE,
						 .written_ms = COMM_NONE };

	ck_assert_uint_le(n, ARRAY_SIZE(records));
	for (size_t i = 0; i < n; i++)
		records[i] = (struct comm_wire_record){ .value = comm_bytes_of("v"),
							.partition = 0,
							.timestamp_ms = COMM_NONE };
	add_request(all, id, COMM_METHOD_SEND, &params);
}

static inline void write_at_once(int fd, struct comm_buf *all)
{
	wire_write(fd, comm_buf_bytes(all), all->len);
	comm_buf_fini(all);
}
