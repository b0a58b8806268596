#include "daemon/acl_host.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/errors.h"
#include "proto/util.h"

/* An entry: a group has all of its members in it. */
#define BYTES_MIN 1024
#define BYTES_MAX (16 * 1024 * 1024)

/* One attempt with a buffer of @size; ERANGE: it is too small. Returns errno's numbers. */
typedef int (*attempt_fn)(const char *name, char *buffer, size_t size, void *ret, bool *ret_found);

static int try_user(const char *name, char *buffer, size_t size, void *ret, bool *ret_found)
{
	struct passwd entry, *found = NULL;
	int error = getpwnam_r(name, &entry, buffer, size, &found);

	*ret_found = found;
	if (found)
		*(uid_t *)ret = found->pw_uid;
	return error;
}

static int try_group(const char *name, char *buffer, size_t size, void *ret, bool *ret_found)
{
	struct group entry, *found = NULL;
	int error = getgrnam_r(name, &entry, buffer, size, &found);

	*ret_found = found;
	if (found)
		*(gid_t *)ret = found->gr_gid;
	return error;
}

static int find(attempt_fn attempt, const char *name, void *ret)
{
	int error = ERANGE;
	bool found = false;

	for (size_t size = BYTES_MIN; error == ERANGE && size <= BYTES_MAX; size *= 4) {
		_cleanup_free_ char *buffer = malloc(size);

		if (!buffer)
			return -ENOMEM;
		do
			error = attempt(name, buffer, size, ret, &found);
		while (error == EINTR);
	}
	if (found)
		return 0;
	/* Two ways of the C library to say that there is none. */
	return error && error != ENOENT && error != ESRCH ? -error : COMM_EINVALID;
}

static int find_user(const char *name, uid_t *ret)
{
	return find(try_user, name, ret);
}

static int find_group(const char *name, gid_t *ret)
{
	return find(try_group, name, ret);
}

int acl_load_here(const struct config *c, struct acl **ret, struct config_problem *ret_why)
{
	const struct acl_host here = { find_user, find_group, geteuid() };

	return acl_load(c, &here, ret, ret_why);
}
