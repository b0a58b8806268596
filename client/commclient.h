/*
 * libcommclient: send, receive and manage Kafka topics through commd, the gateway of this host.
 *
 * - One struct comm is one connection, bound to one profile (a named set of Kafka settings that
 *   the administrator owns). Use a handle from one thread at a time; use one handle per thread.
 * - Functions return 0 or a positive COMM_E* number from the list of errors; comm_strerror() is its
 *   general sentence, comm_error_message() the whole one for the last failure on a handle.
 *   Results come through ret_ parameters, which are written on success only.
 * - The library starts no threads, never logs, never exits, touches no signals and raises no
 *   SIGPIPE. After fork() the child's first call opens a connection of its own; records whose
 *   outcome was outstanding stay the parent's, and nothing is called back for them in the child. Its
 *   copies of subscriptions subscribe for themselves when they receive.
 * - A lost connection is opened again by the next call, with growing pauses, within that call's
 *   time. What was in flight then ends with COMM_EUNKNOWN_OUTCOME unless resending was allowed.
 * - Every blocking call is its asynchronous form plus comm_process() until that is done; signals do
 *   not end it early, but for comm_wait(). Callbacks run inside comm_process() or a blocking call,
 *   comm_close() included, never elsewhere. They may call any function of this library except the
 *   blocking ones and comm_close(), which refuse with COMM_EINVALID.
 */
#ifndef COMMCLIENT_H
#define COMMCLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "commclient_errors.h"

