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

int interrupt_catch(void)
{
	/* Writing to standard output goes on where it was. */
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		ctl_say("cannot make a pipe: %s", strerror(errno));
		return CTL_FAILED;
	}
	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
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
