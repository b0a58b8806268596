#pragma once

/*
 * Keeper: a process that outlives the test, only to tidy up behind it.
 *
 * libcheck ends a failed test on the spot, without any handler, and kills its process group.
 * The keeper notices, prints the daemon's messages on stderr and removes the directory.
 */

#include <stddef.h>

struct keeper;

/*
 * Make a directory below $TMPDIR, or /tmp, and keep watch over it. Its path goes to @ret_dir, with room for
 * @size. The daemon's messages are in its file "log", if there is one. Fails the test if it cannot.
 */
struct keeper *keeper_new(char *ret_dir, size_t size);

/* All went well: remove the directory and print nothing. Returns NULL. */
struct keeper *keeper_free(struct keeper *k);
