#pragma once

/*
 * What the tests of the client library share: a handle that is connected to a fake daemon, and turns
 * of both on one thread.
 */

#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/commclient.h"
#include "tests/lib/fake.h"

static inline void client_welcome(struct fake *f, void *arg)
{
	peer_welcome(f, arg);
}

/* Connect to @f; @ret_peer is the daemon's end. */
static inline struct comm *client_connect(struct fake *f, struct peer *ret_peer,
					  const struct comm_options *options)
{
	struct comm *c;
	int error;

	fake_run(f, client_welcome, ret_peer);
	error = comm_connect(fake_socket(f), NULL, options, &c);
	ck_assert_msg(!error, "%s", comm_error_message(c));
	fake_join(f);
	return c;
}

/* Close the handle, which has nothing left to send; then the daemon is gone. */
static inline void client_end(struct comm *c, struct peer *p, struct fake *f)
{
	ck_assert_int_eq(comm_close(c, 0, NULL), 0);
	peer_close(p);
	fake_free(f);
}

/* Process until *@n is @wanted. */
static inline void client_until(struct comm *c, const size_t *n, size_t wanted)
{
	for (int i = 0; *n < wanted && i < 1000; i++)
		(void)comm_wait(c, 10000);
	ck_assert_uint_eq(*n, wanted);
}

/* The daemon is gone and there again, and the library comes back to it; @p is the new connection. */
static inline void client_meet_again(struct comm *c, struct fake *f, struct peer *p)
{
	peer_close(p);
	fake_run(f, client_welcome, p);
	while (!fake_try_join(f))
		(void)comm_wait(c, 10);
}

/* Process until a request has arrived. */
static inline uint64_t client_read(struct comm *c, struct peer *p, enum comm_method_id method)
{
	for (int i = 0; !peer_has_request(p) && i < 1000; i++)
		(void)comm_wait(c, 10);
	return peer_read(p, method);
}

/*
 * The end of a forked child. If all is well it dies without a word, for valgrind would count as lost
 * what is its parent's to free.
 */
static inline _Noreturn void client_end_child(bool is_well)
{
	if (is_well)
		(void)raise(SIGKILL);
	_exit(1);
}

static inline void client_join_child(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "the child failed");
}
