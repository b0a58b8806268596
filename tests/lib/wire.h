#pragma once

/*
 * Wire: the protocol by hand, for tests that want to see every byte and every answer.
 *
 * Whatever does not happen within ten seconds fails the running test with a sentence. wire.c has bytes and
 * answers, wire_calls.c what tests do with them time and again.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/codec.h"
#include "proto/errors.h"

struct daemon_under_test;

/* One answer, decoded as far as its envelope. Fields are borrowed from it until wire_reply_fini(). */
struct wire_reply {
	uint64_t id;
	enum comm_error code;         /* COMM_OK, or what the error says */
	struct comm_wire_error error; /* when code is not COMM_OK */
	const void *body;             /* the result; see wire_result() */
	size_t len;                   /* of the whole message */
	char *bytes;                  /* owned; the whole message */
	struct comm_decoder *decoder; /* owned */
};

/* On a clock that nobody sets: CLOCK_MONOTONIC. */
int64_t wire_now_ms(void);

/* A connected descriptor; the test closes it. */
int wire_connect(const struct daemon_under_test *d);

/*
 * The same as another user: who the daemon sees is whoever connects. Only root can; its socket becomes
 * one that everybody may connect to.
 */
int wire_connect_as(const struct daemon_under_test *d, uid_t uid);

/* The same with the groups that this user is in. */
int wire_connect_in(const struct daemon_under_test *d, uid_t uid, gid_t gid, const gid_t *groups,
		    size_t n_groups);

/* Write all of it, however long the daemon takes to read. */
void wire_write(int fd, const void *bytes, size_t n);

/* Send one request. @params is the struct of that method's parameters; NULL for none. */
void wire_request(int fd, uint64_t id, enum comm_method_id method, const void *params);

/* Read one message, and not a byte more, so that descriptors need no state. */
void wire_read(int fd, struct wire_reply *ret);

/* Read the next answer, which has to be to @id; error or not. */
void wire_read_id(int fd, uint64_t id, struct wire_reply *ret);

/* Decode the result of @method into its struct; the answer has to be no error. */
void wire_result(struct wire_reply *r, enum comm_method_id method, void *ret_result);

/*
 * The three at once: a request and its result. @ret_result may be NULL; what is in it lives as
 * long as @ret, which the caller ends by wire_reply_fini().
 */
void wire_call(int fd, uint64_t id, enum comm_method_id method, const void *params,
	       struct wire_reply *ret, void *ret_result);

void wire_reply_fini(struct wire_reply *r);

/*
 * Read the next answer, which has to be the error @code to @id, with a sentence that contains
 * @part (NULL: any sentence).
 */
void wire_expect_error(int fd, uint64_t id, enum comm_error code, const char *part);

/* Read the next answer, which has to be one to @id and no error. */
void wire_expect_ok(int fd, uint64_t id);

/* Nothing more comes, and the daemon has closed the connection. */
void wire_expect_closed(int fd);

/* Another request in the middle of it all, which is answered as ever. */
void wire_ping(int fd);

/* Say who this is, and which profile it uses; either may be NULL. */
void wire_hello(int fd, const char *client, const char *profile);

/* What status says of the counter @name. */
int64_t wire_counter(int fd, const char *name);

/* Ask until it says @value, for half a minute at most. */
void wire_await_counter(int fd, const char *name, int64_t value);

/* Ask until status says that the only profile is in @state, for half a minute at most. */
void wire_await_state(int fd, const char *state);

/* Create a topic, and send the numbers from @first on, @n of them, at most 200, to its partition 0. */
void wire_create_topic(int fd, const char *name, int64_t n_partitions);
void wire_send_numbers(int fd, const char *topic, int first, int n);

/*
 * Send one record, of @value alone and to any partition: the request by itself, or with its answer, which has to have
 * one outcome. @ack may be NULL.
 */
void wire_request_send(int fd, uint64_t id, const char *topic, struct comm_bytes value,
		       const char *ack, int64_t timeout_ms);
void wire_send(int fd, const char *topic, struct comm_bytes value, const char *ack);

/*
 * Subscribe to all of @topic, by itself or as a member of @group, from @start on (NULL: where a group went on, or
 * the end); or with whatever is in @params besides its topics. Returns the subscription.
 */
int64_t wire_subscribe(int fd, const char *group, const char *topic, const char *start);
int64_t wire_subscribe_with(int fd, const char *topic, struct comm_subscribe_params params);

/* The parameters of a receive, and the request; @max_records may be COMM_NONE. */
struct comm_receive_params wire_receive(int64_t subscription, int64_t max_records,
					int64_t timeout_ms);
void wire_request_receive(int fd, uint64_t id, int64_t subscription, int64_t max_records,
			  int64_t timeout_ms);

/* Receive until @n records have come; they are the numbers from @first on, in order. */
void wire_expect_numbers(int fd, int64_t subscription, int first, int n);

/* How many records a receive has brought, of all topics. */
size_t wire_n_records(const struct comm_receive_result *result);
