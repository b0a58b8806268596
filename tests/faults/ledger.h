#pragma once

/*
 * Ledger: a file in which a program writes down what it has seen of each record, entry by entry, and
 * which survives the program whatever ends it.
 *
 * Senders write what they send and what they are told of it, a reader of its own what is in the topic,
 * the readers of a group what they are given and acknowledge, and whoever injects a fault when a daemon's
 * life ended. verdict compares them.
 */

#include <stddef.h>
#include <stdint.h>

enum ledger_what {
	LEDGER_NOTHING = 0, /* room that no entry has been written to */
	LEDGER_SENT,        /* before the library gets it; partition: where it is to go */
	LEDGER_ACKED,       /* offset, partition: as the sender was told; offset -1: not told */
	LEDGER_FAILED,      /* error; the brokers do not have it */
	LEDGER_UNKNOWN,     /* error; they may have it */
	LEDGER_READ,        /* offset, partition: where */
	LEDGER_LEFT,        /* client has ended, and each of its records has been told */
	LEDGER_CUT,   /* a daemon's life ended between time_us and offset, which is another time */
	LEDGER_TAKEN, /* by client, a reader; offset, partition: where; came at time_us or later */
	LEDGER_ASKED, /* by client, a reader, to acknowledge all before offset of partition */
	LEDGER_DONE,  /* the answer, number microseconds later: they are */
	LEDGER_REFUSED, /* they are not, and come again */
	LEDGER_BEGUN /* the library, which had no room for the record, has it now: its time begins */
};

/* A record is its client and its number there, which counts from 0. 32 bytes, in this host's order. */
struct ledger_entry {
	int64_t time_us; /* on the monotonic clock */
	int64_t offset;
	uint32_t client;
	uint32_t number;
	uint32_t crc; /* of the whole value, as sent or as read */
	int16_t partition;
	uint8_t what;
	uint8_t error; /* enum comm_error */
};

struct ledger;

int64_t ledger_now_us(void);

/* Create @path, which must not exist. Ends the program with a sentence if it cannot, like all here. */
struct ledger *ledger_create(const char *path);

/* Add @e; it is in the file when this returns, though not necessarily on the disk. */
void ledger_add(struct ledger *l, const struct ledger_entry *e);

/* On the disk as well. */
void ledger_close(struct ledger *l);

/* Returns all entries of @path and how many there are; the memory is the program's until its end. */
const struct ledger_entry *ledger_read(const char *path, size_t *ret_n);
