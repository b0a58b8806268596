#pragma once

/*
 * The protocol on one page: every method, every message and its fields, in wire order; those for
 * operators have a page of their own, proto/operator.h.
 *
 * From these lists the compiler derives one struct and one const table per message;
 * codec.c walks the tables to encode, decode and validate. No field is written by
 * hand anywhere else, on either side of the socket. proto/README.md says the same
 * in words, and a test holds it against these lists.
 *
 * A message is an array of its fields in this order, append only. Columns:
 *
 *   F(S, kind, member, need, absent, doc)   a field; kind is INT, BOOL, STR or BIN
 *   L(S, item, member, need, max, doc)      a list of messages, at most max of them
 *   O(S, item, member, need, doc)           one message inside
 *
 * need: NEED  must be there and not nil
 *       NIL   must be there; nil has a meaning of its own
 *       OPT   may be nil, or left out with all that follow; then it is `absent`
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"
#include "proto/operator.h"

/* Borrowed bytes. data is NULL for nil, and never NULL for bytes of length 0. */
struct comm_bytes {
	const char *data;
	size_t len;
};

/* Items live in the caller's array when encoding, in the decoder's memory when decoded. */
struct comm_list {
	const void *items;
	size_t n;
};

enum comm_kind { COMM_INT, COMM_BOOL, COMM_STR, COMM_BIN, COMM_LIST, COMM_OBJECT };
enum comm_need { COMM_NEED, COMM_NIL, COMM_OPT };

/* What an INT is when it was nil or left out and the schema gives no other value. */
#define COMM_NONE INT64_MIN

/* ---- what messages are made of ---- */

#define COMM_WIRE_ERROR(F, L, O, S)                                                               \
	F(S, INT, code, NEED, 0, "number of the error, from the list of errors")                  \
	F(S, STR, name, NEED, 0, "its name")                                                      \
	F(S, STR, message, NEED, 0, "what failed, why (the broker's own words), what to do next") \
	F(S, BOOL, retriable, NEED, 0, "whether the same request may succeed later, unchanged")   \
	F(S, STR, detail, OPT, 0, "which parameter, as a path such as records[3].key")

#define COMM_WIRE_LIMITS(F, L, O, S)                                              \
	F(S, INT, message_bytes, NEED, 0, "largest message either way, in bytes") \
	F(S, INT, records, NEED, 0, "most records in one send")                   \
	F(S, INT, requests, NEED, 0, "most requests in flight on one connection") \
	F(S, INT, inflight_bytes, NEED, 0,                                        \
	  "bytes of sends on one connection whose records have no outcome yet, "  \
	  "beyond which the daemon stops reading from it")

#define COMM_WIRE_HEADER(F, L, O, S)                   \
	F(S, STR, name, NEED, 0, "name of the header") \
	F(S, BIN, value, NIL, 0, "its value; nil is Kafka's null")

/* A record on the way in; one that is only a value may be sent as that value alone. */
#define COMM_WIRE_RECORD(F, L, O, S)                                                            \
	F(S, BIN, value, NIL, 0, "the value; nil is a tombstone")                               \
	F(S, BIN, key, OPT, 0, "the key; nil is no key")                                        \
	L(S, wire_header, headers, OPT, COMM_HEADERS_MAX, "headers in order; names may repeat") \
	F(S, INT, partition, OPT, COMM_NONE, "partition; left out, the key decides")            \
	F(S, INT, timestamp_ms, OPT, COMM_NONE, "milliseconds since 1970; left out, now")

/* A record on the way out. */
#define COMM_WIRE_RECEIVED(F, L, O, S)                                                         \
	F(S, INT, partition, NEED, 0, "partition")                                             \
	F(S, INT, offset, NEED, 0, "offset in the partition")                                  \
	F(S, INT, timestamp_ms, NIL, COMM_NONE, "milliseconds since 1970; nil if it has none") \
	F(S, BIN, key, NIL, 0, "the key; nil is no key")                                       \
	F(S, BIN, value, NIL, 0, "the value; nil is a tombstone")                              \
	L(S, wire_header, headers, OPT, COMM_OBJECTS_MAX, "headers in order")

#define COMM_WIRE_BATCH(F, L, O, S)                         \
	F(S, STR, topic, NEED, 0, "topic of these records") \
	L(S, wire_received, records, NEED, COMM_OBJECTS_MAX, "records, in order per partition")

#define COMM_WIRE_LENGTH(F, L, O, S) \
	F(S, INT, bytes, NEED, 0, "bytes of a value; -1: it is in the record itself")

#define COMM_WIRE_SHARED(F, L, O, S)                       \
	F(S, INT, inode, NEED, 0, "inode of the memory")   \
	L(S, wire_length, lengths, NEED, COMM_OBJECTS_MAX, \
	  "of each record, in the order of the answer: how much of the memory its value takes")

/* What became of @count consecutive records of a send. */
#define COMM_WIRE_OUTCOME(F, L, O, S)                                                             \
	F(S, INT, count, NEED, 0, "how many records of the request, in its order, this is about") \
	F(S, INT, partition, NIL, COMM_NONE, "partition; nil when queued only or not known")      \
	F(S, INT, offset, NIL, COMM_NONE,                                                         \
	  "offset of the first, the others follow it; nil when "                                  \
	  "the brokers did not say")                                                              \
	O(S, wire_error, error, OPT, "why they failed; nil: they did not")                        \
	F(S, BOOL, maybe_persisted, OPT, 0, "failed, but the brokers may have them all the same")

