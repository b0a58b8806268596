#pragma once

/*
 * Metrics in a file, for the textfile collector of Prometheus' node_exporter, which reads what stands
 * in its directory.
 *
 * The text is made on the loop and written in a thread, to a file beside that is then renamed: who reads
 * finds the text before or the text after, each whole. At the end of commd the file is removed, for its
 * numbers are not true any more.
 */

#include <stdbool.h>

#include <uv.h>

struct daemon;

struct metrics_file {
	struct daemon *daemon; /* borrowed */
	uv_timer_t timer;
	char *path;      /* owned; what has been written, and is to be removed; NULL: nothing */
	bool is_writing; /* in a thread */
	bool has_failed; /* the last time, and the log has said so */
	bool is_closed;
};

/* From now on, as often as [metrics] of the configuration says, if it names a file. */
void metrics_file_start(struct metrics_file *f, struct daemon *d);

/* How often the configuration says may be another than before. */
void metrics_file_interval_changed(struct metrics_file *f);

/* Remove the file: what stands in it is not true any more. */
void metrics_file_forget(struct metrics_file *f);

/* What is being written is finished first; the loop runs until then. */
void metrics_file_close(struct metrics_file *f);
