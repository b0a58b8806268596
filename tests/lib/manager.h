#pragma once

/*
 * Manager: a service manager, as far as it is told something by sd_notify(3).
 *
 * What does not come within ten seconds fails the running test with a sentence.
 */

#include <stdbool.h>

struct manager {
	int fd;
	char message[1024]; /* the last, NUL-terminated */
};

/* Listen, and be what NOTIFY_SOCKET of this process and of its children says. */
void manager_init(struct manager *m);
void manager_fini(struct manager *m);

/* Read the next message. */
void manager_read(struct manager *m);

/* Whether one comes within @timeout_ms; it is not read. */
bool manager_hears(const struct manager *m, int timeout_ms);

/* Whether the last message has the line @line. */
bool manager_has(const struct manager *m, const char *line);

/* Read messages until one has the line @line, or one that begins with it and ends with "...". */
void manager_await(struct manager *m, const char *line);
