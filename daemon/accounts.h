#pragma once

/*
 * Accounts: what status says of the records that were sent, topic by topic and client by client, and of
 * those that have failed.
 */

#include <stddef.h>

#include "proto/message.h"

struct kafka;
struct senders;
struct session;

/* Rows of a list: more make an answer of half a megabyte that nobody can read. */
#define ACCOUNTS_MAX 1000

struct accounts {
	struct comm_list topics;        /* of struct comm_wire_topic_ledger; owned, as the others */
	struct comm_list clients;       /* of struct comm_wire_client_ledger */
	struct comm_list discards;      /* of struct comm_wire_discard */
	struct comm_wire_error *errors; /* owned; of the discards */
	size_t n_topics_left_out;
	size_t n_clients_left_out;
};

/*
 * List what is known to @k, which may be NULL, and of @senders, as far as @viewer may see it; NULL: all.
 * If there is too much of it, what has failed or is in flight comes first. Strings are borrowed until
 * the loop's next turn. Returns 0 or -ENOMEM; accounts_fini() in any case.
 */
int accounts_init(struct accounts *a, const struct kafka *k, const struct senders *senders,
		  const struct session *viewer);
void accounts_fini(struct accounts *a);
