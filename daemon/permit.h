#pragma once

/*
 * Permit: what each method may be asked by whom. It knows which operation on which topic or group a
 * request comes to; the rules are daemon/acl.h's.
 */

#include <stdbool.h>

#include "daemon/request.h"
#include "proto/message.h"

struct acl;
struct daemon;
struct kafka_failure;
struct kafka_reader;
struct session;

/*
 * Whether @r, with its parameters decoded as @params, may be handled. Returns 0; COMM_EDENIED with
 * @ret_why, which names the rule, and the first of a connection is logged, see
 * session_log_denied(); or -ENOMEM.
 */
int permit_check(struct request *r, const void *params, struct kafka_failure *ret_why);

/* What @s may know of, and so what lists show it: it may do something with the topic or the group. */
bool permit_sees_topic(const struct session *s, struct comm_bytes topic);
bool permit_sees_group(const struct session *s, struct comm_bytes group);

/* Whether @s may know what the user @uid does through @profile: itself, or with status everybody. */
bool permit_sees_user(const struct session *s, uid_t uid, const char *profile);

/* Whether @s may know what everybody does through @profile; NULL: through all of them. */
bool permit_sees_all(const struct session *s, const char *profile);

/* Whether @s may look on while others send to @topic of @profile. Returns 0, or COMM_EDENIED with @ret_why. */
int permit_check_trace(const struct session *s, const char *profile, struct comm_bytes topic,
		       struct kafka_failure *ret_why);

/* Whether @s may read @topic. */
bool permit_reads(const struct session *s, const char *topic);

/*
 * Whether @s may still read what @reader names; what its patterns match is matched again. Returns 0, or
 * COMM_EDENIED with @ret_why.
 */
int permit_check_reader(const struct session *s, struct kafka_reader *reader,
			struct kafka_failure *ret_why);

/*
 * From now on @rules are those of @d, which owns them. Subscriptions that they do not allow any more
 * read nothing from here on: their receives, those that wait and those that come, are answered
 * COMM_EDENIED; patterns are matched again. Traces that they do not allow any more end with that, too.
 */
void permit_set_rules(struct daemon *d, struct acl *rules);
