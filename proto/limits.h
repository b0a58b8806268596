#pragma once

/*
 * Every size and count on the wire, each with its reason. A daemon's configuration
 * can lower COMM_MESSAGE_MAX; nothing can raise these.
 */

/* One message, either way. Kafka's own record limit is 1 MiB unless raised; a batch
 * of records, or one raised record, fits with room to spare. */
#define COMM_MESSAGE_MAX (16 * 1024 * 1024)

/* Containers inside containers, the message's own array included. The schema's deepest
 * message, a batch of received records with headers, needs all eight. */
#define COMM_DEPTH_MAX 8

/* Values in one message. One of a single byte can become a struct of many when it is decoded,
 * so that the bytes of a message alone do not bound the memory it costs. */
#define COMM_OBJECTS_MAX (512 * 1024)

/* One JSON line of a request. What people and scripts write fits; it is parsed in one go, and a MiB is
 * a few milliseconds of that. */
#define COMM_JSON_LINE_MAX (1024 * 1024)

/* Values in such a line, each of which can cost 100 bytes and more while it is parsed: 10000 records
 * with two named fields and a header fit. */
#define COMM_JSON_VALUES_MAX (128 * 1024)

/* One JSON line of an answer. What fits into COMM_MESSAGE_MAX fits here as well: a byte can become the six
 * characters of \u0001, and the names of the fields come to less than one more of these. */
#define COMM_JSON_ANSWER_MAX (7 * COMM_MESSAGE_MAX)

/* Records in one request: what still gives one reply per a few milliseconds of work. */
#define COMM_RECORDS_MAX 10000

/* Headers of one record. */
#define COMM_HEADERS_MAX 256

/* Topics of one subscription. */
#define COMM_TOPICS_MAX 256

/* Topics and single partitions that one subscribe names. Who goes on after a lost connection names each
 * partition with its offset; four thousand are more than a single reader keeps up with. */
#define COMM_TOPIC_REFS_MAX 4096

/* Settings of one new topic. Kafka itself knows about forty. */
#define COMM_SETTINGS_MAX 128

/* A topic's name: Kafka's own limit. */
#define COMM_TOPIC_NAME_MAX 249

/* What it is made of, Kafka's own rule as well; so are the names that commd's administrator gives. */
#define COMM_NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

/* Any other name (client, profile, group, header): long enough for host names and UUIDs. */
#define COMM_NAME_MAX 255

/* A method's name: the longest known has 16 characters. */
#define COMM_METHOD_NAME_MAX 64

/* The longest time a request may ask to wait: an hour. */
#define COMM_TIMEOUT_MAX_MS (60 * 60 * 1000)