#define COMM_WIRE_TOPIC_REF(F, L, O, S)                             \
	F(S, STR, topic, NEED, 0, "name of the topic")              \
	F(S, INT, partition, OPT, COMM_NONE,                        \
	  "this partition only; subscribe takes none with a group") \
	F(S, INT, offset, OPT, COMM_NONE, "begin, or go on, at this offset; needs the partition")

#define COMM_WIRE_POSITION(F, L, O, S)             \
	F(S, STR, topic, NEED, 0, "topic")         \
	F(S, INT, partition, NEED, 0, "partition") \
	F(S, INT, offset, NEED, 0, "offset of the next record wanted: the last processed, plus 1")

#define COMM_WIRE_ID(F, L, O, S) F(S, INT, id, NEED, 0, "id of a broker")

#define COMM_WIRE_PARTITION(F, L, O, S)                                                       \
	F(S, INT, partition, NEED, 0, "partition")                                            \
	F(S, INT, leader, NIL, COMM_NONE, "id of the leading broker; nil when there is none") \
	L(S, wire_id, replicas, NEED, COMM_OBJECTS_MAX, "brokers that hold a replica")        \
	L(S, wire_id, isr, NEED, COMM_OBJECTS_MAX, "those of them that are in sync")

#define COMM_WIRE_TOPIC(F, L, O, S)                                                \
	F(S, STR, name, NEED, 0, "name of the topic")                              \
	L(S, wire_partition, partitions, NEED, COMM_OBJECTS_MAX, "its partitions") \
	O(S, wire_error, error, OPT, "what the brokers said about it; nil: nothing wrong")

#define COMM_WIRE_BROKER(F, L, O, S)                        \
	F(S, INT, id, NEED, 0, "id of the broker")          \
	F(S, STR, host, NEED, 0, "host name it advertises") \
	F(S, INT, port, NEED, 0, "port it advertises")

#define COMM_WIRE_SETTING(F, L, O, S)                                               \
	F(S, STR, name, NEED, 0, "name of the topic setting, such as retention.ms") \
	F(S, STR, value, NEED, 0, "its value")

/* A setting as the brokers tell it. */
#define COMM_WIRE_CONFIG(F, L, O, S)                                                         \
	F(S, STR, name, NEED, 0, "name of the topic setting, such as retention.ms")          \
	F(S, STR, value, NIL, 0, "its value; nil when it is secret")                         \
	F(S, STR, source, NEED, 0,                                                           \
	  "topic: set for this topic; broker: for the broker, or all of them; default: for " \
	  "none; unknown")                                                                   \
	F(S, BOOL, read_only, NEED, 0, "it cannot be changed")                               \
	F(S, BOOL, sensitive, NEED, 0, "it is secret, such as a password")

/* A setting to be changed. */
#define COMM_WIRE_CHANGE(F, L, O, S)                                                \
	F(S, STR, name, NEED, 0, "name of the topic setting, such as retention.ms") \
	F(S, STR, value, NIL, 0, "its value; nil: what it is by default")

#define COMM_WIRE_GROUP(F, L, O, S)                                                  \
	F(S, STR, group, NEED, 0, "name of the group")                               \
	F(S, STR, state, NEED, 0,                                                    \
	  "Stable, PreparingRebalance, CompletingRebalance, Empty, Dead or Unknown") \
	F(S, BOOL, simple, NEED, 0, "it has committed offsets only: its readers do not share")

/* A member of a group, with what is assigned to it. */
#define COMM_WIRE_MEMBER(F, L, O, S)                                             \
	F(S, STR, member, NEED, 0, "its id, made up by the brokers")             \
	F(S, STR, instance, NIL, 0, "its group.instance.id; nil if it has none") \
	F(S, STR, client, NEED, 0, "its client.id")                              \
	F(S, STR, host, NEED, 0, "where it connects from")                       \
	F(S, BOOL, here, NEED, 0, "it is this daemon")                           \
	L(S, wire_topic_ref, partitions, NEED, COMM_OBJECTS_MAX, "partitions it has been given")

/* A partition of a group. */
#define COMM_WIRE_GROUP_LAG(F, L, O, S)                                                         \
	F(S, STR, topic, NEED, 0, "topic")                                                      \
	F(S, INT, partition, NEED, 0, "partition")                                              \
	F(S, INT, committed, NIL, COMM_NONE, "offset it goes on at; nil: none is committed")    \
	F(S, INT, end, NIL, COMM_NONE, "offset of the next record to be written; nil: unknown") \
	F(S, INT, lag, NIL, COMM_NONE,                                                          \
	  "records between them, from the first there is if none is committed; nil: unknown")   \
	F(S, STR, member, NIL, 0, "id of the member that has it; nil: nobody")

#define COMM_WIRE_WATERMARKS(F, L, O, S)                                                       \
	F(S, INT, partition, NEED, 0, "partition")                                             \
	F(S, INT, low, NEED, 0, "offset of the first record there is")                         \
	F(S, INT, high, NEED, 0, "offset of the next record to be written")                    \
	F(S, INT, at_time, NIL, COMM_NONE,                                                     \
	  "offset of the first record at or after the time asked for; nil: there is none, or " \
	  "no time was asked for")

#define COMM_WIRE_COUNTER(F, L, O, S)               \
	F(S, STR, name, NEED, 0, "what is counted") \
	F(S, INT, value, NEED, 0, "how many now, or since the start for names ending in _total")

