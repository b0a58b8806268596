#pragma once

/*
 * Profile set: the profiles of a directory by name, the bad ones with what is wrong with
 * them. A bad profile is its clients' trouble (COMM_EBAD_PROFILE and the sentence), nobody else's.
 *
 * Some files are bad whatever surrounds them. Others are refused by librdkafka, as for a certificate
 * that is not there: those are tried again at each use, and the set remembers what was said last.
 */

#include <stddef.h>

#include "daemon/problem.h"
#include "daemon/profile.h"

struct profile_entry {
	char *name;              /* owned */
	struct profile *profile; /* owned; NULL: the file is bad */
	struct config_problem
		problem; /* of a bad one; "" for one that is good as far as is known */
};

struct profile_set {
	struct profile_entry *entries; /* owned; sorted by name */
	size_t n_entries;
};

/*
 * Read every NAME.conf in @dir; other files and those that begin with a dot are passed over. If one of
 * them has a secret this process is protected from there on: profile_secret_protect().
 *
 * Returns 0, also when some or all of them are bad; COMM_EINVALID with @ret_why filled when @dir
 * cannot be read; -ENOMEM.
 */
int profile_set_load_dir(const char *dir, struct profile_set *ret, struct config_problem *ret_why);

/* A set of the one profile @p, which it takes. Returns 0 or -ENOMEM, then @p is still the caller's. */
int profile_set_init_one(struct profile_set *ret, struct profile *p);

/* Returns NULL when there is no such profile. The entry lives as long as the set. */
struct profile_entry *profile_set_find(const struct profile_set *set, struct comm_bytes name);

/* The profile, whose file is good, has been tried: @problem is what was wrong, NULL: nothing. */
void profile_entry_note(struct profile_entry *e, const char *problem);

/* @set may be zeroed. */
void profile_set_fini(struct profile_set *set);
