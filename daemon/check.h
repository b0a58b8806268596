#pragma once

/*
 * Check: the whole configuration, for `commd --check-config`: everything is read, nothing
 * is started, and every file's first problem is told.
 */

#include "daemon/problem.h"

struct profile;

/* Whether librdkafka would accept @p: 0, or positive with @ret_why filled, or -errno. */
typedef int (*check_profile_fn)(const struct profile *p, struct config_problem *ret_why);

typedef void (*check_problem_fn)(void *arg, const struct config_problem *problem);

/*
 * Read @file as config_load() does, then the profiles that it names. If the file itself is bad,
 * the profiles are looked for where they are by default.
 *
 * Returns 0 if there is no problem, or only such as are unknown here; COMM_EINVALID; -errno. @on_problem was
 * called for each.
 */
int check_config(const char *file, check_profile_fn check_profile, check_problem_fn on_problem,
		 void *arg);
