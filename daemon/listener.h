#pragma once

/*
 * Listener: the socket that clients connect to.
 */

#include <uv.h>

struct daemon;
struct listener;

/*
 * Bind the configured path and listen. A socket that nobody listens on any more is replaced, a live one
 * is refused. What is wrong has been logged.
 *
 * Returns 0 or -errno; -EADDRINUSE: another daemon listens there.
 */
int listener_start(struct daemon *d, struct listener **ret);

/* Listen on @fd, which is bound already (socket activation). Returns 0 or -errno. */
int listener_adopt(struct daemon *d, int fd, struct listener **ret);

/* Another turn of the loop begins: so many connections are taken in one, and then others have theirs. */
void listener_begin_turn(struct listener *l);

/* Accept no more, remove the path if it was bound here, and free. Returns NULL. */
struct listener *listener_close(struct listener *l);