#define COMM_WIRE_PROFILE(F, L, O, S)                                                         \
	F(S, STR, name, NEED, 0, "name of the profile")                                       \
	F(S, STR, state, NEED, 0, "unused, up, down or bad")                                  \
	F(S, STR, error, NIL, 0, "what went wrong last, in the brokers' words; nil: nothing") \
	F(S, INT, accepted, NEED, 0, "records taken from clients")                            \
	F(S, INT, persisted, NEED, 0, "of them: acknowledged by the brokers")                 \
	F(S, INT, failed, NEED, 0, "of them: failed")                                         \
	F(S, INT, in_flight, NEED, 0, "of them: neither yet")                                 \
	F(S, INT, in_flight_bytes, NEED, 0, "bytes of those")                                 \
	F(S, INT, delivered, NEED, 0, "records handed to subscribers")                        \
	F(S, INT, consumers, NEED, 0, "Kafka consumers open for its subscriptions")           \
	F(S, STR, description, OPT, 0,                                                        \
	  "commd.description of its file, for who may see the status of others")

#define COMM_WIRE_SUBSCRIPTION(F, L, O, S)                                                      \
	F(S, INT, subscription, NEED, 0, "its number on its connection")                        \
	F(S, STR, client, NEED, 0, "name the client gave itself")                               \
	F(S, INT, pid, NEED, 0, "process of the client")                                        \
	F(S, STR, profile, NEED, 0, "profile")                                                  \
	F(S, STR, group, NIL, 0, "consumer group; nil for a tail")                              \
	F(S, INT, partitions, NEED, 0, "partitions it owns now")                                \
	F(S, INT, delivered, NEED, 0, "records handed to it")                                   \
	F(S, INT, unacknowledged, NEED, 0, "of them: not acknowledged yet")                     \
	F(S, INT, lag, OPT, COMM_NONE,                                                          \
	  "records in its partitions that were not handed to it yet, as far as is known; nil: " \
	  "not known")                                                                          \
	F(S, INT, paused, OPT, 0, "partitions of them that are paused")                         \
	F(S, BOOL, stalled, OPT, 0,                                                             \
	  "it asks for records, more and more are written, and it has been handed none for a "  \
	  "minute")                                                                             \
	F(S, INT, idle_ms, OPT, COMM_NONE,                                                      \
	  "milliseconds since it asked for records last; nil: a receive of it waits now")

#define COMM_WIRE_TOPIC_LEDGER(F, L, O, S)                                    \
	F(S, STR, profile, NEED, 0, "profile that records were sent to")      \
	F(S, STR, topic, NEED, 0, "topic")                                    \
	F(S, INT, accepted, NEED, 0, "records taken from clients")            \
	F(S, INT, persisted, NEED, 0, "of them: acknowledged by the brokers") \
	F(S, INT, failed, NEED, 0, "of them: failed")                         \
	F(S, INT, in_flight, NEED, 0, "of them: neither yet")

#define COMM_WIRE_CLIENT_LEDGER(F, L, O, S)                                   \
	F(S, STR, client, NEED, 0, "name the client gave itself")             \
	F(S, INT, pid, NEED, 0, "process of the client")                      \
	F(S, INT, uid, NEED, 0, "user it runs as")                            \
	F(S, STR, profile, NEED, 0, "profile that it sent records to")        \
	F(S, INT, accepted, NEED, 0, "records taken from it")                 \
	F(S, INT, persisted, NEED, 0, "of them: acknowledged by the brokers") \
	F(S, INT, failed, NEED, 0, "of them: failed")                         \
	F(S, INT, in_flight, NEED, 0, "of them: neither yet")                 \
	F(S, BOOL, connected, NEED, 0, "false: it has gone, its records in flight have not")

#define COMM_WIRE_DISCARD(F, L, O, S)                                                          \
	F(S, INT, first_ms, NEED, 0, "when the first of them failed, milliseconds since 1970") \
	F(S, INT, last_ms, NEED, 0, "when the last did")                                       \
	F(S, STR, profile, NEED, 0, "profile that they were sent to")                          \
	F(S, STR, topic, NEED, 0, "topic")                                                     \
	F(S, STR, client, NEED, 0, "name that their client gave itself")                       \
	F(S, INT, pid, NEED, 0, "process of the client")                                       \
	F(S, INT, uid, NEED, 0, "user it ran as")                                              \
	O(S, wire_error, error, NEED, "why the first of them failed, in the brokers' words")   \
	F(S, BOOL, maybe_persisted, NEED, 0, "the brokers may have them all the same")         \
	F(S, INT, records, NEED, 0, "how many they are")

/* Something that happened to the reading side and mended itself, or did not. */
#define COMM_WIRE_EVENT(F, L, O, S)                                                             \
	F(S, INT, first_ms, NEED, 0, "when it happened first, milliseconds since 1970")         \
	F(S, INT, last_ms, NEED, 0, "when it did last")                                         \
	F(S, STR, event, NEED, 0, "what: such as rebuilt, lost, reset, stalled")                \
	F(S, STR, profile, NEED, 0, "profile")                                                  \
	F(S, STR, group, NIL, 0, "consumer group; nil: none")                                   \
	F(S, STR, topic, NIL, 0, "topic; nil: it is about no single one")                       \
	F(S, INT, partition, NIL, COMM_NONE, "partition; nil: it is about no single one")       \
	F(S, STR, message, NEED, 0, "the last time in a sentence, with the brokers' own words") \
	F(S, INT, times, NEED, 0, "how many times")

