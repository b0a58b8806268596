#pragma once

/*
 * Suggest: the word that was probably meant by a misspelt one, for sentences that end
 * in "did you mean ...?".
 */

#include <stddef.h>

struct suggest {
	const char *word; /* borrowed from the caller */
	const char *best; /* borrowed from the caller; NULL as long as nothing offered is near */
	size_t distance;  /* of best */
};

/* Begin a search for what @word may have meant. */
void suggest_init(struct suggest *s, const char *word);

/*
 * Consider @candidate. It becomes the best if it is nearer than all before, and near enough
 * to be worth a suggestion: at most a third of the letters differ, or word is its beginning.
 * Case does not count, nor which of "-", "_" and "." stands between words.
 */
void suggest_offer(struct suggest *s, const char *candidate);
