#include "proto/suggest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "proto/util.h"

/* Longer words are not compared: no key is so long, and the tables stay on the stack. */
#define WORD_MAX 64

/* A prefix of two letters fits too many words. */
#define PREFIX_MIN 3

static int fold(char c)
{
	if (c == '_' || c == '.')
		return '-';
	return tolower((unsigned char)c);
}

static bool same(char a, char b)
{
	return fold(a) == fold(b);
}

/* How many letters must be changed, added, dropped or swapped with their neighbour. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		above[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *reused = before;

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = MIN(above[j], row[j - 1]) + 1;
			row[j] = MIN(row[j], above[j - 1] + !same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				row[j] = MIN(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = reused;
	}
	return above[b_len];
}

static bool is_prefix(const char *word, size_t len, const char *of)
{
	for (size_t i = 0; i < len; i++)
		if (!same(word[i], of[i])) /* stops at the end of @of, too */
			return false;
	return len >= PREFIX_MIN;
}

void suggest_init(struct suggest *s, const char *word)
{
	*s = (struct suggest){ .word = word };
}

void suggest_offer(struct suggest *s, const char *candidate)
{
	size_t word_len = strnlen(s->word, WORD_MAX + 1);
	size_t len = strnlen(candidate, WORD_MAX + 1);
	size_t limit = MAX(MAX(word_len, len) / 3, (size_t)1);
	size_t d;

	if (!word_len || !len || word_len > WORD_MAX || len > WORD_MAX)
		return;
	d = distance(s->word, word_len, candidate, len);
	if (is_prefix(s->word, word_len, candidate))
		d = MIN(d, limit);
	else if (d > limit || d >= MIN(word_len, len))
		return;
	if (s->best && d >= s->distance)
		return;
	s->best = candidate;
	s->distance = d;
}