#ifdef __cplusplus
extern "C" {
#endif

struct comm;
struct comm_subscription;

/* ---- connection ---- */

/* comm_options::ack: when is a record sent? */
enum comm_ack {
	COMM_ACK_BROKER = 0, /* when the brokers have acknowledged it */
	COMM_ACK_QUEUED = 1  /* when commd has it in memory: no promise, but it is counted there */
};

/* What a connection may be told; zero everywhere is the default. */
struct comm_options {
	const char *client; /* name shown to the operator; NULL: the program's name */
	int timeout_ms;     /* longest time of each blocking call; 0: 30000 */
	enum comm_ack ack;
	int resend; /* not 0: after a lost connection send again what had no outcome; it may then
		       arrive twice */
	size_t window_records; /* records in flight beyond which COMM_EAGAIN; 0: 20000 */
	size_t window_bytes;   /* bytes in flight beyond which COMM_EAGAIN; 0: 8 MiB */
};

/*
 * Connect to commd on @socket (NULL: $COMMD_SOCKET, else /run/commd/commd.sock; a leading @ is an
 * abstract name) with @profile (NULL: default) and @options (NULL: the defaults). Strings are copied.
 * If nobody listens, that is told at once; if too many others are waiting there, it waits.
 *
 * On success @ret_c is the caller's, freed by comm_close(). On failure it is still set if memory
 * was left, so that comm_error_message() can tell what is wrong and what to do; close it as well.
 *
 * Returns 0, COMM_ENOT_RUNNING, COMM_EDENIED, COMM_ENO_PROFILE, COMM_EBAD_PROFILE, COMM_ETIMEOUT,
 * COMM_ESHUTDOWN, COMM_EPROTOCOL, COMM_ENO_MEMORY; or COMM_EINVALID for a socket's path that is too
 * long or an option that is not allowed: that handle can only be closed.
 */
int comm_connect(const char *socket, const char *profile, const struct comm_options *options,
		 struct comm **ret_c);

/*
 * Wait at most @timeout_ms (negative: the handle's timeout) until every record has its outcome,
 * then close the connection and free the handle with its subscriptions, in any case. Whoever still
 * waits for something is called back now. @c may be NULL.
 *
 * Returns 0, or COMM_ETIMEOUT; then @ret_n_open (may be NULL) is how many records have none.
 */
int comm_close(struct comm *c, int timeout_ms, size_t *ret_n_open);

/* General sentence and name (COMM_EBROKER) of an error number; never NULL, not to be freed. */
const char *comm_strerror(int error);
const char *comm_error_name(int error);

/* Whether the same call may succeed later, unchanged. */
int comm_is_retriable(int error);

/*
 * The last failure on @c in a sentence: what failed, why, in the broker's own words, and what to do
 * next. Valid until the next call on @c; never NULL. @c may be NULL.
 */
const char *comm_error_message(const struct comm *c);

/* Version of the library, and of the daemon once connected ("" before). */
const char *comm_version(void);
const char *comm_server_version(const struct comm *c);

/* ---- event loops ---- */

/*
 * For a program with an event loop of its own: wait for comm_events() (POLLIN, POLLOUT) on
 * comm_fd(), at most comm_timeout() milliseconds (-1: for ever), then call comm_process(). Ask for
 * all three again after each call of the library: the descriptor changes when it reconnects, and is
 * -1 while it waits to try again.
 */
int comm_fd(const struct comm *c);
short comm_events(const struct comm *c);
int comm_timeout(const struct comm *c);

/*
 * Read and write what can be, without waiting, and call back for what is done.
 * Returns 0, or the reason why the connection was lost or could not be made again; the library
 * reconnects by itself as long as somebody waits for something.
 */
int comm_process(struct comm *c);

/* ---- sending ---- */

/* One header of a record. value NULL is Kafka's null. */
struct comm_header {
	const char *name;
	const void *value;
	size_t value_len;
};

/* A record, on the way in and on the way out. Begin with COMM_RECORD_INIT. */
struct comm_record {
	const void *value; /* NULL: a tombstone */
	size_t value_len;
	const void *key; /* NULL: no key */
	size_t key_len;
	const struct comm_header *headers;
	size_t n_headers;
	int32_t partition;    /* -1: the key decides */
	int64_t timestamp_ms; /* since 1970; -1: now; received: -1 if it has none */
	const char *topic;    /* received ones only */
	int64_t offset;       /* received ones only */
};
#define COMM_RECORD_INIT                                    \
	{                                                   \
		NULL, 0, NULL, 0, NULL, 0, -1, -1, NULL, -1 \
	}

/* What became of a record. */
struct comm_outcome {
	int error;           /* 0: the brokers have it (or commd, with COMM_ACK_QUEUED) */
	int maybe_persisted; /* error, but the brokers may have it all the same */
	int32_t partition;   /* -1: not known */
	int64_t offset;      /* -1: not known */
	const char *message; /* "" without error; valid during the callback, or until the next
				call on the handle */
};

typedef void (*comm_sent_fn)(struct comm *c, const struct comm_outcome *outcome, void *arg);

/*
 * Send @value of @value_len bytes (NULL: a tombstone) with @key (NULL: none) to @topic and wait for
 * the brokers.
 *
 * Returns 0, COMM_ETOPIC_UNAVAILABLE, COMM_EBAD_VALUE, COMM_ETOO_BIG, COMM_ESEND, COMM_EBROKER,
 * COMM_ETIMEOUT, COMM_EUNKNOWN_OUTCOME, or what comm_connect() returns.
 */
int comm_send(struct comm *c, const char *topic, const void *value, size_t value_len,
	      const void *key, size_t key_len);

/* The same with everything a record can have. @ret_outcome (may be NULL) is set on failure too. */
int comm_send_record(struct comm *c, const char *topic, const struct comm_record *record,
		     struct comm_outcome *ret_outcome);

/*
 * Give one record away; it is copied. @done (may be NULL) is called exactly once with its outcome,
 * in sending order for records of one partition, unless an error is returned here.
 *
 * Records are gathered while a request to the same topic is under way and leave when it returns, or
 * when 64 KiB or 300 records are there, or after a second at the latest: nobody waits for a timer,
 * and one at a time is as fast as many at once. Nothing is read or called back here.
 *
 * The outcome is due within the handle's time. Records leave in the order in which they were given,
 * with one exception: when commd refuses one record of several that left together, the others are
 * sent again, behind what has left meanwhile.
 *
 * Returns 0; COMM_EAGAIN when the window is full, or commd does not keep up: nothing was taken, wait for
 * comm_fd(), call comm_process() and try again (or call comm_wait()); COMM_EBAD_VALUE; COMM_ETOO_BIG;
 * COMM_ENO_MEMORY.
 */
int comm_send_async(struct comm *c, const char *topic, const struct comm_record *record,
		    comm_sent_fn done, void *arg);

/*
 * Wait at most @timeout_ms (negative: the handle's timeout) for something to happen, and process it.
 * Returns 0, also after a signal; COMM_ETIMEOUT when nothing happened; or what comm_process() returns.
 */
int comm_wait(struct comm *c, int timeout_ms);

/*
 * Wait at most @timeout_ms (negative: the handle's timeout) until every record has its outcome.
 * Returns 0, or COMM_ETIMEOUT; then @ret_n_open (may be NULL) is how many have none.
 */
int comm_flush(struct comm *c, int timeout_ms, size_t *ret_n_open);

/* How many records have no outcome yet. */
size_t comm_n_open(const struct comm *c);

/* ---- receiving ---- */

enum comm_start {
	COMM_START_DEFAULT = 0, /* earliest with a group, latest without */
	COMM_START_EARLIEST,
	COMM_START_LATEST,
	COMM_START_OFFSET, /* at: the offset; only without a group, as those below */
	COMM_START_TIME,   /* at: milliseconds since 1970 */
	COMM_START_TAIL    /* at: how many records before the end */
};

enum comm_ack_mode {
	COMM_ACK_AUTO = 0, /* each receive acknowledges the records of the one before */
	COMM_ACK_MANUAL,   /* by comm_ack() */
	COMM_ACK_NONE      /* never; nothing is committed */
};

/* How to read; zero everywhere is the default. */
struct comm_subscribe_options {
	enum comm_start start; /* for a group: only where it has no committed offset */
	int64_t at;
	enum comm_ack_mode ack;
	int32_t one_partition; /* not 0: only the partition below, of one topic, without a group */
	int32_t partition;
	int until_end; /* not 0: a receive returns at once when all is read to the end */
};

/*
 * Read @topics as a member of @group, shared with every other member on this and other hosts, or
 * alone (NULL). After a lost connection the library subscribes again: unacknowledged records come
 * again; without a group each partition goes on after the last record received, or where it began, and
 * partitions that were added meanwhile are read from their beginning.
 *
 * The subscription is the handle's; comm_unsubscribe() or comm_close() frees it.
 *
 * Returns 0, COMM_ETOPIC_UNAVAILABLE, COMM_EBAD_VALUE, COMM_EBROKER, COMM_EBUSY, COMM_ETIMEOUT,
 * COMM_ETOO_BIG (too many partitions to be read alone), COMM_EINVALID, or what comm_connect() returns.
 */
int comm_subscribe(struct comm *c, const char *group, const char *const *topics, size_t n_topics,
		   const struct comm_subscribe_options *options, struct comm_subscription **ret_s);

/*
 * Wait at most @timeout_ms (negative: the handle's timeout) for records; 0 records when the time has
 * passed or, with until_end, at the end (comm_is_at_end() tells). At most @max_records (0: 1000).
 * With COMM_ACK_AUTO there is one receive at a time.
 *
 * The records are valid until the next receive on this subscription.
 *
 * Returns 0, COMM_ETOPIC_UNAVAILABLE, COMM_ERECEIVE, COMM_EBROKER, COMM_EBUSY (another receive is
 * waiting), COMM_ETOO_BIG (one record is larger than what commd can deliver; comm_error_message()
 * names it, and the next receive goes on behind it), COMM_ENO_SUBSCRIPTION (the connection was lost,
 * and there are more partitions than can be asked for again: unsubscribe), or what comm_connect()
 * returns.
 */
int comm_receive(struct comm_subscription *s, size_t max_records, int timeout_ms,
		 const struct comm_record **ret_records, size_t *ret_n_records);

/* Whether the last receive found every partition read to its end. */
int comm_is_at_end(const struct comm_subscription *s);

/*
 * Acknowledge @record and all records before it in its partition.
 * Returns 0, COMM_ESTALE when the partition has moved to another reader, which gets them again, or
 * what comm_connect() returns.
 */
int comm_ack(struct comm_subscription *s, const struct comm_record *record);

/*
 * End the subscription and free @s, in any case. What is not acknowledged goes to other readers.
 * Receives that wait end with COMM_ENO_SUBSCRIPTION, and so does every one that is asked for before
 * @s is gone.
 */
int comm_unsubscribe(struct comm_subscription *s);

/* ---- topics ---- */

struct comm_partition_info {
	int32_t partition;
	int32_t leader; /* -1: none */
	const int32_t *replicas;
	size_t n_replicas;
	const int32_t *isr; /* in-sync replicas */
	size_t n_isr;
};

struct comm_topic_info {
	const char *name;
	const struct comm_partition_info *partitions;
	size_t n_partitions;
	int error; /* 0, or what is wrong with this topic */
	const char *error_message;
};

struct comm_broker_info {
	int32_t id;
	const char *host;
	int port;
};

struct comm_topics {
	const struct comm_topic_info *topics;
	size_t n_topics;
	const struct comm_broker_info *brokers;
	size_t n_brokers;
};

/*
 * All topics, or just @topic. The result is the caller's, freed by comm_topics_free().
 * Returns 0, COMM_ETOPIC_QUERY, COMM_EBROKER, or what comm_connect() returns.
 */
int comm_list_topics(struct comm *c, const char *topic, struct comm_topics **ret_topics);
void comm_topics_free(struct comm_topics *topics);

/* One setting of a new topic, such as retention.ms. */
struct comm_setting {
	const char *name;
	const char *value;
};

/*
 * Create @topic with @n_partitions and @replication (0 or less: the brokers' default).
 * Returns 0, COMM_ETOPIC_CREATE, COMM_EBROKER, or what comm_connect() returns.
 */
int comm_create_topic(struct comm *c, const char *topic, int n_partitions, int replication,
		      const struct comm_setting *settings, size_t n_settings);

/* Returns 0, COMM_ETOPIC_DELETE, COMM_EBROKER, or what comm_connect() returns. */
int comm_delete_topic(struct comm *c, const char *topic);

/* ---- the daemon ---- */

/* The daemon's clock, milliseconds since 1970. Returns 0 or what comm_connect() returns. */
int comm_ping(struct comm *c, int64_t *ret_time_ms);

struct comm_counter {
	const char *name;
	int64_t value;
};

struct comm_profile_status {
	const char *name;
	const char *state; /* unused, up, down or bad */
	const char *error; /* "" or the last thing that went wrong */
	int64_t accepted, persisted, failed, in_flight, in_flight_bytes; /* records sent */
	int64_t delivered; /* records handed to subscribers */
	int64_t n_consumers;
};

struct comm_subscription_status {
	int64_t subscription;
	const char *client;
	int64_t pid;
	const char *profile;
	const char *group; /* NULL: none */
	int64_t n_partitions, delivered, unacknowledged;
};

/* Of a topic's records, as of a client's, accepted = persisted + failed + in_flight. */
struct comm_topic_status {
	const char *profile;
	const char *topic;
	int64_t accepted, persisted, failed, in_flight;
};

struct comm_client_status {
	const char *client; /* what it calls itself */
	int64_t pid, uid;
	const char *profile;
	int64_t accepted, persisted, failed, in_flight;
	int is_connected; /* 0: it has gone, and has records in flight */
};

/* Records that failed after they had been accepted, all of one client and for one reason. */
struct comm_discard {
	int64_t first_ms, last_ms; /* when, milliseconds since 1970 */
	const char *profile;
	const char *topic;
	const char *client;
	int64_t pid, uid;
	int error; /* enum comm_error */
	const char *error_name;
	const char *message; /* the brokers' own words included */
	int maybe_persisted; /* the brokers may have them all the same */
	int64_t n_records;
};

struct comm_status {
	const char *version, *mode, *librdkafka;
	int64_t pid, uptime_ms;
	const struct comm_counter *counters;
	size_t n_counters;
	const struct comm_profile_status *profiles;
	size_t n_profiles;
	const struct comm_subscription_status *subscriptions;
	size_t n_subscriptions;
	/* Of daemons that know them; of very many topics or clients some are left out. */
	const struct comm_topic_status *topics; /* that records were sent to of late */
	size_t n_topics;
	const struct comm_client_status *clients; /* that have sent records */
	size_t n_clients;
	const struct comm_discard *discards; /* the most recent first */
	size_t n_discards;
};

/* The result is the caller's, freed by comm_status_free(). */
int comm_status(struct comm *c, struct comm_status **ret_status);
void comm_status_free(struct comm_status *status);

/* ---- the same, asynchronously ---- */

/*
 * Each returns 0 when the request was queued, and then calls back exactly once, with error 0 and the
 * result or with an error and comm_error_message(c) set. Results are valid during the callback, a
 * received record's until the next receive's; topics and status are the callee's to free. A
 * comm_done_fn may be NULL. @timeout_ms is as in the blocking form.
 */
typedef void (*comm_done_fn)(struct comm *c, int error, void *arg);
typedef void (*comm_ping_fn)(struct comm *c, int error, int64_t time_ms, void *arg);
typedef void (*comm_topics_fn)(struct comm *c, int error, struct comm_topics *topics, void *arg);
typedef void (*comm_status_fn)(struct comm *c, int error, struct comm_status *status, void *arg);
typedef void (*comm_subscribed_fn)(struct comm *c, int error, struct comm_subscription *s,
				   void *arg);
typedef void (*comm_received_fn)(struct comm_subscription *s, int error,
				 const struct comm_record *records, size_t n_records, void *arg);

int comm_ping_async(struct comm *c, comm_ping_fn done, void *arg);
int comm_list_topics_async(struct comm *c, const char *topic, comm_topics_fn done, void *arg);
int comm_create_topic_async(struct comm *c, const char *topic, int n_partitions, int replication,
			    const struct comm_setting *settings, size_t n_settings,
			    comm_done_fn done, void *arg);
int comm_delete_topic_async(struct comm *c, const char *topic, comm_done_fn done, void *arg);
int comm_status_async(struct comm *c, comm_status_fn done, void *arg);
int comm_subscribe_async(struct comm *c, const char *group, const char *const *topics,
			 size_t n_topics, const struct comm_subscribe_options *options,
			 comm_subscribed_fn done, void *arg);
int comm_receive_async(struct comm_subscription *s, size_t max_records, int timeout_ms,
		       comm_received_fn done, void *arg);
int comm_ack_async(struct comm_subscription *s, const struct comm_record *record, comm_done_fn done,
		   void *arg);
int comm_unsubscribe_async(struct comm_subscription *s, comm_done_fn done, void *arg);

#ifdef __cplusplus
}
#endif

#endif
