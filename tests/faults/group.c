#include "tests/faults/group.h"

#include <err.h>
#include <stdbool.h>
#include <stdlib.h>

#include "proto/util.h"
#include "tests/faults/grow.h"
#include "tests/faults/judge.h"
#include "tests/faults/ledger.h"

/* A record in the topic. */
struct place {
	uint32_t crc;
	uint32_t reader; /* who has been given it last */
	uint32_t asked;  /* which of all requests has settled it */
	bool is_there;   /* in the topic */
	bool is_taken;
	bool is_settled; /* its reader has asked for it to be acknowledged, and was not refused */
};

/* All records before @next are acknowledged. */
struct mark {
	int64_t time_us;
	int64_t next;
};

struct group_partition {
	struct place *places; /* owned; by offset */
	size_t n_places;
	struct mark *marks; /* owned; both their members grow */
	size_t n_marks, marks_size;
	int64_t taken; /* behind the last that came to anybody */
};

void group_fini(struct group *g)
{
	for (size_t i = 0; i < g->n_partitions; i++) {
		free(g->partitions[i].places);
		free(g->partitions[i].marks);
	}
	free(g->partitions);
	free(g->entries);
}

static struct group_partition *partition_of(struct group *g, const struct ledger_entry *e)
{
	g->partitions =
		grow(g->partitions, &g->n_partitions, (size_t)e->partition, sizeof *g->partitions);
	return &g->partitions[e->partition];
}

static struct place *place_of(struct group *g, int64_t offset, const struct ledger_entry *e)
{
	struct group_partition *p = partition_of(g, e);

	p->places = grow(p->places, &p->n_places, (size_t)offset, sizeof *p->places);
	return &p->places[offset];
}

void group_hear(struct group *g, const struct ledger_entry *e)
{
	switch (e->what) {
	case LEDGER_TAKEN:
		g->n_taken++;
		break;
	case LEDGER_ASKED:
	case LEDGER_REFUSED:
	case LEDGER_DONE:
	case LEDGER_CUT:
		break;
	default:
		return;
	}
	g->entries = grow(g->entries, &g->size, g->n, sizeof *g->entries);
	g->entries[g->n++] = *e;
}

void group_hear_read(struct group *g, const struct ledger_entry *e)
{
	struct place *place;

	if (!g->n_taken)
		return;
	place = place_of(g, e->offset, e);
	place->is_there = true;
	place->crc = e->crc;
}

static int64_t mark_now(const struct group_partition *p)
{
	return p->n_marks ? p->marks[p->n_marks - 1].next : 0;
}

static void on_taken(struct group *g, const struct ledger_entry *e, struct verdict *v)
{
	struct place *place = place_of(g, e->offset, e);
	struct group_partition *p = partition_of(g, e);

	v->taken++;
	v->garbled += !place->is_there || place->crc != e->crc;
	v->again += e->offset < mark_now(p);
	v->repeated += place->is_taken && e->offset >= mark_now(p);
	v->disordered += !place->is_taken && e->offset < p->taken;
	p->taken = MAX(p->taken, e->offset + 1);
	place->is_taken = true;
	place->is_settled = false;
	place->reader = e->client;
}

/* Of what nobody holds any more. */
#define NOBODY UINT32_MAX

/* Whether the reader has been given the record last. */
static bool is_held_by(const struct place *place, uint32_t reader)
{
	return place->is_taken && place->reader == reader;
}

/* What the reader has been given since it asked last is settled. */
static void settle(struct group *g, const struct ledger_entry *e)
{
	struct group_partition *p = partition_of(g, e);

	g->n_asked++;
	for (int64_t i = MIN(e->offset, (int64_t)p->n_places) - 1; i >= 0; i--) {
		struct place *place = &p->places[i];

		if (!is_held_by(place, e->client) || place->is_settled)
			return;
		place->is_settled = true;
		place->asked = g->n_asked;
	}
}

/* What it has asked for with this is somebody else's after all. */
static void take_back(struct group *g, const struct ledger_entry *e)
{
	struct group_partition *p = partition_of(g, e);
	int64_t last = MIN(e->offset, (int64_t)p->n_places) - 1;

	for (int64_t i = last; i >= 0; i--) {
		struct place *place = &p->places[i];

		if (!is_held_by(place, e->client) || !place->is_settled ||
		    place->asked != p->places[last].asked)
			return;
		place->is_settled = false;
		place->reader = NOBODY;
	}
}

static void on_done(struct group *g, const struct ledger_entry *e)
{
	struct group_partition *p = partition_of(g, e);

	if (e->offset <= mark_now(p))
		return;
	p->marks = grow(p->marks, &p->marks_size, p->n_marks, sizeof *p->marks);
	p->marks[p->n_marks++] = (struct mark){ e->time_us, e->offset };
}

/* What was not committed before is not acknowledged any more, and what is held comes again. */
static void on_cut(struct group *g, int64_t from_us)
{
	for (size_t i = 0; i < g->n_partitions; i++) {
		struct group_partition *p = &g->partitions[i];

		while (p->n_marks && p->marks[p->n_marks - 1].time_us > from_us - GROUP_COMMIT_US)
			p->n_marks--;
		for (int64_t k = mark_now(p); k < p->taken; k++)
			if (!p->places[k].is_settled)
				p->places[k].reader = NOBODY;
	}
}

/* In the order of time, and of what was written before the other. */
static int compare(const void *a, const void *b)
{
	const struct ledger_entry *ea = *(const struct ledger_entry *const *)a;
	const struct ledger_entry *eb = *(const struct ledger_entry *const *)b;

	if (ea->time_us != eb->time_us)
		return ea->time_us < eb->time_us ? -1 : 1;
	return ea < eb ? -1 : ea > eb;
}

static void count_skipped(const struct group *g, struct verdict *v)
{
	for (size_t i = 0; i < g->n_partitions; i++)
		for (size_t k = 0; k < g->partitions[i].n_places; k++) {
			const struct place *place = &g->partitions[i].places[k];

			v->skipped += place->is_there && !place->is_settled;
		}
}

void group_decide(struct group *g, struct verdict *v)
{
	const struct ledger_entry **all, *e;
	int64_t cut_us = 0;

	if (!g->n_taken)
		return;
	all = calloc(g->n, sizeof *all);
	if (!all)
		err(2, "no memory");
	for (size_t i = 0; i < g->n; i++)
		all[i] = &g->entries[i];
	qsort(all, g->n, sizeof *all, compare);
	for (size_t i = 0; i < g->n; i++) {
		e = all[i];
		if (e->what == LEDGER_TAKEN) {
			on_taken(g, e, v);
		} else if (e->what == LEDGER_CUT) {
			on_cut(g, e->time_us);
			cut_us = e->offset;
		} else if (e->what == LEDGER_ASKED) {
			settle(g, e);
		} else if (e->what == LEDGER_REFUSED) {
			take_back(g, e);
		} else if (e->time_us - e->number > cut_us) {
			/* Others may be the last words of a daemon that is no more. */
			on_done(g, e);
		}
	}
	count_skipped(g, v);
	free(all);
}
