#include "tests/faults/handles.h"

#include <err.h>
#include <errno.h>
#include <time.h>

#include "client/commclient.h"

struct pollfd handles_pollfd(const struct comm *c)
{
	if (!c)
		return (struct pollfd){ .fd = -1 };
	return (struct pollfd){ .fd = comm_fd(c), .events = comm_events(c) };
}

bool handles_is_due(const struct comm *c, const struct pollfd *fd)
{
	return fd->revents || (c && comm_timeout(c) == 0);
}

int64_t handles_sooner(int64_t wait_us, int64_t its_us)
{
	return its_us >= 0 && its_us < wait_us ? its_us : wait_us;
}

void handles_wait(struct pollfd *fds, int64_t n, int64_t wait_us)
{
	const struct timespec wait = { wait_us / 1000000, wait_us % 1000000 * 1000 };

	if (ppoll(fds, (nfds_t)n, &wait, NULL) < 0 && errno != EINTR)
		err(2, "poll");
}
