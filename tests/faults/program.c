#include "tests/faults/program.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t is_told_to_end;

int64_t program_number(const char *s)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(s, &end, 10);
	if (errno || end == s || *end || n < 0)
		errx(2, "%s is not a number", s);
	return n;
}

static void on_signal(int number)
{
	(void)number;
	is_told_to_end = 1;
}

void program_catch(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

bool program_is_told_to_end(void)
{
	return is_told_to_end;
}

void program_say(const char *word)
{
	puts(word);
	fflush(stdout);
}
