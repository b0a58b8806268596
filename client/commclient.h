/*
 * libcommclient: send, receive and manage Kafka topics through commd, the gateway of this host.
 *
 * - One struct comm is one connection, bound to one profile (a named set of Kafka settings that
 *   the administrator owns). Use a handle from one thread at a time; use one handle per thread.
 * - Functions return 0 or a positive COMM_E* number from the list of errors; comm_strerror() is its
 *   general sentence, comm_error_message() the whole one for the last failure on a handle.
 *   Results come through ret_ parameters, which are written on success only.
 * - Where COMM_EBROKER is named COMM_EAUTH may come instead: a broker was reached, but it refuses the
 *   profile's login or certificate, or its own certificate is not trusted.
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
 * abstract name) with @profile (NULL: default) and @options (NULL: the defaults). Strings are
 * copied, here and by every function below.
 * If nobody listens, that is told at once; if too many others are waiting there, it waits.
 *
 * On success @ret_c is the caller's, freed by comm_close(). On failure it is still set if memory
 * was left, so that comm_error_message() can tell what is wrong and what to do; close it as well.
 *
 * Returns 0, COMM_ENOT_RUNNING, COMM_EDENIED, COMM_ENO_PROFILE, COMM_EBAD_PROFILE, COMM_ETIMEOUT,
 * COMM_ESHUTDOWN, COMM_EPROTOCOL, COMM_ENO_MEMORY; COMM_EQUOTA: the user has too many connections; or
 * COMM_EINVALID for a socket's path that is too long or an option that is not allowed: that handle can
 * only be closed. COMM_EQUOTA is also what every other call may say that asks commd for something: nothing
 * of it was done, after a pause it may be tried again. COMM_EDENIED is that the user may not use the socket;
 * from other calls, that no rule of commd.conf permits what was asked.
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
	int64_t timestamp_ms; /* since 1970, 1 or more; -1: now; received: -1 if it has none */
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
 * Returns 0, COMM_ETOPIC_UNAVAILABLE, COMM_EBAD_VALUE, COMM_ETOO_BIG, COMM_ESEND, COMM_EBROKER, COMM_EBUSY
 * (too much waits for Kafka already), COMM_ETIMEOUT, COMM_EUNKNOWN_OUTCOME, or what comm_connect() returns.
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
 * sent again, behind what has left meanwhile. And when commd was killed, what had no outcome then, and
 * may be persisted, can come into the topic behind what was sent after it: the brokers may have it unread.
 *
 * Returns 0; COMM_EAGAIN when the window is full, or commd does not keep up: nothing was taken, wait for
 * comm_fd(), call comm_process() and try again (or call comm_wait()); COMM_EBAD_VALUE; COMM_ETOO_BIG;
 * COMM_EINVALID (the handle is being closed); COMM_ENO_MEMORY.
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
	COMM_START_OFFSET, /* at: the offset; subscribe: only without a group, as those below */
	COMM_START_TIME,   /* at: milliseconds since 1970 */
	COMM_START_TAIL    /* at: how many records before the end */
};

/*
 * What is acknowledged is committed within auto.commit.interval.ms, a second by default: after a crash of the
 * host or of commd what was acknowledged since comes again, so be prepared to do a record's work twice.
 */
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
	int ends;      /* not 0: also when one partition is; comm_ends() tells which */
	/*
	 * Not 0: large values may be where commd has put them, in memory that it shares with this process,
	 * which is faster. They change with the next receive that is asked for, also in a child that was
	 * forked before: it needs copies.
	 */
	int shared;
};

/*
 * Read @topics as a member of @group, shared with every other member on this and other hosts, or
 * alone (NULL). After a lost connection the library subscribes again: unacknowledged records come
 * again, and after a crash of commd what was acknowledged within the last second (enum comm_ack_mode);
 * without a group each partition goes on after the last record received, or where it began, and
 * partitions that were added meanwhile are read from their beginning.
 *
 * With a group, a topic that begins with ^ is a pattern, an extended regular expression: every topic
 * whose name it matches is read, also those that are created later.
 *
 * The subscription is the handle's; comm_unsubscribe() or comm_close() frees it.
 *
 * Returns 0, COMM_ETOPIC_UNAVAILABLE, COMM_EBAD_VALUE, COMM_EBROKER, COMM_EBUSY, COMM_ETIMEOUT,
 * COMM_ETOO_BIG (too many partitions to be read alone, or topics that match), COMM_ETOPIC_QUERY (which
 * match is not known), COMM_ERECEIVE (the brokers do not tell where to begin), COMM_EINVALID, or what
 * comm_connect() returns.
 */
