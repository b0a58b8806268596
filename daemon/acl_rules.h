#pragma once

/*
 * The rules, inside: acl_load.c makes them, acl.c asks them.
 */

#include "daemon/acl.h"
#include "daemon/acl_pattern.h"

/* Room for a user's name in a sentence, its NUL included. */
#define ACL_USER_NAME_SIZE 64

/* Numbers of users, or of groups. */
struct acl_ids {
	unsigned int *items; /* owned */
	size_t n;
};

struct acl_rule {
	char *name; /* owned */
	int line;   /* 0: it is built in */
	bool allows;
	unsigned int operations; /* bits */
	bool is_for_all;
	struct acl_ids users;
	struct acl_ids groups;
	struct acl_patterns profiles;
	struct acl_patterns topics;
	struct acl_patterns consumer_groups;
};

/* What a user is called in the rules, so that nobody need be asked later. */
struct acl_user {
	uid_t uid;
	char name[ACL_USER_NAME_SIZE];
};

struct acl {
	char *file;             /* owned */
	struct acl_rule *rules; /* owned; at least one; built in are all of them or none */
	size_t n_rules;
	struct acl_user *users; /* owned */
	size_t n_users;
	char remark[256]; /* "": none */
};

/* The operation of this word, or ACL_N_OPERATIONS. */
enum acl_operation acl_operation_find(const char *word);

/* "produce, consume, administer, status" */
void acl_operations_list(char *ret, size_t size);
