#pragma once

/*
 * Session hold: a request waits, and all that follows it, until its user is within its quota.
 *
 * The session does not read meanwhile: nothing is lost, and the client is only slower. When that has taken
 * as long as [quota] wait-ms says, the request is answered COMM_EQUOTA, and so is what has come with it.
 * So it is with what others give back by themselves; what a client has to give back itself, connections
 * and subscriptions, is answered at once.
 */

#include <stdbool.h>
#include <stdint.h>

#include "daemon/deadline.h"
#include "daemon/quota.h"
#include "proto/message.h"

struct session;

struct session_hold {
	bool is_held;
	bool is_part;     /* it is a message that is not whole, and should not become larger */
	enum quota quota; /* what it waits for; QUOTA_PARTIAL: SESSION_HOLD_PARTS */
	enum comm_method_id method; /* of the request that waits */
	uint64_t until_ms;          /* on the loop's clock */
	uint64_t refuse_until_ms;   /* what comes before that does not wait as well */
	struct deadline deadline;   /* when to look again */
};

/*
 * Whether a request for @method may begin. Returns 0; COMM_EAGAIN: not yet, do not read; or COMM_EQUOTA with
 * @ret_quota, for session_quota_fail().
 */
int session_hold_admit(struct session *s, enum comm_method_id method, enum quota *ret_quota);

/* What a session waits for when the messages of all users that are not whole have too many bytes. */
#define SESSION_HOLD_PARTS "large-messages"

/*
 * The same for more of a large message that is not whole; the quota is QUOTA_HELD. Also COMM_EBUSY: with
 * all those of other users there are too many.
 */
int session_hold_admit_part(struct session *s);

/* @s is not read from: another's large message may go ahead of its own. */
void session_hold_step_back(struct session *s);

/* Whether what waits still has to. */
bool session_hold_is_needed(struct session *s);

/* @s will not be read from again: what is there is admitted or refused, and does not wait. */
void session_hold_no_more(struct session *s);

/* What waits, waits no more; harmless if nothing does. */
void session_hold_end(struct session *s);

/* What @s waits for, as its key in [quota] or SESSION_HOLD_PARTS; NULL: nothing. */
const char *session_hold_key(const struct session *s);
