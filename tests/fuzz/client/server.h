#pragma once

/*
 * Server: what libcommclient takes for commd while it is fuzzed. It reads what the library asks, which has
 * to be valid, and answers what the input says.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Begin to listen, or go on. */
void server_listen(void);

/* Where, as comm_connect() takes it. */
const char *server_address(void);

/* Forget all that was; the next connection is greeted or not. */
void server_reset(bool greets);

/* Greet the next connection, as commd does, or leave it to the input. */
void server_set_greets(bool greets);

/* Accept who has come, and read what was asked. */
void server_turn(void);

/* Answer the request that waits as number @i, of those that wait, with values of one style. */
void server_answer(size_t i, unsigned int style);

/* Refuse it with some error of the list. */
void server_refuse(size_t i, int code);

/* Write the beginning of an answer to it: what follows is the input's to say. */
void server_begin_answer(size_t i, bool is_error);

void server_write(const void *bytes, size_t n);

/* Close the connection; listen no more. */
void server_hang_up(void);
void server_stop(void);
