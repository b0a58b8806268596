#include "daemon/discards.h"

#include <stdio.h>
#include <string.h>

#include "proto/utf8.h"

void discards_init(struct discards *d)
{
	d->n_rows = 0;
	d->n_records = 0;
	d->n_evicted = 0;
	TAILQ_INIT(&d->rows);
}

static bool is_of(const struct discard *row, const struct discard_kind *k)
{
	return row->reason == k->reason && row->maybe_persisted == k->maybe_persisted &&
	       row->pid == k->pid && row->uid == k->uid && !strcmp(row->topic, k->topic) &&
	       !strcmp(row->client, k->client) && !strcmp(row->profile, k->profile);
}

/* The row added to last is the first that is looked at. */
static struct discard *find(const struct discards *d, const struct discard_kind *k)
{
	struct discard *row;

	TAILQ_FOREACH_REVERSE(row, &d->rows, discard_list, entry)
	if (is_of(row, k))
		return row;
	return NULL;
}

static struct discard *take_row(struct discards *d)
{
	struct discard *row;

	if (d->n_rows < DISCARDS_MAX)
		return &d->memory[d->n_rows++];
	row = TAILQ_FIRST(&d->rows);
	TAILQ_REMOVE(&d->rows, row, entry);
	d->n_evicted++;
	return row;
}

static struct discard *new_row(struct discards *d, const struct discard_kind *k, int64_t now_ms)
{
	struct discard *row = take_row(d);

	*row = (struct discard){
		.first_ms = now_ms,
		.pid = k->pid,
		.uid = k->uid,
		.reason = k->reason,
		.maybe_persisted = k->maybe_persisted,
	};
	(void)snprintf(row->profile, sizeof row->profile, "%s", k->profile);
	(void)snprintf(row->topic, sizeof row->topic, "%s", k->topic);
	(void)snprintf(row->client, sizeof row->client, "%s", k->client);
	TAILQ_INSERT_TAIL(&d->rows, row, entry);
	return row;
}

struct discard *discards_add(struct discards *d, const struct discard_kind *kind, int64_t now_ms)
{
	struct discard *row = find(d, kind);
	bool is_new = !row;

	if (is_new) {
		row = new_row(d, kind, now_ms);
	} else if (row != TAILQ_LAST(&d->rows, discard_list)) {
		TAILQ_REMOVE(&d->rows, row, entry);
		TAILQ_INSERT_TAIL(&d->rows, row, entry);
	}
	row->last_ms = now_ms;
	row->n++;
	d->n_records++;
	return is_new ? row : NULL;
}

void discard_explain(struct discard *row, int code, const char *message)
{
	size_t n = comm_utf8_cut(comm_bytes_of(message), sizeof row->message - 1);

	row->code = code;
	(void)snprintf(row->message, sizeof row->message, "%.*s", (int)n, message);
}
