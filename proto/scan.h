#pragma once

/*
 * Scan: where does one message end, and is it one that may be decoded?
 *
 * Walks MessagePack bytes as they arrive: constant work per byte, resumable at any byte,
 * no recursion, no allocation. It refuses what could make a decoder allocate more than the
 * bytes it was sent are worth: counts that the message cannot hold, depth, too many values.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

enum comm_scan_result {
	COMM_SCAN_MORE,    /* the message is not whole yet */
	COMM_SCAN_MESSAGE, /* it is: the first scan::pos bytes */
	COMM_SCAN_NOT_RPC, /* not an array of three or four, or not of a known type */
	COMM_SCAN_TOO_DEEP,
	COMM_SCAN_TOO_BIG,  /* more bytes than the limit, or a count that cannot fit under it */
	COMM_SCAN_TOO_MANY, /* more values than COMM_OBJECTS_MAX */
	COMM_SCAN_RESERVED  /* the byte 0xc1, which MessagePack never uses */
};

enum comm_type { COMM_REQUEST = 0, COMM_RESPONSE = 1, COMM_NOTIFICATION = 2 };

struct comm_scan {
	size_t limit; /* bytes of one message */
	size_t pos;   /* bytes looked at, from the start of the message */
	size_t skip;  /* bytes of a value still to be passed over */
	size_t n_objects;
	unsigned int depth;
	uint64_t left[COMM_DEPTH_MAX]; /* values still missing in each open container */
	bool has_type;
	bool has_id;
	enum comm_type type;
	uint64_t id; /* of a request or response, as soon as it has been seen */
};

/* Begin with a new message, of at most @limit bytes. */
void comm_scan_start(struct comm_scan *s, size_t limit);

/*
 * Look at @bytes, of which there are @len: the message from its first byte, those already
 * looked at included. After a refusal only comm_scan_start() is allowed.
 */
enum comm_scan_result comm_scan(struct comm_scan *s, const void *bytes, size_t len);

/* A sentence for a refusal. */
const char *comm_scan_sentence(enum comm_scan_result r);
