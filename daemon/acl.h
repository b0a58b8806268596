#pragma once

/*
 * Acl: who may do what, as the rules of commd.conf say. Numbers and names in, a verdict out; who asks,
 * and what about, is for daemon/peer.h and daemon/permit.h to know.
 *
 * Of the rules in their order the first that matches decides. If none does, the answer is no; so it is
 * for somebody whose identity is not known, whatever the rules say.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "daemon/problem.h"
#include "proto/message.h"

struct acl;
struct acl_rule;
struct config;

/* O(NAME, word in the file, to a topic, to a group, to commd) */
#define ACL_OPERATIONS(O)                                                           \
	O(PRODUCE, "produce", "produce to", "produce for", "produce")               \
	O(CONSUME, "consume", "consume from", "consume as a member of", "consume")  \
	O(ADMINISTER, "administer", "administer", "administer", "administer commd") \
	O(STATUS, "status", "see the status of", "see the status of", "see the status of others")

enum acl_operation {
#define ACL_ENUM(NAME, word, topic, group, daemon) ACL_##NAME,
	ACL_OPERATIONS(ACL_ENUM)
#undef ACL_ENUM
		ACL_N_OPERATIONS
};

/* A set of them. */
#define ACL_BIT(operation) (1u << (operation))

/* What it is done to. The daemon is what only rules without patterns are about. */
enum acl_object { ACL_TOPIC, ACL_GROUP, ACL_DAEMON };

/* Who asks. */
struct acl_identity {
	const char *problem; /* why it is not known; NULL: it is */
	uid_t uid;
	gid_t gid;
	const gid_t *groups; /* the others; sorted */
	size_t n_groups;
};

struct acl_question {
	unsigned int any_of; /* one of these operations is enough */
	enum acl_object object;
	struct comm_bytes name; /* of the topic or group */
	const char *profile;    /* through which; NULL: through all of them */
};

struct acl_verdict {
	bool is_allowed;
	const struct acl_rule *rule; /* borrowed; that decided; NULL: none matches */
};

/* How users and groups of this host are found, for rules that name them. */
struct acl_host {
	/* 0; COMM_EINVALID: there is none of this name; -errno: it cannot be said */
	int (*find_user)(const char *name, uid_t *ret);
	int (*find_group)(const char *name, gid_t *ret);
	uid_t uid; /* that commd runs as */
};

/*
 * The rules of @c, with every name looked up, which may take its time: not for the loop. What is built
 * in and names a group that the host has not got is about nobody; everything else must be there.
 *
 * Returns 0, COMM_EINVALID with @ret_why, or -ENOMEM.
 */
int acl_load(const struct config *c, const struct acl_host *host, struct acl **ret,
	     struct config_problem *ret_why);

/* Returns NULL; @a may be NULL. */
struct acl *acl_free(struct acl *a);

/* What the operator should know although nothing is wrong; NULL: nothing. */
const char *acl_remark(const struct acl *a);

/* Whether @who may do that. */
struct acl_verdict acl_check(const struct acl *a, const struct acl_identity *who,
			     const struct acl_question *q);

/* Why not, in a sentence: who may not do what, because of which rule, and what to do about it. */
void acl_explain(const struct acl *a, const struct acl_identity *who, const struct acl_question *q,
		 const struct acl_verdict *verdict, char *ret, size_t size);
