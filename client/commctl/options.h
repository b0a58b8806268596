#pragma once

/*
 * Options: the command line of a verb, where the options of all verbs are understood as well, and a
 * mistake costs one line.
 */

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctl;
struct verb;

/* Numbers of long options without a letter; a verb's own begin with OPTION_OWN. */
enum {
	OPTION_SOCKET = 256,
	OPTION_PROFILE,
	OPTION_JSON,
	OPTION_TIMEOUT,
	OPTION_VERSION,
	OPTION_OWN
};

/* What options_next() returns instead of an option. */
enum { OPTIONS_STOP = 0, OPTIONS_END = -1 };

#define OPTIONS_MAX 32

struct options {
	struct ctl *ctl;
	const struct verb *verb; /* NULL: those before the verb */
	int argc;
	char **argv;
	const char *letters;
	struct option names[OPTIONS_MAX];
	int exit_code; /* when options_next() has returned OPTIONS_STOP */
};

/*
 * Begin with @argv, whose first word is the verb. @letters and @names (ended by a zero entry; NULL:
 * none) are the verb's own options, as for getopt_long(), without leading characters.
 */
void options_init(struct options *o, struct ctl *ctl, const struct verb *verb, int argc,
		  char **argv, const char *letters, const struct option *names);

/*
 * The next of the verb's own options; its argument is optarg. OPTIONS_END after the last one: the
 * words that are no options are argv[optind] and on. OPTIONS_STOP when the program is to end, with
 * options::exit_code.
 */
int options_next(struct options *o);

/* Say what is wrong and where help is. Returns OPTIONS_STOP, with CTL_USAGE as exit code. */
int options_wrong(struct options *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether at most @n words are no options; false after options_wrong(). */
bool options_at_most(struct options *o, int n);

/*
 * All of it for a verb that has neither options nor words: whether it is to be done. Otherwise @ret_code is
 * the exit code.
 */
bool options_none(struct ctl *ctl, const struct verb *verb, int argc, char **argv, int *ret_code);

/* Whether @text, of an option or another @word, is UTF-8, as all names are; false after options_wrong(). */
bool options_text(struct options *o, const char *word, const char *text);

/* The value @text of @option as a whole number; false after options_wrong(). */
bool options_number(struct options *o, const char *option, const char *text, int64_t min,
		    int64_t max, int64_t *ret);

/* Seconds, such as 5 or 0.25, as milliseconds; false after options_wrong(). */
bool options_seconds(struct options *o, const char *option, const char *text, int *ret_ms);

/*
 * Bytes with escapes, not empty; unescaped in place. False after options_wrong().
 */
bool options_bytes(struct options *o, const char *option, char *text, size_t *ret_len);
