#include "daemon/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

/* Longer lines are cut: a broker's sentence can be of any length. */
#define LINE_MAX_BYTES 1024

static int max_level = LOG_INFO;

void log_set_level(int level)
{
	max_level = level;
}

/* journald reads the level from the line's start; a person reads a word. */
static const char *prefix(int level)
{
	static const char *const journal[] = { "<0>", "<1>", "<2>", "<3>",
					       "<4>", "<5>", "<6>", "<7>" };
	static const char *const words[] = { "emergency: ", "alert: ", "critical: ", "error: ",
					     "warning: ",   "",        "",           "debug: " };

	return getenv("JOURNAL_STREAM") ? journal[level] : words[level];
}

void log_msg(int level, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;

	if (level > max_level)
		return;
	va_start(ap, format);
	vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	/* A control character in a client's name must not forge a line. */
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	fprintf(stderr, "%s%s%s\n", getenv("JOURNAL_STREAM") ? "" : "commd: ", prefix(level), line);
}
