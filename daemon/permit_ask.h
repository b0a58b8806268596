#pragma once

/*
 * Permit ask: what a session asks the rules, and what they say.
 */

#include <stdbool.h>

#include "daemon/acl.h"
#include "proto/message.h"

/* Who may do one of these with a topic or a group may know of it. */
#define PERMIT_SEE_TOPIC (ACL_BIT(ACL_PRODUCE) | ACL_BIT(ACL_CONSUME) | ACL_BIT(ACL_ADMINISTER))
#define PERMIT_SEE_GROUP (ACL_BIT(ACL_CONSUME) | ACL_BIT(ACL_ADMINISTER))

struct kafka_failure;
struct session;

/* What was not permitted. */
struct permit_denial {
	struct kafka_failure *why; /* borrowed; filled in */
	struct acl_question asked; /* the name in it is borrowed from who has asked */
};

/* About a topic or a group, of the profile that @s talks to. */
struct acl_question permit_question(const struct session *s, unsigned int any_of,
				    enum acl_object object, struct comm_bytes name);

/* About commd itself, or what is of all topics and groups. */
struct acl_question permit_daemon_question(unsigned int any_of, const char *profile);

bool permit_may(const struct session *s, struct acl_question q);

/* Returns 0, or COMM_EDENIED with @ret. */
int permit_ask(const struct session *s, struct acl_question q, struct permit_denial *ret);
