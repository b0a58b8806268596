#include "client/commctl/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "client/commctl/ctl.h"

#define PATIENCE 2

/* A signal handler has nothing else to work with. */
static volatile sig_atomic_t n_caught;
static int ends[2] = { -1, -1 };

static void on_signal(int number)
{
	int saved = errno;
	ssize_t n = write(ends[1], "", 1);

	(void)n;
	n_caught++;
	if (n_caught >= PATIENCE)
		(void)signal(number, SIG_DFL);
	errno = saved;
}

/* What our parent has had ignored, as a shell does in the background, stays so. */
static void catch_one(int number, const struct sigaction *action)
{
	struct sigaction before;

	if (!sigaction(number, NULL, &before) && before.sa_handler != SIG_IGN)
		(void)sigaction(number, action, NULL);
}

int interrupt_catch(void)
{
	/* Writing to standard output goes on where it was. */
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		ctl_say("cannot make a pipe: %s", strerror(errno));
		return CTL_FAILED;
	}
	(void)sigemptyset(&action.sa_mask);
	catch_one(SIGINT, &action);
	catch_one(SIGTERM, &action);
	return CTL_OK;
}

int interrupt_count(void)
{
	return n_caught;
}

int interrupt_fd(void)
{
	return ends[0];
}

void interrupt_drain(void)
{
	char bytes[16];

	while (read(ends[0], bytes, sizeof bytes) > 0)
		continue;
}
