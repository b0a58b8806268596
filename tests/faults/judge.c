#include "tests/faults/judge.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "proto/util.h"
#include "tests/faults/group.h"
#include "tests/faults/grow.h"
#include "tests/faults/latency.h"
#include "tests/faults/ledger.h"

/* One for each record, of which there are tens of millions. */
struct fate {
	int64_t sent_us;
	int64_t ended_us; /* INT64_MAX: not told */
	int64_t offset;   /* as told; -1: not told */
	uint32_t crc;
	int16_t partition;      /* where its sender wants it, */
	int16_t told_partition; /* and where it is, as the sender was told */
	uint8_t what;           /* LEDGER_NOTHING: not sent */
	uint8_t n_read;         /* UINT8_MAX: as often or more */
	bool is_placed; /* it was read where its sender wanted it, and was told that it is */
};

struct client {
	struct fate *fates; /* owned; by number */
	size_t n, size;
	int64_t *last; /* owned; behind what was first read last; by partition and life */
	size_t n_last;
	bool has_left;
};

struct cut {
	int64_t from_us, to_us;
};

struct judge {
	struct client *clients; /* owned; by number */
	size_t n_clients;
	struct cut *cuts; /* owned; in the order of time */
	size_t n_cuts, cuts_size;
	int64_t *ends; /* owned; behind the offset that was read last, by partition */
	size_t n_ends;
	int64_t acked_us; /* when there was an acknowledgement last; 0: never */
	struct latency latency;
	struct group group;
	struct verdict verdict;
};

static struct client *client_of(struct judge *j, const struct ledger_entry *e)
{
	j->clients = grow(j->clients, &j->n_clients, e->client, sizeof *j->clients);
	return &j->clients[e->client];
}

/* Returns NULL for a record that was not sent. */
static struct fate *find(struct judge *j, const struct ledger_entry *e)
{
	struct client *c = e->client < j->n_clients ? &j->clients[e->client] : NULL;

	if (!c || e->number >= c->n || c->fates[e->number].what == LEDGER_NOTHING)
		return NULL;
	return &c->fates[e->number];
}

static void hear_sent(struct judge *j, const struct ledger_entry *e)
{
	struct client *c = client_of(j, e);

	c->fates = grow(c->fates, &c->size, e->number, sizeof *c->fates);
	c->n = MAX(c->n, (size_t)e->number + 1);
	if (c->fates[e->number].what != LEDGER_NOTHING)
		errx(2, "client %u has sent its record %u twice", e->client, e->number);
	c->fates[e->number] = (struct fate){ .what = LEDGER_SENT,
					     .sent_us = e->time_us,
					     .ended_us = INT64_MAX,
					     .crc = e->crc,
					     .partition = e->partition,
					     .offset = -1 };
	j->verdict.sent++;
}

static void hear_begun(struct judge *j, const struct ledger_entry *e)
{
	struct fate *f = find(j, e);

	if (f)
		f->sent_us = e->time_us;
}

static void hear_told(struct judge *j, const struct ledger_entry *e)
{
	struct fate *f = find(j, e);

	if (!f || f->what != LEDGER_SENT) {
		j->verdict.twice++;
		return;
	}
	f->what = e->what;
	f->ended_us = e->time_us;
	f->told_partition = e->partition;
	f->offset = e->offset;
	latency_add(&j->latency, f->ended_us - f->sent_us);
	j->verdict.longest_us = MAX(j->verdict.longest_us, f->ended_us - f->sent_us);
	if (e->what != LEDGER_ACKED)
		return;
	if (j->acked_us)
		j->verdict.silence_us = MAX(j->verdict.silence_us, e->time_us - j->acked_us);
	j->acked_us = e->time_us;
}

static void hear_cut(struct judge *j, const struct ledger_entry *e)
{
	j->cuts = grow(j->cuts, &j->cuts_size, j->n_cuts, sizeof *j->cuts);
	j->cuts[j->n_cuts++] = (struct cut){ e->time_us, e->offset };
}

void judge_hear_senders(struct judge *j, const struct ledger_entry *entries, size_t n)
{
	/* Of one ledger: several load at different times. */
	j->acked_us = 0;
	for (const struct ledger_entry *e = entries; e < entries + n; e++)
		switch (e->what) {
		case LEDGER_SENT:
			hear_sent(j, e);
			break;
		case LEDGER_BEGUN:
			hear_begun(j, e);
			break;
		case LEDGER_ACKED:
		case LEDGER_FAILED:
		case LEDGER_UNKNOWN:
			hear_told(j, e);
			break;
		case LEDGER_LEFT:
			client_of(j, e)->has_left = true;
			break;
		case LEDGER_CUT:
			hear_cut(j, e);
			break;
		default:
			break;
		}
	for (size_t i = 0; i < n; i++)
		group_hear(&j->group, &entries[i]);
}

