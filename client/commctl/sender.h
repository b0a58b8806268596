#pragma once

/*
 * Sender: records from standard input or files to a topic, as many in flight as the library takes,
 * and an account of what became of each.
 */

#include <stdbool.h>
#include <stddef.h>

#include "client/commclient.h"

struct ctl;

/* What to send. Everything is borrowed. */
struct send_job {
	const char *topic;
	struct comm_record base; /* key, headers, partition and time of every record */
	const char *delim;       /* between records; NULL: framed */
	size_t delim_len;
	const char *key_delim; /* between key and value; NULL: the value alone */
	size_t key_delim_len;
	bool empty_is_null;
	char *const *files; /* each one a record; none: standard input */
	size_t n_files;
	const char *unit; /* what a record is called when it fails: line or record */
};

/* Send it all and tell what became of it. @ctl is connected, and no longer so when this returns. */
int sender_run(struct ctl *ctl, const struct send_job *job);