/* ---- parameters and results ---- */

#define COMM_HELLO_PARAMS(F, L, O, S)                                               \
	F(S, STR, client, OPT, 0, "name of the program, shown to the operator")     \
	F(S, STR, profile, OPT, 0, "profile of this connection; left out: default") \
	F(S, INT, protocol, OPT, COMM_NONE, "newest protocol version that the client knows")

#define COMM_HELLO_RESULT(F, L, O, S)                                        \
	F(S, STR, server, NEED, 0, "commd")                                  \
	F(S, STR, version, NEED, 0, "its version")                           \
	F(S, INT, protocol, NEED, 0, "protocol version spoken from here on") \
	O(S, wire_limits, limits, NEED, "limits of this connection")         \
	F(S, BOOL, shares, OPT, 0, "a receive may ask for values in shared memory")

#define COMM_PING_RESULT(F, L, O, S) \
	F(S, INT, time_ms, NEED, 0, "the daemon's clock, milliseconds since 1970")

#define COMM_SEND_PARAMS(F, L, O, S)                                                            \
	F(S, STR, topic, NEED, 0, "topic")                                                      \
	L(S, wire_record, records, NEED, COMM_RECORDS_MAX, "records, kept in this order")       \
	F(S, STR, ack, OPT, 0,                                                                  \
	  "broker (default): answer when the brokers have them; "                               \
	  "queued: answer at once")                                                             \
	F(S, INT, timeout_ms, OPT, COMM_NONE, "longest wait for the outcome, milliseconds")     \
	F(S, INT, written_ms, OPT, COMM_NONE,                                                   \
	  "when that time has begun, on the host's CLOCK_MONOTONIC in milliseconds; left out: " \
	  "when the daemon reads this")

#define COMM_SEND_RESULT(F, L, O, S)                         \
	L(S, wire_outcome, outcomes, NEED, COMM_OBJECTS_MAX, \
	  "the records' outcomes, run by run, "              \
	  "in the request's order")

#define COMM_SUBSCRIBE_PARAMS(F, L, O, S)                                               \
	F(S, STR, group, NIL, 0, "consumer group; nil: no group, nothing is committed") \
	L(S, wire_topic_ref, topics, NEED, COMM_TOPIC_REFS_MAX,                         \
	  "topics, by name, and single partitions of topics")                           \
	F(S, STR, start, OPT, 0,                                                        \
	  "where to begin without a committed offset: earliest (default "               \
	  "with a group), latest (default without); without a group also "              \
	  "offset, time, tail")                                                         \
	F(S, INT, at, OPT, COMM_NONE,                                                   \
	  "offset: the offset; time: milliseconds since 1970; "                         \
	  "tail: how many before the end")                                              \
	F(S, STR, ack, OPT, 0,                                                          \
	  "auto (default): a receive acknowledges the records before it; "              \
	  "manual: by the method ack; none: never")                                     \
	F(S, INT, timeout_ms, OPT, COMM_NONE,                                           \
	  "longest wait for the brokers, milliseconds; no more than without it")

#define COMM_SUBSCRIBE_RESULT(F, L, O, S)                                                 \
	F(S, INT, subscription, NEED, 0, "number of the subscription on this connection") \
	L(S, wire_position, positions, OPT, COMM_OBJECTS_MAX,                             \
	  "without a group: where it begins in each partition")

#define COMM_RECEIVE_PARAMS(F, L, O, S)                                                       \
	F(S, INT, subscription, NEED, 0, "number of the subscription")                        \
	F(S, INT, max_records, OPT, COMM_NONE, "most records wanted; left out: 1000")         \
	F(S, INT, max_bytes, OPT, COMM_NONE,                                                  \
	  "most bytes of keys, values and headers wanted; "                                   \
	  "one record always fits; left out: 1 MiB")                                          \
	F(S, INT, timeout_ms, OPT, COMM_NONE,                                                 \
	  "longest wait for the first record, milliseconds; "                                 \
	  "0: do not wait; left out: 30000")                                                  \
	F(S, BOOL, until_end, OPT, 0, "answer as soon as every partition is read to its end") \
	F(S, BOOL, ends, OPT, 0,                                                              \
	  "answer as soon as a partition is read to its end, and say which")                  \
	F(S, INT, share, OPT, 0,                                                              \
	  "inode of the shared memory that values may come in, -1: none has come yet; "       \
	  "those of the answers before are needed no more")

#define COMM_RECEIVE_RESULT(F, L, O, S)                                                 \
	L(S, wire_batch, topics, NEED, COMM_OBJECTS_MAX,                                \
	  "records by topic; empty when the time "                                      \
	  "has passed")                                                                 \
	F(S, BOOL, at_end, OPT, 0, "every partition is read to its end")                \
	L(S, wire_position, ends, OPT, COMM_OBJECTS_MAX,                                \
	  "partitions that were read to their end since the last answer, if asked for") \
	O(S, wire_shared, shared, OPT, "where the values are that the records do not have")

#define COMM_ACK_PARAMS(F, L, O, S)                                    \
	F(S, INT, subscription, NEED, 0, "number of the subscription") \
	L(S, wire_position, positions, NEED, COMM_RECORDS_MAX,         \
	  "positions reached; all records "                            \
	  "before them are acknowledged")

