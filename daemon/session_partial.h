#pragma once

/*
 * Session partial: what was read and is no whole message yet.
 *
 * It must become whole in time, and must not be too much: of one user, and of all together.
 */

#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

struct session;

/* Room for the next read behind a message that is not whole yet; a larger one is a large one. */
#define SESSION_PARTIAL_BYTES (64 * 1024)

/*
 * What they may have in all sessions together: four of the largest. Beyond that only small ones go on, of
 * no more than one more read each, and one of the large ones after the other: daemon/parts.h.
 */
#define SESSION_PARTIAL_BYTES_ALL (4 * (int64_t)COMM_MESSAGE_MAX)

/* It has @n_bytes now. */
void session_partial_count(struct session *s, size_t n_bytes);

/* Nothing more is read: what was must not cost memory until the client has read its answers. */
void session_partial_drop(struct session *s);

/*
 * What is in session::in is all that there is for now. Returns 0; COMM_EAGAIN: read no more, session_hold
 * says when; or why the session has been ended, COMM_EBUSY or COMM_EQUOTA.
 */
int session_partial_check(struct session *s);

/* Note since when it has been incomplete; a paused session waits for us, not for its peer. */
void session_partial_note(struct session *s);

/* End the session if a message has begun and has not become whole in time. */
void session_partial_sweep(struct session *s);
