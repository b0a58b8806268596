#pragma once

/*
 * Said: how often the log has lines that a user's programs can cause as often as they like.
 *
 * A service manager takes so many lines of commd, and drops all that come after them, whoever they are about.
 * So each user has a number of lines in a minute, of each kind; those beyond it are left out, and the next
 * that is written tells how many they were. A user is remembered for that minute, whether or not it is connected.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SAID_LINES_MAX 10
#define SAID_PERIOD_MS 60000

enum said_kind { SAID_DENIED, SAID_DISCONNECTED, N_SAID_KINDS };

/* What is added to a line about those that were left out, with its NUL. */
#define SAID_MORE_SIZE 80

struct said_user;

/* All zero: nothing was said. */
struct said {
	struct said_user *users; /* owned; by uid */
};

/*
 * Whether a line of this kind about @uid is to be written. If so @ret_more is "", or what it has to end with;
 * if not it counts as left out, unless it @is_again one that was before. Without memory each line is written.
 */
bool said_note(struct said *s, uid_t uid, enum said_kind kind, bool is_again, uint64_t now_ms,
	       char ret_more[SAID_MORE_SIZE]);

/* From time to time: forget those of whom nothing was said lately. */
void said_sweep(struct said *s, uint64_t now_ms);

void said_fini(struct said *s);
