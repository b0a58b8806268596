#pragma once

/*
 * Which answers of a subscription have their values in shared memory.
 *
 * A connection has one memory, which comes with the first answer that is worth it, and is the subscription's that first
 * names it. All others, and whoever comes when as much is in use as may be, get their values through
 * the socket, as if they had not asked.
 */

#include <stdbool.h>
#include <stdint.h>

struct comm_wire_shared;
struct subscription;

/*
 * For the answer with what the subscription's reader has just fetched, to a client that has mapped the memory @inode
 * (-1: none yet), where nothing is in use. Returns whether values have moved there, with @ret filled.
 */
bool subscription_share(struct subscription *sub, int64_t inode, struct comm_wire_shared *ret);

/* It ends: its memory goes back. */
void subscription_unshare(struct subscription *sub);
