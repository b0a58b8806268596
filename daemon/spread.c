#include "daemon/spread.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/*
 * First every partition without an owner goes to the reader with the fewest. Then, as long as some
 * reader has at least two more than another, one partition is moved along a way between them: mostly
 * straight, and over readers in between where the two have no topic in common. When there is no such
 * way left, no other distribution is more even.
 */
struct work {
	const struct spread *s;
	size_t *loads;  /* of each reader: partitions */
	int *had;       /* of each partition: its owner before */
	int *from;      /* of each reader: who would pass a partition on to it; or SPREAD_NONE */
	int *line;      /* readers whose neighbours are still to be looked at */
	bool *is_tried; /* of each reader: nobody it reaches has two fewer */
};

static bool may_own(const struct spread *s, size_t reader, size_t partition)
{
	return s->subscribed[reader * s->n_topics + s->topics[partition]];
}

/* Take partitions from owners that may not have them, and give each that has none an owner. */
static void settle(struct work *w)
{
	const struct spread *s = w->s;

	for (size_t p = 0; p < s->n_partitions; p++) {
		if (w->had[p] != SPREAD_NONE && !may_own(s, (size_t)w->had[p], p))
			w->had[p] = SPREAD_NONE;
		s->owners[p] = w->had[p];
		if (s->owners[p] != SPREAD_NONE)
			w->loads[s->owners[p]]++;
	}
	for (size_t p = 0; p < s->n_partitions; p++) {
		if (s->owners[p] != SPREAD_NONE)
			continue;
		for (size_t r = 0; r < s->n_readers; r++)
			if (may_own(s, r, p) &&
			    (s->owners[p] == SPREAD_NONE || w->loads[r] < w->loads[s->owners[p]]))
				s->owners[p] = (int)r;
		if (s->owners[p] != SPREAD_NONE)
			w->loads[s->owners[p]]++;
	}
}

/* Which reader, of those that partitions can be passed on to from @start, has the fewest. */
static int find_least(struct work *w, int start)
{
	const struct spread *s = w->s;
	size_t n_line = 0;
	int least = start;

	for (size_t r = 0; r < s->n_readers; r++)
		w->from[r] = SPREAD_NONE;
	w->from[start] = start;
	w->line[n_line++] = start;
	for (size_t i = 0; i < n_line; i++) {
		int giver = w->line[i];

		if (w->loads[giver] < w->loads[least])
			least = giver;
		for (size_t p = 0; p < s->n_partitions; p++) {
			if (s->owners[p] != giver)
				continue;
			for (size_t r = 0; r < s->n_readers; r++)
				if (w->from[r] == SPREAD_NONE && may_own(s, r, p)) {
					w->from[r] = giver;
					w->line[n_line++] = (int)r;
				}
		}
	}
	return least;
}

/* What it costs to give @partition, which @giver has now, to @taker: -1 less, 0 nothing, 1 a move. */
static int price(const struct work *w, size_t partition, int giver, int taker)
{
	int had = w->had[partition];

	if (had == taker)
		return -1;
	return had == giver;
}

static void pass_on(struct work *w, int giver, int taker)
{
	const struct spread *s = w->s;
	size_t best = 0;
	int best_price = INT_MAX;

	/* Of equals the last, so that the first partitions stay where they are. */
	for (size_t p = 0; p < s->n_partitions; p++) {
		if (s->owners[p] != giver || !may_own(s, (size_t)taker, p))
			continue;
		if (price(w, p, giver, taker) <= best_price) {
			best_price = price(w, p, giver, taker);
			best = p;
		}
	}
	s->owners[best] = taker;
}

static int find_most(const struct work *w)
{
	int most = SPREAD_NONE;

	for (size_t r = 0; r < w->s->n_readers; r++)
		if (!w->is_tried[r] && (most == SPREAD_NONE || w->loads[r] > w->loads[most]))
			most = (int)r;
	return most;
}

/* Whether somebody has two fewer than @most. Looking for a way to him is expensive. */
static bool is_uneven(const struct work *w, int most)
{
	for (size_t r = 0; r < w->s->n_readers; r++)
		if (w->loads[r] + 2 <= w->loads[most])
			return true;
	return false;
}

static void level(struct work *w)
{
	int most;

	while ((most = find_most(w)) != SPREAD_NONE && is_uneven(w, most)) {
		int least = find_least(w, most);

		if (w->loads[most] < w->loads[least] + 2) {
			w->is_tried[most] = true;
			continue;
		}
		w->loads[most]--;
		w->loads[least]++;
		for (int r = least; r != most; r = w->from[r])
			pass_on(w, w->from[r], r);
		memset(w->is_tried, 0, w->s->n_readers * sizeof *w->is_tried);
	}
}

int spread_evenly(const struct spread *s)
{
	struct work w = { .s = s };
	int error = 0;

	/* One more than needed, since malloc(0) may be NULL. */
	w.loads = calloc(s->n_readers + 1, sizeof *w.loads);
	w.from = calloc(s->n_readers + 1, sizeof *w.from);
	w.line = calloc(s->n_readers + 1, sizeof *w.line);
	w.is_tried = calloc(s->n_readers + 1, sizeof *w.is_tried);
	w.had = calloc(s->n_partitions + 1, sizeof *w.had);
	if (w.loads && w.from && w.line && w.is_tried && w.had) {
		memcpy(w.had, s->owners, s->n_partitions * sizeof *w.had);
		settle(&w);
		level(&w);
	} else {
		error = -ENOMEM;
	}
	free(w.loads);
	free(w.from);
	free(w.line);
	free(w.is_tried);
	free(w.had);
	return error;
}
