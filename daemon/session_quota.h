#pragma once

/*
 * Session quota: what a session costs its user, and what it says when the quota is used up.
 */

#include <stdbool.h>
#include <stddef.h>

#include "daemon/deadline.h"
#include "daemon/quota.h"

struct request;
struct session;

struct session_quota {
	struct quota_account *account; /* a reference */
	struct quota_charge connection;
	struct quota_charge partial;
	struct part part; /* in its user's parts */
	struct quota_charge unread;
	bool is_turned_away;         /* it only learns that its user has too many connections */
	struct deadline turned_away; /* so long at most */
	bool is_starving;            /* on daemon::starving */
};

/*
 * @s is accepted, and its user known. Returns 0; -EDQUOT: its user has too many connections and has heard
 * of it, @s is to be closed; or -ENOMEM. session_quota_fini() has to follow a 0.
 */
int session_quota_init(struct session *s);

/* @s is closed: give back all that is its own. */
void session_quota_fini(struct session *s);

/* Whether its user has so many answers to read that it should not be given more. */
bool session_quota_is_full(const struct session *s);

/* Note whether @s waits for that to end, or it would be looked at only when it does something itself. */
void session_quota_note_starving(struct session *s, bool is_starving);

/* Bytes of a message that is not whole, and those of the answers that are not read. */
void session_quota_note_partial(struct session *s, size_t n_bytes);
void session_quota_note_unread(struct session *s);

/*
 * Answer @r with COMM_EQUOTA for @quota, count it, and say it in the log once in a while. One who is turned
 * away has nothing more to ask.
 */
void session_quota_fail(struct request *r, enum quota quota);

/* The same for a stream that ends with that sentence. */
void session_quota_explain(struct session *s, enum quota quota, char *ret, size_t size);
