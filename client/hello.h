#pragma once

/*
 * Hello: the first request on a connection, whose answer makes it ready or is its refusal.
 */

struct comm;

/* Queue it before all others. Returns 0 or COMM_ENO_MEMORY. */
int hello_start(struct comm *c);

/* Forget it if it is under way. */
void hello_abandon(struct comm *c);
