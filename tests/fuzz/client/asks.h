#pragma once

/*
 * Asks: everything that a program can ask libcommclient for, each with a number, and what it is told looked at.
 * Each is called back once.
 */

#include <stdbool.h>
#include <stddef.h>

struct comm;

enum { ASK_N_KINDS = 32 };

/* Forget what was. */
void asks_reset(void);

/* Ask for something. */
void asks_start(struct comm *c, unsigned int kind);

/* From inside of callbacks, ask for the same again. */
void asks_set_eager(bool is_eager);

/* How many have not been called back. */
size_t asks_n_open(void);
