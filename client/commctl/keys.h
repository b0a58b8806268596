#pragma once

/*
 * Keys: single keys of who sits in front of the terminal.
 */

#include <stdbool.h>
#include <stdint.h>

/* From now on keys come without Enter and are not shown, if standard input is a terminal. */
void keys_begin(void);

/* As it was before; harmless if nothing has begun. */
void keys_end(void);

/*
 * Wait until @due_ms of ctl_now_ms(). Returns true as soon as it is to end: q was pressed, Ctrl-C, or
 * nobody reads @out_fd any more.
 */
bool keys_wait(int64_t due_ms, int out_fd);
