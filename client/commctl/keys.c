#include "client/commctl/keys.h"

#include <errno.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "client/commctl/ctl.h"
#include "client/commctl/interrupt.h"
#include "proto/util.h"

static struct termios saved;
static bool has_begun;

void keys_begin(void)
{
	struct termios single;

	if (has_begun || tcgetattr(STDIN_FILENO, &saved) < 0)
		return;
	single = saved;
	single.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	has_begun = tcsetattr(STDIN_FILENO, TCSANOW, &single) == 0;
}

void keys_end(void)
{
	if (has_begun)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &saved);
	has_begun = false;
}

/* A terminal that is gone is as good as a q. */
static bool is_end(void)
{
	char key;

	return read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q';
}

bool keys_wait(int64_t due_ms, int out_fd)
{
	struct pollfd p[] = {
		{ .fd = has_begun ? STDIN_FILENO : -1, .events = POLLIN },
		{ .fd = interrupt_fd(), .events = POLLIN },
		{ .fd = out_fd },
	};

	while (!interrupt_count()) {
		int64_t left_ms = MAX(due_ms - ctl_now_ms(), 0);
		int n = poll(p, ARRAY_SIZE(p), (int)MIN(left_ms, INT32_MAX));

		if (n < 0 && errno != EINTR)
			return true;
		/* A socket whose reader has gone tells only its end. */
		if (n > 0 && ((p[2].revents & (POLLERR | POLLHUP)) || (p[0].revents && is_end())))
			return true;
		if (!left_ms)
			return false;
	}
	return true;
}