#define COMM_ACK_RESULT(F, L, O, S)                                                       \
	L(S, wire_position, stored, NEED, COMM_RECORDS_MAX, "positions that were stored") \
	L(S, wire_position, refused, OPT, COMM_RECORDS_MAX,                               \
	  "positions of partitions that this "                                            \
	  "subscription no longer owns")

#define COMM_UNSUBSCRIBE_PARAMS(F, L, O, S) \
	F(S, INT, subscription, NEED, 0, "number of the subscription")

#define COMM_SEEK_PARAMS(F, L, O, S)                                                          \
	F(S, INT, subscription, NEED, 0, "number of the subscription")                        \
	F(S, STR, start, NEED, 0, "where to go on: earliest, latest, offset, time or tail")   \
	F(S, INT, at, OPT, COMM_NONE,                                                         \
	  "offset: the offset; time: milliseconds since 1970; tail: how many before the end") \
	L(S, wire_topic_ref, topics, OPT, COMM_TOPIC_REFS_MAX,                                \
	  "these topics and partitions only; left out: every partition it owns")              \
	F(S, INT, timeout_ms, OPT, COMM_NONE, "longest wait for the brokers, milliseconds")

#define COMM_SEEK_RESULT(F, L, O, S) \
	L(S, wire_position, positions, NEED, COMM_OBJECTS_MAX, "where each partition goes on")

#define COMM_PAUSE_PARAMS(F, L, O, S)                                  \
	F(S, INT, subscription, NEED, 0, "number of the subscription") \
	L(S, wire_topic_ref, topics, OPT, COMM_TOPIC_REFS_MAX,         \
	  "these topics and partitions only; left out: every partition it owns")

#define COMM_RESUME_PARAMS(F, L, O, S) COMM_PAUSE_PARAMS(F, L, O, S)

#define COMM_LIST_TOPICS_PARAMS(F, L, O, S)                        \
	F(S, STR, topic, OPT, 0, "this topic only; left out: all") \
	F(S, INT, timeout_ms, OPT, COMM_NONE, "longest wait for the brokers, milliseconds")

#define COMM_LIST_TOPICS_RESULT(F, L, O, S)                        \
	L(S, wire_topic, topics, NEED, COMM_OBJECTS_MAX, "topics") \
	L(S, wire_broker, brokers, NEED, COMM_OBJECTS_MAX, "brokers of the cluster")

#define COMM_CREATE_TOPIC_PARAMS(F, L, O, S)                                                       \
	F(S, STR, topic, NEED, 0, "name of the new topic")                                         \
	F(S, INT, partitions, OPT, COMM_NONE,                                                      \
	  "how many partitions; left out: the brokers' "                                           \
	  "default")                                                                               \
	F(S, INT, replication, OPT, COMM_NONE, "replicas of each; left out: the brokers' default") \
	L(S, wire_setting, settings, OPT, COMM_SETTINGS_MAX, "settings of the topic")              \
	F(S, INT, timeout_ms, OPT, COMM_NONE, "longest wait for the brokers, milliseconds")

#define COMM_DELETE_TOPIC_PARAMS(F, L, O, S)           \
	F(S, STR, topic, NEED, 0, "name of the topic") \
	F(S, INT, timeout_ms, OPT, COMM_NONE, "longest wait for the brokers, milliseconds")

#define COMM_DESCRIBE_TOPIC_PARAMS(F, L, O, S)         \
	F(S, STR, topic, NEED, 0, "name of the topic") \
	F(S, INT, timeout_ms, OPT, COMM_NONE, "longest wait for the brokers, milliseconds")

#define COMM_DESCRIBE_TOPIC_RESULT(F, L, O, S)                                               \
	O(S, wire_topic, topic, NEED, "its partitions, leaders, replicas, in-sync replicas") \
	L(S, wire_config, settings, NEED, COMM_OBJECTS_MAX, "all its settings, by name")

#define COMM_ADD_PARTITIONS_PARAMS(F, L, O, S)                                              \
	F(S, STR, topic, NEED, 0, "name of the topic")                                      \
	F(S, INT, partitions, NEED, 0, "how many it is to have then; more than it has now") \
	F(S, INT, timeout_ms, OPT, COMM_NONE, "longest wait for the brokers, milliseconds")

#define COMM_ALTER_TOPIC_PARAMS(F, L, O, S)                  \
	F(S, STR, topic, NEED, 0, "name of the topic")       \
	L(S, wire_change, settings, NEED, COMM_SETTINGS_MAX, \
	  "settings to change; the others stay")             \
	F(S, INT, timeout_ms, OPT, COMM_NONE, "longest wait for the brokers, milliseconds")

#define COMM_OFFSETS_PARAMS(F, L, O, S)                                 \
	F(S, STR, topic, NEED, 0, "name of the topic")                  \
	F(S, INT, time_ms, OPT, COMM_NONE,                              \
	  "milliseconds since 1970: tell the offsets of this time too") \
	F(S, INT, timeout_ms, OPT, COMM_NONE, "longest wait for the brokers, milliseconds")

#define COMM_OFFSETS_RESULT(F, L, O, S) \
	L(S, wire_watermarks, partitions, NEED, COMM_OBJECTS_MAX, "its partitions")

#define COMM_LIST_GROUPS_PARAMS(F, L, O, S) \
	F(S, INT, timeout_ms, OPT, COMM_NONE, "longest wait for the brokers, milliseconds")

