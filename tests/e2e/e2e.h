#pragma once

/*
 * E2e: what the tests of the client library share: handles, topics of their own, numbered
 * records sent and read back.
 *
 * Whatever goes wrong here fails the running test with a sentence.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/commclient.h"

struct daemon_under_test;
struct keeper;

/* Longest wait for anything. */
#define E2E_LIMIT_MS 20000

/* The time of calls that are to fail: the daemon gives them up a tenth before the library. */
#define E2E_SHORT_MS 4000

/* For each of many records: libcheck's own assertions each write to a file, success or not. */
#define e2e_check(condition, ...)                  \
	do {                                       \
		if (!(condition))                  \
			ck_abort_msg(__VA_ARGS__); \
	} while (0)

/* @call has succeeded; otherwise the test fails with the sentence of the handle @c. */
#define assert_ok(c, call)                                                           \
	do {                                                                         \
		int error_ = (call);                                                 \
                                                                                     \
		e2e_check(error_ == 0, "%s: %s: %s", #call, comm_error_name(error_), \
			  comm_error_message(c));                                    \
	} while (0)

/* @call has failed with the error @wanted, and the sentence of the handle @c has @part in it. */
#define assert_error(c, call, wanted, part)                                             \
	do {                                                                            \
		int error_ = (call);                                                    \
                                                                                        \
		e2e_check(error_ == (wanted), "%s: wanted %s, got %s: %s", #call,       \
			  comm_error_name(wanted), comm_error_name(error_),             \
			  comm_error_message(c));                                       \
		e2e_check(strstr(comm_error_message(c), part) != NULL,                  \
			  "%s: wanted a sentence with \"%s\", got \"%s\"", #call, part, \
			  comm_error_message(c));                                       \
	} while (0)

/*
 * The same of a call whose time has passed without a word from Kafka. A busy machine may take longer than
 * that tenth for the daemon's answer, or to learn which broker it is: then the call is made again.
 */
#define assert_silence(c, call, part)                                                           \
	do {                                                                                    \
		int error_;                                                                     \
                                                                                                \
		do                                                                              \
			error_ = (call);                                                        \
		while (error_ == COMM_ETIMEOUT ||                                               \
		       (error_ == COMM_EBROKER && !strstr(comm_error_message(c), part)));       \
		e2e_check(error_ == COMM_EBROKER, "%s: wanted COMM_EBROKER, got %s: %s", #call, \
			  comm_error_name(error_), comm_error_message(c));                      \
	} while (0)

int64_t e2e_now_ms(void);

/* What random() begins with from here on, and says so: $COMMD_TEST_SEED, or another one each time. */
unsigned int e2e_seed(void);

/* A connection to @d, or to the socket at @path, with the default profile. */
struct comm *e2e_connect(const struct daemon_under_test *d);
struct comm *e2e_connect_path(const char *path, const struct comm_options *options);

/* End it; every record has its outcome. */
void e2e_close(struct comm *c);

/* A name that no other test run uses, ending with @name. It is freed by the caller. */
char *e2e_topic(const char *name);

void e2e_create(struct comm *c, const char *topic, int n_partitions);
void e2e_delete(struct comm *c, const char *topic);

/* Whether the cluster has @topic, creating nothing. */
bool e2e_has_topic(struct comm *c, const char *topic);

/* Send the numbers from @first on, @n of them, to partition 0 of @topic, and wait for them. */
void e2e_send_numbers(struct comm *c, const char *topic, int first, int n);

/* The same to each of the partitions 0 to @n_partitions - 1. */
void e2e_send_everywhere(struct comm *c, const char *topic, int n_partitions, int first, int n);

/* Read @topic alone, from its beginning. */
struct comm_subscription *e2e_read(struct comm *c, const char *topic);

/* Become a member of @group; acknowledge by comm_ack(). */
struct comm_subscription *e2e_join(struct comm *c, const char *group, const char *topic);

/* Receive one record, borrowed until the next receive. */
const struct comm_record *e2e_receive(struct comm *c, struct comm_subscription *s);

/* Receive @n records: the numbers from @first on, in this order. */
void e2e_expect_numbers(struct comm *c, struct comm_subscription *s, int first, int n);

/* The decimal number that is the value of @record. */
int e2e_number(const struct comm_record *record);

/* ---- processes of the test ---- */

/* Returns twice, as fork() does; a child dies with the test. */
pid_t e2e_fork(void);

/* ---- a socket that outlives the daemon behind it ---- */

/* A path that leads to one daemon after another. */
struct e2e_place {
	struct keeper *keeper; /* owned */
	char dir[64];
	char socket[80];
};

void e2e_place_init(struct e2e_place *p);

/* From here on the path leads to the socket of @d. */
void e2e_place_set(struct e2e_place *p, const struct daemon_under_test *d);
void e2e_place_fini(struct e2e_place *p);