int comm_subscribe(struct comm *c, const char *group, const char *const *topics, size_t n_topics,
		   const struct comm_subscribe_options *options, struct comm_subscription **ret_s);

/*
 * Wait at most @timeout_ms (negative: the handle's timeout; an hour at most) for records, and up to five
 * seconds more for a commd that does not answer; 0 records when the time has passed or, with until_end, at
 * the end (comm_is_at_end() tells). At most @max_records (0: 1000). With COMM_ACK_AUTO there is one receive at a time.
 *
 * The records are valid until the next receive on this subscription; see also comm_subscribe_options::shared.
 *
 * Returns 0. What has gone wrong with the reading is told by one receive, and the next goes on:
 *   COMM_ERECEIVE           records come again, or are missing, as comm_error_message() says: a
 *                           consumer that had failed is replaced, partitions were taken before what
 *                           was received of them was acknowledged, or an offset is not there any more
 *   COMM_ETOPIC_UNAVAILABLE a topic is gone or may not be read; the others are read on, and so is
 *                           this one when it is there again
 *   COMM_ETOO_BIG           one record is larger than what commd can deliver, and is passed over; it
 *                           counts as acknowledged when all before it is
 *   COMM_EBROKER            the time has passed, and no broker can be reached
 *   COMM_EDENIED            the administrator has taken the permission back; so for every receive
 *
 * Also COMM_EBUSY (another receive is waiting), COMM_ENO_SUBSCRIPTION (the connection was lost, and
 * there are more partitions than can be asked for again: unsubscribe), or what comm_connect() and,
 * after a lost connection, comm_subscribe() return.
 */
int comm_receive(struct comm_subscription *s, size_t max_records, int timeout_ms,
		 const struct comm_record **ret_records, size_t *ret_n_records);

/* Whether the last receive found every partition read to its end. */
int comm_is_at_end(const struct comm_subscription *s);

/* A place in a partition: the offset of the next record wanted. */
struct comm_position {
	const char *topic;
	int32_t partition; /* where several may be meant: -1 for all of the topic */
	int64_t offset;    /* -1: none */
};

/*
 * The partitions that the last receive found read to their end, and where that is: those that
 * were not at their end when the receive before it told. Only with comm_subscribe_options::ends.
 * Valid until the next receive on this subscription; NULL if there are none.
 */
const struct comm_position *comm_ends(const struct comm_subscription *s, size_t *ret_n);

/*
 * Acknowledge @record and all records before it in its partition: commd notes it, and commits it within
 * auto.commit.interval.ms of its profile (a second by default). If commd or the host crashes before, they come
 * again, so be prepared to do a record's work twice. Without a group that of a lost connection is done: the
 * subscription goes on behind it.
 * Returns 0, COMM_ESTALE when the partition has moved to another reader, which gets them again,
 * COMM_EBAD_VALUE (the subscription acknowledges by itself), COMM_ENO_SUBSCRIPTION, or what comm_connect()
 * returns.
 */
int comm_ack(struct comm_subscription *s, const struct comm_record *record);

/*
 * Go on at @start (and @at, as in comm_subscribe_options but with a group as well) in every partition
 * that @s has, or in those of @topic (NULL: all), or in one @partition (-1: all) of it. Records of a
 * receive that is waiting may still come from before, until this is done; then none do. What
 * was received and not acknowledged is no longer waited for. Without a group this is also where it
 * goes on after a lost connection; with one, the group's committed offset moves too, unless nothing is
 * acknowledged (COMM_ACK_NONE). An offset beyond the end is refused, and then no partition moves; one
 * whose record is gone is the first there is. A partition that goes to another reader meanwhile does
 * not move.
 *
 * Returns 0; COMM_EBUSY: a seek is under way, Kafka has given a new member of a group no partitions yet
 * (some seconds after comm_subscribe()), or a consumer that failed is being replaced: try again;
 * COMM_ESTALE (what is named is another reader's, or not given yet), COMM_EBAD_VALUE, COMM_ETOO_BIG,
 * COMM_ETOPIC_UNAVAILABLE, COMM_EBROKER, COMM_ETIMEOUT, or as comm_receive().
 */
