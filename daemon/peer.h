#pragma once

/*
 * Peer: who is at the other end of a socket, as the kernel says. It does not change as long as the
 * connection lasts, whatever the process does.
 */

#include <stddef.h>
#include <sys/types.h>

struct peer {
	pid_t pid; /* that connected; 0: not known */
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* owned; the supplementary ones; sorted */
	size_t n_groups;
	char problem[64]; /* why the user or the groups are not known; "": they are */
};

/* Who has connected @fd. What cannot be learnt is a problem of the peer's, and its uid then nobody's. */
void peer_init(struct peer *p, int fd);
void peer_fini(struct peer *p);
