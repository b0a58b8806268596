#include "client/explain.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/errors.h"

#define ENTRY_BYTES 4096
#define GROUPS_MAX  256

static const char *group_name(gid_t gid, char *buf, size_t size)
{
	struct group group, *found = NULL;

	if (!getgrgid_r(gid, &group, buf, size, &found) && found)
		return group.gr_name;
	(void)snprintf(buf, size, "%u", (unsigned int)gid);
	return buf;
}

/* A user without an entry goes by its number. */
static void find_user(char *buf, size_t size, struct passwd *ret)
{
	struct passwd *found = NULL;

	if (!getpwuid_r(geteuid(), ret, buf, size, &found) && found)
		return;
	(void)snprintf(buf, size, "%u", (unsigned int)geteuid());
	*ret = (struct passwd){ .pw_name = buf, .pw_gid = getegid() };
}

/* In the group as files have it now: a login that is older does not know. */
static bool is_member(const struct passwd *user, gid_t gid)
{
	gid_t groups[GROUPS_MAX];
	int n = GROUPS_MAX;

	(void)getgrouplist(user->pw_name, user->pw_gid, groups, &n);
	for (int i = 0; i < n && i < GROUPS_MAX; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

/* The socket, or the innermost directory on the way to it that can be looked at. */
static bool find_barrier(const char *path, struct stat *ret)
{
	char at[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char *slash;

	(void)snprintf(at, sizeof at, "%s", path);
	while (stat(at, ret) < 0) {
		slash = strrchr(at, '/');
		if (errno != EACCES || !slash || slash == at)
			return false;
		*slash = '\0';
	}
	return true;
}

static void explain_denied(const char *path, char *ret_text, size_t size)
{
	char group_entry[ENTRY_BYTES], user_entry[ENTRY_BYTES];
	const char *group;
	struct passwd user;
	struct stat st;
	mode_t needed;

	if (*path == '@' || !find_barrier(path, &st)) {
		(void)snprintf(ret_text, size, "permission denied on %s", path);
		return;
	}
	group = group_name(st.st_gid, group_entry, sizeof group_entry);
	find_user(user_entry, sizeof user_entry, &user);
	needed = S_ISDIR(st.st_mode) ? S_IXGRP : S_IWGRP;
	/* Nobody is to be put into root's own group for this. */
	if (!(st.st_mode & needed) || !st.st_gid)
		(void)snprintf(
			ret_text, size,
			"permission denied on %s: only its owner may connect (mode %04o, group "
			"%s); ask who runs commd, or see mode and group in commd.socket or "
			"commd.conf",
			path, (unsigned int)(st.st_mode & 07777), group);
	else if (is_member(&user, st.st_gid))
		(void)snprintf(
			ret_text, size,
			"permission denied on %s: %s has been put into group %s, but this session "
			"began before; log in again",
			path, user.pw_name, group);
	else
		(void)snprintf(
			ret_text, size,
			"permission denied on %s: you are not in group %s; run: sudo usermod -aG "
			"%s %s, then log in again",
			path, group, group, user.pw_name);
}

int explain_connect(const char *path, int error, char *ret_text, size_t size)
{
	switch (-error) {
	case ENOENT:
	case ENOTDIR:
	case ECONNREFUSED:
		(void)snprintf(
			ret_text, size,
			"cannot reach commd on %s: nobody listens there; is it running? try: "
			"systemctl status commd",
			path);
		return COMM_ENOT_RUNNING;
	case EACCES:
	case EPERM:
		explain_denied(path, ret_text, size);
		return COMM_EDENIED;
	case EAGAIN:
		(void)snprintf(
			ret_text, size,
			"cannot reach commd on %s: too many clients wait there; try again later",
			path);
		return COMM_ENOT_RUNNING;
	case ENAMETOOLONG:
		(void)snprintf(ret_text, size,
			       "cannot reach commd on %s: a path has at most %zu bytes", path,
			       sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
		return COMM_EINVALID;
	case ENOMEM:
	case ENOBUFS:
		(void)snprintf(ret_text, size, "cannot reach commd on %s: out of memory", path);
		return COMM_ENO_MEMORY;
	default:
		(void)snprintf(ret_text, size, "cannot reach commd on %s: %s", path,
			       strerror(-error));
		return COMM_ENOT_RUNNING;
	}
}