#define COMM_LIST_GROUPS_RESULT(F, L, O, S) \
	L(S, wire_group, groups, NEED, COMM_OBJECTS_MAX, "consumer groups, by name")

#define COMM_DESCRIBE_GROUP_PARAMS(F, L, O, S)         \
	F(S, STR, group, NEED, 0, "name of the group") \
	F(S, INT, timeout_ms, OPT, COMM_NONE, "longest wait for the brokers, milliseconds")

#define COMM_DESCRIBE_GROUP_RESULT(F, L, O, S)                                               \
	O(S, wire_group, group, NEED, "its name and state")                                  \
	F(S, INT, coordinator, NIL, COMM_NONE,                                               \
	  "id of the broker that coordinates it; nil: unknown")                              \
	F(S, STR, assignor, NEED, 0,                                                         \
	  "how its members share, such as range; empty: nothing is shared now")              \
	L(S, wire_member, members, NEED, COMM_OBJECTS_MAX, "its members")                    \
	L(S, wire_group_lag, partitions, NEED, COMM_OBJECTS_MAX,                             \
	  "partitions with a committed offset, and those assigned to members, by topic and " \
	  "number")

#define COMM_RESET_GROUP_PARAMS(F, L, O, S)                                                     \
	F(S, STR, group, NEED, 0, "name of the group")                                          \
	L(S, wire_topic_ref, topics, OPT, COMM_TOPIC_REFS_MAX,                                  \
	  "these topics and partitions; one with an offset goes there; left out: all with a "   \
	  "committed offset")                                                                   \
	F(S, STR, start, OPT, 0,                                                                \
	  "where to go on: earliest, latest, offset, time or tail; left out: where the topics " \
	  "say")                                                                                \
	F(S, INT, at, OPT, COMM_NONE,                                                           \
	  "offset: the offset; time: milliseconds since 1970; tail: how many before the end")   \
	F(S, BOOL, dry_run, OPT, 0, "only tell where it would go on")                           \
	F(S, INT, timeout_ms, OPT, COMM_NONE, "longest wait for the brokers, milliseconds")

#define COMM_RESET_GROUP_RESULT(F, L, O, S) \
	L(S, wire_position, positions, NEED, COMM_OBJECTS_MAX, "where each partition goes on")

#define COMM_DELETE_GROUP_PARAMS(F, L, O, S)           \
	F(S, STR, group, NEED, 0, "name of the group") \
	F(S, INT, timeout_ms, OPT, COMM_NONE, "longest wait for the brokers, milliseconds")

#define COMM_STATUS_RESULT(F, L, O, S)                                                            \
	F(S, STR, server, NEED, 0, "commd")                                                       \
	F(S, STR, version, NEED, 0, "its version")                                                \
	F(S, STR, mode, NEED, 0, "normal, dev or stopping")                                       \
	F(S, STR, librdkafka, NEED, 0, "version of librdkafka it runs with")                      \
	F(S, INT, pid, NEED, 0, "process of the daemon")                                          \
	F(S, INT, uptime_ms, NEED, 0, "milliseconds since its start")                             \
	L(S, wire_counter, counters, NEED, COMM_OBJECTS_MAX, "what it holds and has done")        \
	L(S, wire_profile, profiles, NEED, COMM_OBJECTS_MAX, "profiles")                          \
	L(S, wire_subscription, subscriptions, NEED, COMM_OBJECTS_MAX, "subscriptions")           \
	L(S, wire_topic_ledger, topics, OPT, COMM_OBJECTS_MAX,                                    \
	  "topics that records were sent to in the last ten minutes; of more than 1000 some are " \
	  "left out, and counted as topics_left_out")                                             \
	L(S, wire_client_ledger, clients, OPT, COMM_OBJECTS_MAX,                                  \
	  "clients that have sent records and are connected, or have some in flight; of more "    \
	  "than 1000 some are left out, and counted as clients_left_out")                         \
	L(S, wire_discard, discards, OPT, COMM_OBJECTS_MAX,                                       \
	  "records that failed after they had been accepted, by client, topic and reason; the "   \
	  "most recent 512 such")                                                                 \
	L(S, wire_event, events, OPT, COMM_OBJECTS_MAX,                                           \
	  "what happened to consumers; the most recent 64 such")

/*
 * X(NAME, name, bare). A bare message may be written as its first field alone, and any
 * value that is not an array is read as that field. A message without fields is `none`,
 * written by hand below.
 */
