#pragma once

/*
 * Changes: in what one configuration differs from another, in words for an operator. Values of profiles
 * are never among them, for they may be secret.
 */

#include <stdbool.h>
#include <stddef.h>

#include "daemon/config.h"
#include "daemon/profile_set.h"

#define CHANGE_WHAT_MAX 128
#define CHANGE_HOW_MAX  256

struct change {
	char what[CHANGE_WHAT_MAX]; /* "limits.connections", "rule clients", "profile orders" */
	char how[CHANGE_HOW_MAX];   /* "4096 -> 100", "added", "removed", "changed: linger.ms" */
	bool needs_restart;         /* it stays as it was until commd is started again */
};

struct changes {
	struct change *items; /* owned */
	size_t n;
};

/*
 * What @new changes in @old. With @is_activated the socket is another's, and what commd.conf says about its
 * file does not count. Returns 0 or -ENOMEM; changes_fini() in any case.
 */
int changes_init(struct changes *c, const struct config *old, const struct config *new,
		 bool is_activated);

/* The same of profiles, in addition. */
int changes_add_profiles(struct changes *c, const struct profile_set *old,
			 const struct profile_set *new);

void changes_fini(struct changes *c);

/* Give @new what @old has for the keys that only a restart can change, and the other way round. */
void changes_keep(struct config *old, struct config *new);