/* Whether the reader has not been there before: it may go back when it loses its way. */
static bool is_new_place(struct judge *j, const struct ledger_entry *e)
{
	j->ends = grow(j->ends, &j->n_ends, (size_t)e->partition, sizeof *j->ends);
	if (e->offset < j->ends[e->partition])
		return false;
	j->ends[e->partition] = e->offset + 1;
	return true;
}

/*
 * A record belongs to the life of a daemon in which it had its outcome. What had none when that life ended
 * belongs to that one, and may still be on its way to the brokers, for nobody can call it back: so it may
 * come behind what was sent in a later life, and behind nothing else.
 */
static void hear_first(struct judge *j, const struct ledger_entry *e, const struct fate *f)
{
	struct client *c = client_of(j, e);
	size_t n_lives = j->n_cuts + 1, life = 0, n_before = n_lives;
	int64_t *last;

	while (life < j->n_cuts && j->cuts[life].from_us <= f->ended_us)
		life++;
	if (life && f->what != LEDGER_ACKED && f->sent_us <= j->cuts[life - 1].to_us)
		n_before = life--;
	c->last = grow(c->last, &c->n_last, (size_t)e->partition * n_lives + n_lives - 1,
		       sizeof *c->last);
	last = &c->last[(size_t)e->partition * n_lives];
	for (size_t i = 0; i < n_before; i++)
		if (e->number < last[i]) {
			j->verdict.reordered++;
			break;
		}
	last[life] = MAX(last[life], (int64_t)e->number + 1);
}

static void hear_read(struct judge *j, const struct ledger_entry *e)
{
	struct fate *f = find(j, e);

	j->verdict.read++;
	if (!f) {
		j->verdict.phantom++;
		return;
	}
	if (f->crc != e->crc)
		j->verdict.corrupt++;
	if (!f->n_read)
		hear_first(j, e, f);
	if (f->n_read < UINT8_MAX)
		f->n_read++;
	f->is_placed |= f->partition == e->partition && (f->offset < 0 || f->offset == e->offset);
}

void judge_hear_readers(struct judge *j, const struct ledger_entry *entries, size_t n)
{
	for (const struct ledger_entry *e = entries; e < entries + n; e++)
		if (e->what == LEDGER_READ && is_new_place(j, e)) {
			hear_read(j, e);
			group_hear_read(&j->group, e);
		}
}

/* How many daemons have ended while the record was open. */
static uint64_t n_cuts(const struct judge *j, const struct fate *f)
{
	uint64_t n = 0;

	for (size_t i = 0; i < j->n_cuts; i++)
		n += f->sent_us <= j->cuts[i].to_us && f->ended_us >= j->cuts[i].from_us;
	return n;
}

static void decide_record(const struct judge *j, const struct client *c, const struct fate *f,
			  struct verdict *v)
{
	uint64_t n_more = f->n_read > 1 ? f->n_read - 1 : 0, n_allowed;

	v->acked += f->what == LEDGER_ACKED;
	v->failed += f->what == LEDGER_FAILED;
	v->unknown += f->what == LEDGER_UNKNOWN;
	v->open += f->what == LEDGER_SENT && !c->has_left;
	v->unanswered += f->what == LEDGER_SENT && c->has_left;
	v->lost += f->what == LEDGER_ACKED && !f->n_read;
	v->phantom += f->what == LEDGER_FAILED ? f->n_read : 0;
	v->unplaced += f->what == LEDGER_ACKED && f->offset < 0;
	v->misplaced += f->what == LEDGER_ACKED &&
			(f->told_partition != f->partition || (f->n_read && !f->is_placed));
	if (n_more) {
		n_allowed = n_cuts(j, f);
		v->duplicated += n_more;
		v->outside += n_more > n_allowed ? n_more - n_allowed : 0;
	}
}

void judge_decide(struct judge *j, struct verdict *ret)
{
	*ret = j->verdict;
	for (const struct client *c = j->clients; c < j->clients + j->n_clients; c++)
		for (const struct fate *f = c->fates; f < c->fates + c->n; f++)
			if (f->what != LEDGER_NOTHING)
				decide_record(j, c, f, ret);
	group_decide(&j->group, ret);
	ret->p50_us = latency_percentile(&j->latency, 50);
	ret->p99_us = latency_percentile(&j->latency, 99);
}

bool verdict_is_damage(const struct verdict *v)
{
	return v->lost || v->outside || v->reordered || v->phantom || v->corrupt || v->misplaced ||
	       v->unanswered || v->twice || v->again || v->skipped || v->disordered || v->garbled;
}

struct judge *judge_new(void)
{
	struct judge *j = calloc(1, sizeof *j);

	if (!j)
		err(2, "no memory");
	return j;
}

void judge_free(struct judge *j)
{
	for (size_t i = 0; i < j->n_clients; i++) {
		free(j->clients[i].fates);
		free(j->clients[i].last);
	}
	free(j->clients);
	group_fini(&j->group);
	free(j->cuts);
	free(j->ends);
	free(j);
}