int comm_seek(struct comm_subscription *s, enum comm_start start, int64_t at, const char *topic,
	      int32_t partition);

/*
 * Stop reading every partition of @s, or those of @topic (NULL: all), or one @partition (-1: all) of
 * it, without giving them back. A receive brings records of the others meanwhile, and takes the paused
 * for read to their ends. It holds for @s alone, until comm_resume(): a partition that is moved to
 * another reader, as by a member that comes, is read there, and is still paused when it comes back. It
 * stays so after a lost connection; a member of a group may then get a few records before it is so
 * again.
 *
 * Return 0; COMM_EBUSY and COMM_ESTALE as comm_seek() (comm_resume() passes over what is not its own);
 * or as comm_receive().
 */
int comm_pause(struct comm_subscription *s, const char *topic, int32_t partition);
int comm_resume(struct comm_subscription *s, const char *topic, int32_t partition);

/*
 * End the subscription and free @s. What is not acknowledged goes to other readers. Receives that wait end
 * with COMM_ENO_SUBSCRIPTION, and so does every one that is asked for before @s is gone.
 *
 * Returns 0, or what comm_connect() returns: @s is freed all the same, and commd learns of it as soon as it
 * can be told, or when the connection ends. Only after COMM_EINVALID (in a callback, or a handle that is of
 * no use any more) nothing has happened, and @s is freed by comm_close().
 */
int comm_unsubscribe(struct comm_subscription *s);

/* ---- topics ---- */

/*
 * What is about topics and groups may also return COMM_EBUSY (too much is asked of the brokers at
 * once: try again), COMM_EDENIED (also: the brokers do not allow it to the profile's user),
 * COMM_EBAD_VALUE, COMM_EINVALID, COMM_ETOO_BIG (the answer fits into no message), COMM_ETIMEOUT; and
 * what changes something COMM_EUNKNOWN_OUTCOME: Kafka was asked and nobody could confirm it. Look
 * before you ask again.
 */

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

/* One setting of a topic, such as retention.ms. */
struct comm_setting {
	const char *name;
	const char *value; /* NULL, for comm_alter_topic(): what it is by default */
};

/*
 * Create @topic with @n_partitions and @replication (0 or less: the brokers' default).
 * Returns 0, COMM_ETOPIC_CREATE, COMM_EBROKER, or what comm_connect() returns.
 */
int comm_create_topic(struct comm *c, const char *topic, int n_partitions, int replication,
		      const struct comm_setting *settings, size_t n_settings);

/* Returns 0, COMM_ETOPIC_DELETE, COMM_EBROKER, or what comm_connect() returns. */
int comm_delete_topic(struct comm *c, const char *topic);

/* A setting as the brokers tell it. */
struct comm_config {
	const char *name;
	const char *value;  /* NULL: it is secret */
	const char *source; /* topic: set for this topic; broker; default; unknown */
	int is_read_only;
	int is_sensitive;
};

struct comm_topic_description {
	struct comm_topic_info topic;
	const struct comm_config *settings; /* all, by name */
	size_t n_settings;
};

/*
 * The partitions and settings of @topic. The result is the caller's, freed by
 * comm_topic_description_free().
 * Returns 0, COMM_ETOPIC_QUERY (also: there is no such topic), COMM_EBROKER, or what comm_connect()
 * returns.
 */
int comm_describe_topic(struct comm *c, const char *topic,
			struct comm_topic_description **ret_description);
void comm_topic_description_free(struct comm_topic_description *description);

/*
 * Give @topic more partitions, so that it has @n_partitions. Records with a key go to other
 * partitions from then on.
 * Returns 0, COMM_ETOPIC_ALTER, COMM_EBROKER, or what comm_connect() returns.
 */
int comm_add_partitions(struct comm *c, const char *topic, int n_partitions);

/*
 * Change @settings of @topic; the others stay as they are. All of them are changed or none.
 * Returns 0, COMM_ETOPIC_ALTER, COMM_EBROKER, or what comm_connect() returns.
 */
int comm_alter_topic(struct comm *c, const char *topic, const struct comm_setting *settings,
		     size_t n_settings);

struct comm_watermarks {
	int32_t partition;
	int64_t low;     /* offset of the first record there is */
	int64_t high;    /* offset of the next record to be written */
	int64_t at_time; /* of the first record at or after the time asked for; -1: there is none */
};

