#include "client/commctl/turn.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "client/commctl/ctl.h"
#include "client/commctl/interrupt.h"
#include "proto/util.h"

/* Milliseconds for poll(): what the library wants, cut at the deadline. */
static int wait_ms(const struct ctl *ctl, int64_t deadline_ms)
{
	int wanted = comm_timeout(ctl->c);
	int64_t left;

	if (deadline_ms < 0)
		return wanted;
	left = deadline_ms - ctl_now_ms();
	left = MIN(MAX(left, 0), INT_MAX);
	return wanted < 0 ? (int)left : MIN(wanted, (int)left);
}

bool turn_wait(struct ctl *ctl, int fd, int64_t deadline_ms)
{
	struct pollfd p[] = {
		{ .fd = comm_fd(ctl->c), .events = comm_events(ctl->c) },
		{ .fd = interrupt_fd(), .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
		{ .fd = ctl->watches_out && !ctl->out.error ? ctl->out.fd : -1 },
	};
	int n = poll(p, ARRAY_SIZE(p), wait_ms(ctl, deadline_ms));

	/* After EINTR nothing in p is valid; the signal has left a byte in the pipe. */
	if (n < 0)
		return false;
	if (p[1].revents)
		interrupt_drain();
	/*
	 * Whoever read our output has gone: no need to wait for the next record to find out. A pipe tells
	 * it as an error, a socket only as its end.
	 */
	if (p[3].revents & (POLLERR | POLLHUP))
		ctl->out.error = -EPIPE;
	/* A lost connection is the library's to open again: what it costs shows in the outcomes. */
	if (p[0].revents || !n || comm_timeout(ctl->c) == 0)
		(void)comm_process(ctl->c);
	return p[2].revents != 0;
}