#define COMM_MESSAGES(X)                                       \
	X(WIRE_ERROR, wire_error, false)                       \
	X(WIRE_LIMITS, wire_limits, false)                     \
	X(WIRE_HEADER, wire_header, false)                     \
	X(WIRE_RECORD, wire_record, true)                      \
	X(WIRE_RECEIVED, wire_received, false)                 \
	X(WIRE_BATCH, wire_batch, false)                       \
	X(WIRE_LENGTH, wire_length, true)                      \
	X(WIRE_SHARED, wire_shared, false)                     \
	X(WIRE_OUTCOME, wire_outcome, false)                   \
	X(WIRE_TOPIC_REF, wire_topic_ref, true)                \
	X(WIRE_POSITION, wire_position, false)                 \
	X(WIRE_ID, wire_id, true)                              \
	X(WIRE_PARTITION, wire_partition, false)               \
	X(WIRE_TOPIC, wire_topic, false)                       \
	X(WIRE_BROKER, wire_broker, false)                     \
	X(WIRE_SETTING, wire_setting, false)                   \
	X(WIRE_CONFIG, wire_config, false)                     \
	X(WIRE_CHANGE, wire_change, false)                     \
	X(WIRE_GROUP, wire_group, false)                       \
	X(WIRE_MEMBER, wire_member, false)                     \
	X(WIRE_GROUP_LAG, wire_group_lag, false)               \
	X(WIRE_WATERMARKS, wire_watermarks, false)             \
	X(WIRE_COUNTER, wire_counter, false)                   \
	X(WIRE_PROFILE, wire_profile, false)                   \
	X(WIRE_SUBSCRIPTION, wire_subscription, false)         \
	X(WIRE_TOPIC_LEDGER, wire_topic_ledger, false)         \
	X(WIRE_CLIENT_LEDGER, wire_client_ledger, false)       \
	X(WIRE_DISCARD, wire_discard, false)                   \
	X(WIRE_EVENT, wire_event, false)                       \
	X(HELLO_PARAMS, hello_params, false)                   \
	X(HELLO_RESULT, hello_result, false)                   \
	X(PING_RESULT, ping_result, false)                     \
	X(SEND_PARAMS, send_params, false)                     \
	X(SEND_RESULT, send_result, false)                     \
	X(SUBSCRIBE_PARAMS, subscribe_params, false)           \
	X(SUBSCRIBE_RESULT, subscribe_result, false)           \
	X(RECEIVE_PARAMS, receive_params, false)               \
	X(RECEIVE_RESULT, receive_result, false)               \
	X(ACK_PARAMS, ack_params, false)                       \
	X(ACK_RESULT, ack_result, false)                       \
	X(UNSUBSCRIBE_PARAMS, unsubscribe_params, false)       \
	X(SEEK_PARAMS, seek_params, false)                     \
	X(SEEK_RESULT, seek_result, false)                     \
	X(PAUSE_PARAMS, pause_params, false)                   \
	X(RESUME_PARAMS, resume_params, false)                 \
	X(LIST_TOPICS_PARAMS, list_topics_params, false)       \
	X(LIST_TOPICS_RESULT, list_topics_result, false)       \
	X(CREATE_TOPIC_PARAMS, create_topic_params, false)     \
	X(DELETE_TOPIC_PARAMS, delete_topic_params, false)     \
	X(DESCRIBE_TOPIC_PARAMS, describe_topic_params, false) \
	X(DESCRIBE_TOPIC_RESULT, describe_topic_result, false) \
	X(ADD_PARTITIONS_PARAMS, add_partitions_params, false) \
	X(ALTER_TOPIC_PARAMS, alter_topic_params, false)       \
	X(OFFSETS_PARAMS, offsets_params, false)               \
	X(OFFSETS_RESULT, offsets_result, false)               \
	X(LIST_GROUPS_PARAMS, list_groups_params, false)       \
	X(LIST_GROUPS_RESULT, list_groups_result, false)       \
	X(DESCRIBE_GROUP_PARAMS, describe_group_params, false) \
	X(DESCRIBE_GROUP_RESULT, describe_group_result, false) \
	X(RESET_GROUP_PARAMS, reset_group_params, false)       \
	X(RESET_GROUP_RESULT, reset_group_result, false)       \
	X(DELETE_GROUP_PARAMS, delete_group_params, false)     \
	X(STATUS_RESULT, status_result, false)                 \
	COMM_OPERATOR_MESSAGES(X)

/* M(NAME, name, params, result, doc): the methods, by their name on the wire. */
#define COMM_METHODS(M)                                                                           \
	M(HELLO, hello, hello_params, hello_result,                                               \
	  "names the client, binds the connection to a profile, tells the limits; optional")      \
	M(PING, ping, none, ping_result, "answers at once")                                       \
	M(SEND, send, send_params, send_result, "sends records to a topic")                       \
	M(SUBSCRIBE, subscribe, subscribe_params, subscribe_result,                               \
	  "begins to read topics, as a member of a group or alone")                               \
	M(RECEIVE, receive, receive_params, receive_result, "waits for records and returns them") \
	M(ACK, ack, ack_params, ack_result, "acknowledges records")                               \
	M(UNSUBSCRIBE, unsubscribe, unsubscribe_params, none, "ends a subscription")              \
	M(SEEK, seek, seek_params, seek_result, "goes on reading elsewhere")                      \
	M(PAUSE, pause, pause_params, none, "stops reading partitions, and keeps them")           \
	M(RESUME, resume, resume_params, none, "goes on reading them")                            \
	M(LIST_TOPICS, list_topics, list_topics_params, list_topics_result,                       \
	  "lists topics, partitions, leaders, replicas and in-sync replicas")                     \
	M(CREATE_TOPIC, create_topic, create_topic_params, none, "creates a topic")               \
	M(DELETE_TOPIC, delete_topic, delete_topic_params, none, "deletes a topic")               \
	M(DESCRIBE_TOPIC, describe_topic, describe_topic_params, describe_topic_result,           \
	  "tells a topic's partitions and settings")                                              \
	M(ADD_PARTITIONS, add_partitions, add_partitions_params, none,                            \
	  "gives a topic more partitions")                                                        \
	M(ALTER_TOPIC, alter_topic, alter_topic_params, none, "changes a topic's settings")       \
	M(OFFSETS, offsets, offsets_params, offsets_result,                                       \
	  "tells the first and the next offset of each partition of a topic")                     \
	M(LIST_GROUPS, list_groups, list_groups_params, list_groups_result,                       \
	  "lists consumer groups")                                                                \
	M(DESCRIBE_GROUP, describe_group, describe_group_params, describe_group_result,           \
	  "tells a group's members, offsets and lag")                                             \
	M(RESET_GROUP, reset_group, reset_group_params, reset_group_result,                       \
	  "has a group go on elsewhere")                                                          \
	M(DELETE_GROUP, delete_group, delete_group_params, none, "deletes a group's offsets")     \
	M(STATUS, status, none, status_result, "tells what the daemon holds and does")            \
	COMM_OPERATOR_METHODS(M)