struct comm_offsets {
	const struct comm_watermarks *partitions;
	size_t n_partitions;
};

/*
 * The first and the next offset of each partition of @topic, and that of @time_ms (milliseconds
 * since 1970; -1: no time). The result is the caller's, freed by comm_offsets_free().
 * Returns 0, COMM_ETOPIC_UNAVAILABLE, COMM_ERECEIVE, COMM_EBROKER, or what comm_connect() returns.
 */
int comm_offsets(struct comm *c, const char *topic, int64_t time_ms,
		 struct comm_offsets **ret_offsets);
void comm_offsets_free(struct comm_offsets *offsets);

/* ---- consumer groups ---- */

struct comm_group_info {
	const char *group;
	const char
		*state; /* Stable, PreparingRebalance, CompletingRebalance, Empty, Dead, Unknown */
	int is_simple;  /* it has committed offsets only: its readers do not share */
};

struct comm_groups {
	const struct comm_group_info *groups; /* by name */
	size_t n_groups;
};

/*
 * All groups of the cluster. The result is the caller's, freed by comm_groups_free().
 * Returns 0, COMM_EGROUP_QUERY, COMM_EBROKER, or what comm_connect() returns.
 */
int comm_list_groups(struct comm *c, struct comm_groups **ret_groups);
void comm_groups_free(struct comm_groups *groups);

struct comm_member {
	const char *member;                     /* its id, made up by the brokers */
	const char *instance;                   /* its group.instance.id; NULL: none */
	const char *client;                     /* its client.id */
	const char *host;                       /* where it connects from */
	int is_here;                            /* it is this daemon */
	const struct comm_position *partitions; /* that it has been given; without offsets */
	size_t n_partitions;
};

struct comm_group_lag {
	const char *topic;
	int32_t partition;
	int64_t committed;  /* offset it goes on at; -1: none is committed */
	int64_t end;        /* offset of the next record to be written; -1: unknown */
	int64_t lag;        /* records between them, all if none is committed; -1: unknown */
	const char *member; /* id of the one that has it; NULL: nobody */
};

struct comm_group {
	struct comm_group_info group;
	int32_t coordinator;  /* id of the broker that coordinates it; -1: unknown */
	const char *assignor; /* how its members share, such as range; "": nothing is shared now */
	const struct comm_member *members;
	size_t n_members;
	const struct comm_group_lag *partitions; /* committed or assigned; by topic and number */
	size_t n_partitions;
};

/*
 * The members of @group, where it is, and how far behind. The result is the caller's, freed by
 * comm_group_free().
 * Returns 0, COMM_EGROUP_QUERY, COMM_EBROKER, or what comm_connect() returns.
 */
int comm_describe_group(struct comm *c, const char *group, struct comm_group **ret_group);
void comm_group_free(struct comm_group *group);

/* Where a group is to go on; begin with all zero. */
struct comm_reset {
	enum comm_start
		start; /* COMM_START_DEFAULT: where the positions say; at: as for a reader */
	int64_t at;
	const struct comm_position *positions; /* these topics and partitions; none: all that have a
						  committed offset. One with an offset goes there */
	size_t n_positions;
	int dry_run; /* not 0: only tell where it would go on */
};

struct comm_positions {
	const struct comm_position *positions;
	size_t n_positions;
};

/*
 * Have @group go on elsewhere. It must have no members. The result, where each partition goes on,
 * is the caller's, freed by comm_positions_free(); @ret_positions may be NULL.
 * Returns 0, COMM_EGROUP_ACTIVE, COMM_EGROUP_ALTER, COMM_ETOPIC_UNAVAILABLE, COMM_ERECEIVE (the
 * brokers do not tell an offset), COMM_EBROKER, or what comm_connect() returns.
 */
int comm_reset_group(struct comm *c, const char *group, const struct comm_reset *reset,
		     struct comm_positions **ret_positions);
void comm_positions_free(struct comm_positions *positions);

/*
 * Forget @group and all its offsets. It must have no members.
 * Returns 0, COMM_EGROUP_ACTIVE, COMM_EGROUP_ALTER, COMM_EBROKER, or what comm_connect() returns.
 */
