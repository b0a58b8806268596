#pragma once

/*
 * Interrupt: SIGINT and SIGTERM as something to poll for. The third one ends the program, wherever
 * it is stuck.
 */

/* From now on. Returns CTL_OK, or CTL_FAILED after having said why. */
int interrupt_catch(void);

/* How many have come. */
int interrupt_count(void);

/* Readable when one has come since interrupt_drain(). */
int interrupt_fd(void);
void interrupt_drain(void);
