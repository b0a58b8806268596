#pragma once

/*
 * Secrets of profiles: which properties are, how one comes from a file of its own, and that none comes
 * out again: not into words, and not into a core.
 */

#include <stdbool.h>

#include "daemon/problem.h"

struct profile;
struct profile_set;

/* In front of a path: the directory of systemd's credentials. */
#define PROFILE_CREDENTIALS "%d/"

/* Whether the value of librdkafka's property @key must not be seen. */
bool profile_is_secret(const char *key);

/*
 * The one line of the file @path, which is beside the profile @file unless it begins with "/" or
 * PROFILE_CREDENTIALS. A file that everyone may read is refused. @key and @line are for complaints; that of a
 * credential that is not there is unknown, for only the service has them. The result is the caller's to free.
 *
 * Returns 0, COMM_EINVALID with @ret_why filled, or -ENOMEM.
 */
int profile_secret_read(const char *file, int line, const char *key, const char *path, char **ret,
			struct config_problem *ret_why);

/* Blot out what of @p's secrets is in @words. */
void profile_secret_hide(const struct profile *p, char *words);

/*
 * If a profile of @set has a secret, let nobody but root look into this process, and no core be written.
 * COMMD_DEBUG_CORE in the environment is for who wants one all the same.
 */
void profile_secret_protect(const struct profile_set *set);
