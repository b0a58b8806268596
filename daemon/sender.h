#pragma once

/*
 * Sender: a connection as the one who has sent records to a profile.
 *
 * Records outlive the request that they came with, and even the connection. Each batch of them refers
 * to its sender, which thus stays until the last has its outcome: its ledger goes on being kept, and
 * a failure can say whose it is. The session refers to it from its first send on.
 *
 * What a connection may have in flight is charged until a batch is freed, not until its request is
 * answered: with ack=queued, or a short timeout, the answer comes long before.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "daemon/ledger.h"
#include "daemon/quota.h"

/* A client's name for itself, its NUL included: what fits into a line of a log beside the rest. */
#define SENDER_NAME_MAX 64

struct senders;

struct sender {
	struct senders *senders; /* borrowed */
	size_t n_refs;
	bool is_connected; /* a session sends as this one */
	pid_t pid;
	uid_t uid;
	struct quota_account *account; /* a reference; NULL: none */
	char name[SENDER_NAME_MAX];
	struct ledger ledger;
	struct sender *first;     /* a reference to the connection's first; NULL: this is it */
	size_t inflight_bytes;    /* of all senders of the connection; in the first only */
	LIST_ENTRY(sender) entry; /* on senders::all */
	char profile[];
};

/* All there are. */
struct senders {
	LIST_HEAD(, sender) all;
	int64_t inflight_bytes;                /* charged to any of them */
	void (*released)(struct senders *all); /* some of those were given back */
};

void senders_init(struct senders *all, void (*released)(struct senders *all));

/*
 * A new one, connected, with one reference. @before is what the same connection was until now, to another
 * profile; NULL: nothing. Both share one credit. Returns NULL when out of memory.
 */
struct sender *sender_new(struct senders *all, pid_t pid, uid_t uid, const char *name,
			  const char *profile, struct sender *before);
struct sender *sender_ref(struct sender *s);
void sender_unref(struct sender *s);

/* Its session does not send as this one any more, and gives up its reference. @s may be NULL. */
void sender_disconnect(struct sender *s);

/* The client has given itself another name. */
void sender_rename(struct sender *s, const char *name);

/* What its connection has in flight; 0 for NULL. */
size_t sender_inflight_bytes(const struct sender *s);

/* Bytes of a sender's credit, held by what it is embedded in; all zero: none. */
struct charge {
	struct sender *sender; /* a reference */
	size_t n_bytes;
	struct quota_charge held; /* by its user */
};

void charge_init(struct charge *c, struct sender *s, size_t n_bytes);
void charge_fini(struct charge *c);
