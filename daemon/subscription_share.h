#pragma once

/*
 * Which answers of a subscription have their values in shared memory.
 *
 * One subscription of a connection has some: the first that is worth it. All others, and whoever comes when
 * as much is in use as may be, get their values through the socket, as if they had not asked.
 */

struct comm_receive_result;
struct subscription;

/* @result has what the subscription's reader has just fetched. Its memory is not in use. */
void subscription_share(struct subscription *sub, struct comm_receive_result *result);

/* It ends: its memory goes back. */
void subscription_unshare(struct subscription *sub);
