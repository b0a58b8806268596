#pragma once

/*
 * Session: one connected client, from accept to its last byte.
 *
 * Reads messages, hands each to dispatch, queues the answers in its outbox. It stops reading while
 * too much of this client is in flight, or while the client does not read its answers.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include <uv.h>

#include "daemon/log.h"
#include "daemon/outbox.h"
#include "daemon/parts.h"
#include "daemon/peer.h"
#include "daemon/rate.h"
#include "daemon/request.h"
#include "daemon/sender.h"
#include "daemon/session_hold.h"
#include "daemon/session_quota.h"
#include "daemon/shared.h"
#include "proto/buf.h"
#include "proto/scan.h"

struct daemon;
struct kafka_client;
struct kafka_failure;
struct profile;
struct subscription;

enum session_state {
	SESSION_OPEN,
	SESSION_ENDING, /* no more requests; what is in flight is answered, then it closes */
	SESSION_CLOSING /* waits for its handles */
};

/* How the client talks, which its first byte says; it is answered alike. */
enum session_encoding { SESSION_UNDECIDED, SESSION_MSGPACK, SESSION_JSON };

struct session {
	struct daemon *daemon; /* borrowed */
	enum session_state state;
	enum session_encoding encoding;
	uv_pipe_t pipe;
	bool is_reading;
	bool is_heard_out;          /* its end is not the client's */
	bool is_paused;             /* on daemon::paused */
	bool is_resting;            /* it has had its part of this turn of the loop */
	size_t turn_messages;       /* taken in this turn */
	size_t turn_bytes;          /* read in it */
	bool is_dirty;              /* on daemon::dirty */
	struct peer peer;           /* who has connected */
	int64_t number;             /* of all connections, in their order */
	int64_t connected_ms;       /* when, milliseconds since 1970 */
	char name[SENDER_NAME_MAX]; /* what the client calls itself */
	char *profile_name;         /* owned; NULL: default */
	struct comm_buf in;        /* a message that is not whole yet, or that waits while paused */
	struct comm_scan scan;     /* of the message at the front of what was read */
	size_t line_seen;          /* bytes of a JSON line in which no end was found */
	uint64_t partial_since_ms; /* 0: no message has begun */
	struct part part;          /* its bytes, which are counted in stats::partial_bytes */
	struct session_quota quota;
	struct session_hold hold;
	struct outbox out;
	TAILQ_HEAD(, request) requests; /* in flight; owned */
	size_t n_requests;
	size_t n_in_order;     /* of them, those that must be answered before the next begins */
	uint64_t in_order_end; /* of the last such answer; it must be on its way as well */
	int64_t requests_total;
	int64_t read_bytes_total;
	int64_t written_bytes_total;
	struct rate sent;      /* records taken from it */
	struct rate received;  /* records handed to it */
	size_t waiting_bytes;  /* of sends among them that Kafka has not taken yet */
	struct sender *sender; /* a reference; NULL until it has sent */
	uint64_t bulk_ms; /* when it last sent a request of many records; 0: it sends single ones */
	LIST_HEAD(, subscription) subscriptions; /* owned */
	struct shared shared;                    /* of one of them, if any has come to need it */
	size_t n_subscriptions;
	size_t n_subscribing; /* asked for, and not yet answered */
	int64_t last_subscription;
	char *sends_to;    /* owned; the topic that it was permitted to send to last; NULL: none */
	bool was_denied;   /* something, and that was logged */
	bool was_left_out; /* or there was no room for that in the log */
	LIST_ENTRY(session) entry; /* on daemon::sessions */
	TAILQ_ENTRY(session) dirty_entry;
	TAILQ_ENTRY(session) paused_entry;
	LIST_ENTRY(session) starving_entry;
};

/*
 * Accept a connection from @server and start reading from it. The session frees itself once the peer
 * has left or session_close() was called. Returns 0 or -errno; with -ENOMEM, the connection may still wait to be
 * accepted.
 */
int session_accept(struct daemon *d, uv_stream_t *server);

/* Something was added to the outbox, or released: look at the session before the loop waits. */
void session_touch(struct session *s);

/* What session_touch() asked for: read again if that is allowed now, write, end if all is done. */
void session_work(struct session *s);

/* Once a second: close it if its peer is gone, end it if a message has not become whole in time. */
void session_sweep(struct session *s);

/* What the time is in this turn of the loop. */
static inline uint64_t session_now_ms(const struct session *s)
{
	return uv_now(s->pipe.loop);
}

/* Name of the profile that its next request goes to. */
const char *session_profile(const struct session *s);

/* Whether the client has so many answers to read that it should not be given more. */
bool session_is_full(const struct session *s);

/* Whether the peer has closed its side for reading as well: nobody is there any more. */
bool session_is_hung_up(const struct session *s);

/* Read no more; answer what is in flight, write it, then close. */
void session_end(struct session *s);

/*
 * At the end of the daemon: read what the client has written until now, and answer it; what it writes after that fails
 * there, so that it knows that nothing has become of it.
 */
void session_hear_out(struct session *s);

/* Drop everything now. */
void session_close(struct session *s);

/*
 * The Kafka of this session's profile. Returns 0, COMM_ENO_PROFILE or COMM_EBAD_PROFILE with @ret_why,
 * COMM_ESHUTDOWN, or -errno.
 */
int session_kafka(struct session *s, struct kafka_client **ret, struct kafka_failure *ret_why);

/* What the session sends as, to its profile. Returns NULL when out of memory. */
struct sender *session_sender(struct session *s);

/* Bind the session to @profile from its next request on. Returns 0 or -ENOMEM. */
int session_set_profile(struct session *s, struct comm_bytes profile);

/* Whose it is, for a line of the log. Strings are borrowed. */
struct log_about session_about(const struct session *s);

/* Returns NULL for a number that no subscription of this session has. */
struct subscription *session_find_subscription(const struct session *s, int64_t id);