#define COMM_PROTOCOL_VERSION 1

/* The notification, without parameters, whose first byte comes with the descriptor of shared memory. */
#define COMM_SHARED_NOTE "\x93\x02\xa6shared\x90"

/* ---- derived: the structs ---- */

typedef int64_t comm_c_INT;
typedef bool comm_c_BOOL;
typedef struct comm_bytes comm_c_STR;
typedef struct comm_bytes comm_c_BIN;

struct comm_none {
	char unused;
};

#define COMM_MEMBER_F(S, kind, member, need, absent, doc) comm_c_##kind member;
#define COMM_MEMBER_L(S, item, member, need, max, doc)    struct comm_list member;
#define COMM_MEMBER_O(S, item, member, need, doc)         const struct comm_##item *member;
#define COMM_STRUCT(NAME, name, bare)                                      \
	struct comm_##name {                                               \
		COMM_##NAME(COMM_MEMBER_F, COMM_MEMBER_L, COMM_MEMBER_O, ) \
	};
COMM_MESSAGES(COMM_STRUCT)
#undef COMM_STRUCT
#undef COMM_MEMBER_F
#undef COMM_MEMBER_L
#undef COMM_MEMBER_O

/* ---- derived: the tables ---- */

enum comm_message_id {
	COMM_MESSAGE_none,
#define COMM_MESSAGE_ENUM(NAME, name, bare) COMM_MESSAGE_##name,
	COMM_MESSAGES(COMM_MESSAGE_ENUM)
#undef COMM_MESSAGE_ENUM
		COMM_N_MESSAGES
};

/* Longest name of a field, its NUL included. */
#define COMM_FIELD_NAME_SIZE 16

/* Small, and without pointers: each would cost a relocation in every program that links this. */
struct comm_field {
	char name[COMM_FIELD_NAME_SIZE];
	enum comm_kind kind : 4;
	enum comm_need need : 4;
	enum comm_message_id item : 8; /* LIST and OBJECT: what is inside; comm_field_item() */
	unsigned int offset : 16;      /* in the message's struct */
	union {
		uint32_t max;   /* LIST: most items */
		int32_t absent; /* INT and BOOL: comm_field_absent() */
	};
};

/* What stands for COMM_NONE in a field. */
#define COMM_FIELD_NONE INT32_MIN

/* What the fields mean is in proto/doc.h, which libcommclient does without. */
struct comm_message {
	uint16_t first; /* of its fields, in comm_fields; comm_message_field() */
	uint16_t size;  /* of the C struct */
	uint8_t n_fields;
	bool bare; /* may be written as its first field alone */
};

extern const struct comm_field comm_fields[];
extern const struct comm_message comm_messages[COMM_N_MESSAGES];

static inline const struct comm_field *comm_message_field(const struct comm_message *type, size_t i)
{
	return &comm_fields[type->first + i];
}

/* What is inside a LIST or an OBJECT. */
static inline const struct comm_message *comm_field_item(const struct comm_field *f)
{
	return &comm_messages[f->item];
}

/* The value of an INT or a BOOL that was nil or left out. */
static inline int64_t comm_field_absent(const struct comm_field *f)
{
	return f->absent == COMM_FIELD_NONE ? COMM_NONE : f->absent;
}

enum comm_method_id {
#define COMM_METHOD_ENUM(NAME, name, params, result, doc) COMM_METHOD_##NAME,
	COMM_METHODS(COMM_METHOD_ENUM)
#undef COMM_METHOD_ENUM
		COMM_N_METHODS
};

/* Longest name of a method, its NUL included. */
#define COMM_METHOD_NAME_SIZE 16

struct comm_method {
	char name[COMM_METHOD_NAME_SIZE];
	enum comm_method_id id : 8;
	enum comm_message_id params_id : 8; /* comm_method_params() */
	enum comm_message_id result_id : 8; /* comm_method_result() */
};

extern const struct comm_method comm_methods[COMM_N_METHODS];

static inline const struct comm_message *comm_method_params(const struct comm_method *m)
{
	return &comm_messages[m->params_id];
}

static inline const struct comm_message *comm_method_result(const struct comm_method *m)
{
	return &comm_messages[m->result_id];
}

/* Returns NULL for a name that no method has. */
const struct comm_method *comm_method_find(struct comm_bytes name);

/* Bytes of a string literal or of a C string; NULL becomes nil. */
struct comm_bytes comm_bytes_of(const char *s);

/* Whether @b is exactly the C string @s. */
bool comm_bytes_is(struct comm_bytes b, const char *s);

/* As memcmp() does; what is the beginning of the other comes first. */
int comm_bytes_compare(struct comm_bytes a, struct comm_bytes b);

/* A C string of its own, freed by the caller; NULL when out of memory or @b is nil. */
char *comm_bytes_dup(struct comm_bytes b);
