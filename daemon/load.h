#pragma once

/*
 * Load: everything that files say, read at once: by commd when it starts, and in a thread when it is to
 * read them again.
 */

#include "daemon/config.h"
#include "daemon/problem.h"
#include "daemon/profile_set.h"

struct acl;
struct options;

/*
 * Read the configuration that @o names and its profiles, and look up whom its rules name; with --dev and
 * no file, make them up. A bad profile is in the set with what is wrong with it.
 *
 * Returns 0; COMM_EINVALID with @ret_why filled, or -ENOMEM, and then nothing is to be freed.
 */
int load(const struct options *o, struct config *config, struct profile_set *profiles,
	 struct acl **ret_rules, struct config_problem *ret_why);

/* Whether librdkafka accepts @p with the files that it names: 0, positive with @ret_why, or -errno. */
int load_check_profile(const struct profile *p, struct config_problem *ret_why);

/*
 * The same for all of @set, whose files may be bad by themselves. With --dev it does not matter how the
 * brokers would be reached: then librdkafka is not asked.
 */
int load_check(const struct options *o, const struct profile_set *set,
	       struct config_problem *ret_why);
