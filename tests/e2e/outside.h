#pragma once

/*
 * Outside: what others do to the topics and groups of a real Kafka, and what commd says about it.
 *
 * Whatever goes wrong here fails the running test with a sentence.
 */

#include <stdint.h>

struct daemon_under_test;

/* Remove the records of partition 0 of @topic that are before @offset. */
void outside_delete_records(const char *kafka, const char *topic, int64_t offset);

/* @group, which has no members, goes on at @offset in partition 0 of @topic. */
void outside_commit(const char *kafka, const char *group, const char *topic, int64_t offset);

/* Wait until the brokers say that @group is in @state, such as Stable, with @n_members. */
void outside_await_group(const char *kafka, const char *group, const char *state, int n_members);

/* How often status of @d says that @event has happened, to all groups and topics; 0: it does not. */
int64_t outside_times(const struct daemon_under_test *d, const char *event);

/* Wait until it says so. */
void outside_await_event(const struct daemon_under_test *d, const char *event);
