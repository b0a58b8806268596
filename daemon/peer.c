#include "daemon/peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Most users are in fewer groups. */
#define GROUPS_FIRST 32

/* The number that is no user's and no group's. */
#define NOBODY ((uid_t)-1)

static int compare(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return (x > y) - (x < y);
}

/* Returns 0 or -errno; -ERANGE with the room that is needed in @ret_n. */
static int read_groups(int fd, size_t room, gid_t **ret, size_t *ret_n)
{
	socklen_t len = (socklen_t)(room * sizeof(gid_t));
	gid_t *groups = malloc(len);
	int error = 0;

	if (!groups)
		return -ENOMEM;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
		error = -errno;
	*ret_n = len / sizeof(gid_t);
	if (error || !*ret_n)
		free(groups);
	else
		*ret = groups;
	return error;
}

static int take_groups(struct peer *p, int fd)
{
	int error = read_groups(fd, GROUPS_FIRST, &p->groups, &p->n_groups);

	if (error == -ERANGE)
		error = read_groups(fd, p->n_groups, &p->groups, &p->n_groups);
	if (error)
		p->n_groups = 0;
	else if (p->n_groups)
		qsort(p->groups, p->n_groups, sizeof *p->groups, compare);
	return error;
}

static void note_problem(struct peer *p, const char *what, int error)
{
	(void)snprintf(p->problem, sizeof p->problem, "%s: %s", what, strerror(-error));
}

void peer_init(struct peer *p, int fd)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof peer;
	int error;

	*p = (struct peer){ .uid = NOBODY, .gid = NOBODY };
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0) {
		note_problem(p, "SO_PEERCRED", -errno);
		return;
	}
	p->pid = peer.pid;
	p->uid = peer.uid;
	p->gid = peer.gid;
	error = take_groups(p, fd);
	if (error)
		note_problem(p, "SO_PEERGROUPS", error);
	else if (p->uid == NOBODY || p->gid == NOBODY)
		note_problem(p, "SO_PEERCRED", -ENODATA);
}

void peer_fini(struct peer *p)
{
	free(p->groups);
	p->groups = NULL;
	p->n_groups = 0;
}
