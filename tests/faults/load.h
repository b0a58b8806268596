#pragma once

/*
 * Load: many clients in one process, each a handle of the library, which send at a steady rate and
 * write down what they send and what they are told.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/commclient.h"

struct ledger;

/* How to send. Strings are borrowed from the command line. */
struct load_options {
	const char *socket;
	const char *profile; /* NULL: default */
	const char *topic;
	const char *ledger;
	int64_t n_clients;
	int64_t first; /* number of the first client */
	int64_t rate;  /* records of each client in a second; 0: as many as it is allowed */
	int64_t n_records; /* of each client, after which it leaves; 0: until the program is told to end */
	int64_t n_partitions; /* records go to them in turn */
	int64_t size_min;
	int64_t size_max;
	int64_t timeout_ms;
	int64_t window; /* records in flight of each client; 0: the library's own */
	int64_t churn;  /* records after which a client connects anew; 0: never */
	bool resend;
};

/* What all clients share. */
struct load {
	const struct load_options *options;
	struct ledger *ledger;
	char *value;    /* owned; size_max bytes */
	bool is_ending; /* no more records */
	bool is_late;   /* what is told from here on does not count */
	int64_t n_sent;
	int64_t n_connections; /* made */
	bool has_told[256];    /* of a failure, by enum comm_error */
};

struct letter;

struct load_client {
	struct load *load; /* borrowed */
	struct comm *c;    /* owned; NULL: not connected */
	uint32_t number;
	uint32_t n_begun;    /* records, the next one included if it is written down */
	uint32_t n_here;     /* of them, given to this connection */
	struct letter *next; /* owned; written down as sent, but the library takes no more now */
	int64_t due_us; /* when the next record is to be sent, or the next connection to be tried */
	bool is_waiting; /* for the library to take more */
};

void load_client_init(struct load_client *client, struct load *load, uint32_t number);

/* Take what has come if @is_ready, send what is due, connect if it is not connected. */
void load_client_work(struct load_client *client, bool is_ready);

/* Whether it has sent all that it is to send, and heard of each. */
bool load_client_is_done(const struct load_client *client);

/* Microseconds until there is something to send or to try; -1: only when something comes. */
int64_t load_client_wait_us(const struct load_client *client, int64_t now_us);

/* Close the connection. */
void load_client_leave(struct load_client *client);
