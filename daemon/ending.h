#pragma once

/*
 * Ending: from a signal to the last handle.
 */

struct daemon;

/* From here on SIGTERM and SIGINT end the daemon in order, and a second one at once. */
void ending_start(struct daemon *d);

/* What has run in a thread is done: if nothing else is left the daemon ends now. */
void ending_note_idle(struct daemon *d);

/* The daemon could not begin: close what has been made. It does not listen. */
void ending_give_up(struct daemon *d);
