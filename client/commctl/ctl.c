#include "client/commctl/ctl.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "proto/utf8.h"

void ctl_init(struct ctl *ctl)
{
	*ctl = (struct ctl){ .timeout_ms = CTL_TIMEOUT_DEFAULT_MS, .human = isatty(STDOUT_FILENO) };
	out_init(&ctl->out, STDOUT_FILENO);
}

int ctl_finish(struct ctl *ctl, int code)
{
	int r = out_flush(&ctl->out);

	ctl_disconnect(ctl);
	out_fini(&ctl->out);
	if (r == -EPIPE) {
		/* As every filter does when its reader has had enough; a shell shows nothing. */
		(void)signal(SIGPIPE, SIG_DFL);
		(void)raise(SIGPIPE);
	}
	if (r < 0) {
		ctl_say("cannot write to standard output: %s", strerror(-r));
		return code ? code : CTL_FAILED;
	}
	return code;
}

int ctl_open(struct ctl *ctl, enum comm_ack ack)
{
	const struct comm_options options = {
		.client = "commctl",
		.timeout_ms = ctl->timeout_ms,
		.ack = ack,
	};

	return comm_connect(ctl->socket, ctl->profile, &options, &ctl->c);
}

int ctl_connect(struct ctl *ctl, enum comm_ack ack)
{
	int error = ctl_open(ctl, ack);

	return error ? ctl_fail(ctl, error) : CTL_OK;
}

void ctl_disconnect(struct ctl *ctl)
{
	if (ctl->c)
		(void)comm_close(ctl->c, 0, NULL);
	ctl->c = NULL;
}

int ctl_exit_code(int error)
{
	switch (error) {
	case 0:
		return CTL_OK;
	case COMM_ENOT_RUNNING:
	case COMM_ESHUTDOWN:
		return CTL_UNREACHABLE;
	case COMM_EDENIED:
	case COMM_EAUTH:
		return CTL_DENIED;
	case COMM_ETIMEOUT:
		return CTL_TIMED_OUT;
	case COMM_EBUSY:
	case COMM_EQUOTA:
	case COMM_EAGAIN:
		return CTL_BUSY;
	case COMM_ENO_PROFILE:
	case COMM_EBAD_PROFILE:
		return CTL_BAD_CONFIG;
	default:
		return CTL_FAILED;
	}
}

int ctl_fail(struct ctl *ctl, int error)
{
	const char *message = comm_error_message(ctl->c);

	ctl_say("%s", *message ? message : comm_strerror(error));
	return ctl_exit_code(error);
}

void ctl_say(const char *format, ...)
{
	char line[4096];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(line, sizeof line, format, args);
	va_end(args);
	/* A broker's sentence may have line breaks; a message of ours is one line. */
	(void)fprintf(stderr, "commctl: %s\n", comm_utf8_calm(line));
}

int64_t ctl_now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t ctl_now_ms(void)
{
	return ctl_now_us() / 1000;
}
