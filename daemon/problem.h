#pragma once

/*
 * Problem: what is wrong with a configuration file, as one sentence for its author:
 * file, line, the offending text, and what would be right.
 *
 * The sentence is valid UTF-8 without control characters whatever the file holds, for
 * it goes to logs, terminals and clients. Values that may be secret are never put in.
 */

#include <stdbool.h>

/* Room for a file's name and a sentence; what does not fit is cut off. */
#define CONFIG_PROBLEM_MAX 1024

/* Most bytes of an offending text that are worth showing: "%.*s" takes it. */
#define CONFIG_PROBLEM_QUOTE_MAX 64

struct config_problem {
	int line;        /* 0: the file as a whole */
	bool is_unknown; /* whether there is one can be told elsewhere only: by the service itself */
	char text[CONFIG_PROBLEM_MAX];
};

/*
 * Fill @p with "FILE:LINE: SENTENCE", or "FILE: SENTENCE" for line 0.
 *
 * Returns COMM_EINVALID, so that a parser can fail in one statement.
 */
int config_problem_set(struct config_problem *p, const char *file, int line, const char *format,
		       ...) __attribute__((format(printf, 4, 5)));
