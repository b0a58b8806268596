#pragma once

/*
 * Keeper: a process that outlives the test, only to tidy up behind it.
 *
 * libcheck ends a failed test on the spot, without any handler, and kills its process group.
 * The keeper notices, prints the daemon's messages on stderr and removes the directory.
 */

struct keeper;

/* Keep watch over @dir; @log is the file in it that is printed. Fails the test if it cannot. */
struct keeper *keeper_new(const char *dir, const char *log);

/* All went well: remove the directory and print nothing. Returns NULL. */
struct keeper *keeper_free(struct keeper *k);