int comm_delete_group(struct comm *c, const char *group);

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
	int64_t lag;      /* records in its partitions that it was not handed yet; -1: unknown */
	int64_t n_paused; /* of its partitions */
	int is_stalled; /* it asks, more and more are written, and it was handed none for a minute */
	int64_t idle_ms; /* since it asked for records last; -1: a receive of it waits now */
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

/* Something that happened to the reading side and mended itself, or did not. */
struct comm_event {
	int64_t first_ms, last_ms; /* when, milliseconds since 1970 */
	const char *event;         /* what: such as rebuilt, lost, reset, stalled */
	const char *profile;
	const char *group;   /* NULL: none */
	const char *topic;   /* NULL: it is about no single one */
	int32_t partition;   /* -1: it is about no single one */
	const char *message; /* the last time in a sentence, with the brokers' own words */
	int64_t n_times;
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
	const struct comm_event *events; /* the most recent first */
	size_t n_events;
};

/* The result is the caller's, freed by comm_status_free(). Returns 0, or what comm_connect() returns. */
int comm_status(struct comm *c, struct comm_status **ret_status);
void comm_status_free(struct comm_status *status);

/* ---- the same, asynchronously ---- */

/*
 * Each returns 0 when the request was queued, and then calls back exactly once, with error 0 and the
 * result or with an error and comm_error_message(c) set. Results are valid during the callback, a
 * received record's until the next receive's; what has a function to free it is the callee's. A
 * comm_done_fn may be NULL. @timeout_ms is as in the blocking form.
 */
typedef void (*comm_done_fn)(struct comm *c, int error, void *arg);
typedef void (*comm_ping_fn)(struct comm *c, int error, int64_t time_ms, void *arg);
typedef void (*comm_topics_fn)(struct comm *c, int error, struct comm_topics *topics, void *arg);
typedef void (*comm_topic_description_fn)(struct comm *c, int error,
					  struct comm_topic_description *description, void *arg);
typedef void (*comm_offsets_fn)(struct comm *c, int error, struct comm_offsets *offsets, void *arg);
typedef void (*comm_groups_fn)(struct comm *c, int error, struct comm_groups *groups, void *arg);
typedef void (*comm_group_fn)(struct comm *c, int error, struct comm_group *group, void *arg);
typedef void (*comm_positions_fn)(struct comm *c, int error, struct comm_positions *positions,
				  void *arg);
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
int comm_describe_topic_async(struct comm *c, const char *topic, comm_topic_description_fn done,
			      void *arg);
int comm_add_partitions_async(struct comm *c, const char *topic, int n_partitions,
			      comm_done_fn done, void *arg);
int comm_alter_topic_async(struct comm *c, const char *topic, const struct comm_setting *settings,
			   size_t n_settings, comm_done_fn done, void *arg);
int comm_offsets_async(struct comm *c, const char *topic, int64_t time_ms, comm_offsets_fn done,
		       void *arg);
int comm_list_groups_async(struct comm *c, comm_groups_fn done, void *arg);
int comm_describe_group_async(struct comm *c, const char *group, comm_group_fn done, void *arg);
int comm_reset_group_async(struct comm *c, const char *group, const struct comm_reset *reset,
			   comm_positions_fn done, void *arg);
int comm_delete_group_async(struct comm *c, const char *group, comm_done_fn done, void *arg);
int comm_status_async(struct comm *c, comm_status_fn done, void *arg);
int comm_subscribe_async(struct comm *c, const char *group, const char *const *topics,
			 size_t n_topics, const struct comm_subscribe_options *options,
			 comm_subscribed_fn done, void *arg);
int comm_receive_async(struct comm_subscription *s, size_t max_records, int timeout_ms,
		       comm_received_fn done, void *arg);
int comm_ack_async(struct comm_subscription *s, const struct comm_record *record, comm_done_fn done,
		   void *arg);
int comm_seek_async(struct comm_subscription *s, enum comm_start start, int64_t at,
		    const char *topic, int32_t partition, comm_done_fn done, void *arg);
int comm_pause_async(struct comm_subscription *s, const char *topic, int32_t partition,
		     comm_done_fn done, void *arg);
int comm_resume_async(struct comm_subscription *s, const char *topic, int32_t partition,
		      comm_done_fn done, void *arg);
/* @s is freed before @done is called; when this returns an error, it is as before. */
int comm_unsubscribe_async(struct comm_subscription *s, comm_done_fn done, void *arg);

#ifdef __cplusplus
}
#endif

#endif
