#pragma once

/*
 * Log writer: lines on their way out, in a thread of its own.
 *
 * The journal, or whoever reads standard error, may take as long as they like to take a line, and nobody
 * else shall wait for that. So lines wait, up to a bound; those beyond it are lost, and counted, and the
 * next line that is taken is followed by one that says how many.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

/* How long the end of commd waits for its last lines to be taken. */
#define LOG_WAIT_MS 1000

/* What one line is made of. */
struct log_line {
	bool is_for_journal;        /* or for people, at standard error */
	int level;                  /* of <syslog.h> */
	const struct iovec *fields; /* of the journal; the first is the line, with its name */
	int n_fields;               /* up to LOG_FIELDS_MAX; people get the first */
};

/* The name of the first field. */
#define LOG_MESSAGE "MESSAGE="

/* The line, its level and its id, and all of struct log_about. */
#define LOG_FIELDS_MAX 10

/*
 * From here on a thread writes what log_writer_put() is given. Before that, or if there is no thread to be
 * had, whoever has a line writes it. Returns 0 or -errno.
 */
int log_writer_start(void);

/* Write what waits, for up to @wait_ms; what is not taken by then is lost, and so is what comes later. */
void log_writer_stop(unsigned int wait_ms);

/* What @line points at is borrowed for the call. From any thread. */
void log_writer_put(const struct log_line *line);

/* Lines that were lost, because too many waited or because nobody took them. */
int64_t log_writer_n_lost(void);
