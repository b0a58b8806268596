#include "daemon/discards.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/utf8.h"

void discards_init(struct discards *d)
{
	*d = (struct discards){ 0 };
	TAILQ_INIT(&d->rows);
}

void discards_fini(struct discards *d)
{
	for (size_t i = 0; i < d->n_rows; i++)
		free(d->memory[i]);
}

/* FNV-1a. */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * 0x100000001b3;
	return hash;
}

static uint64_t hash_of(const struct discard_kind *k)
{
	const int64_t numbers[] = { k->pid, k->uid, k->reason, k->maybe_persisted };
	uint64_t hash = hash_bytes(0xcbf29ce484222325, numbers, sizeof numbers);

	/* With their ends: where one begins is no matter of taste. */
	hash = hash_bytes(hash, k->profile, strlen(k->profile) + 1);
	hash = hash_bytes(hash, k->topic, strlen(k->topic) + 1);
	return hash_bytes(hash, k->client, strlen(k->client) + 1);
}

static bool is_of(const struct discard *row, const struct discard_kind *k)
{
	return row->reason == k->reason && row->maybe_persisted == k->maybe_persisted &&
	       row->pid == k->pid && row->uid == k->uid && !strcmp(row->topic, k->topic) &&
	       !strcmp(row->client, k->client) && !strcmp(row->profile, k->profile);
}

/*
 * The hashes lie side by side: a quarter of a microsecond when all rows are in use, and no table that there may be
 * no memory for.
 */
static struct discard *find(const struct discards *d, const struct discard_kind *k, uint64_t hash)
{
	for (size_t i = 0; i < d->n_rows; i++)
		if (d->hashes[i] == hash && is_of(d->memory[i], k))
			return d->memory[i];
	return NULL;
}

/* What is remembered of a kind, which is forgotten here. */
static struct discard_past take_past(struct discards *d, uint64_t hash)
{
	struct discard_past past = { 0 };

	for (size_t i = 0; i < d->n_rows && !past.n; i++) {
		if (!d->past[i].n || d->past[i].hash != hash)
			continue;
		past = d->past[i];
		d->past[i].n = 0;
	}
	return past;
}

/* Without memory for one more, one gives way as well. */
static struct discard *take_row(struct discards *d)
{
	struct discard *row = d->n_rows < DISCARDS_MAX ? malloc(sizeof *row) : NULL;

	if (row) {
		row->place = d->n_rows;
		d->memory[d->n_rows++] = row;
		return row;
	}
	row = TAILQ_FIRST(&d->rows);
	if (!row)
		return NULL;
	TAILQ_REMOVE(&d->rows, row, entry);
	d->past[row->place] =
		(struct discard_past){ d->hashes[row->place], row->first_ms, row->last_ms, row->n };
	d->n_evicted++;
	return row;
}

static struct discard *new_row(struct discards *d, const struct discard_kind *k, uint64_t hash,
			       int64_t now_ms)
{
	struct discard_past past = take_past(d, hash);
	struct discard *row = take_row(d);

	if (!row)
		return NULL;
	d->hashes[row->place] = hash;
	*row = (struct discard){
		.place = row->place,
		.is_again = past.n && now_ms - past.last_ms < DISCARD_AGAIN_MS,
		.first_ms = past.n ? past.first_ms : now_ms,
		.n = past.n,
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
	struct discard *row = TAILQ_LAST(&d->rows, discard_list), *made = NULL;
	uint64_t hash;

	d->n_records++;
	if (!row || !is_of(row, kind)) {
		hash = hash_of(kind);
		row = find(d, kind, hash);
		if (row) {
			TAILQ_REMOVE(&d->rows, row, entry);
			TAILQ_INSERT_TAIL(&d->rows, row, entry);
		} else {
			row = made = new_row(d, kind, hash, now_ms);
		}
	}
	if (!row)
		return NULL;
	row->last_ms = now_ms;
	row->n++;
	return made;
}

void discard_explain(struct discard *row, int code, const char *message)
{
	size_t n = comm_utf8_cut(comm_bytes_of(message), sizeof row->message - 1);

	row->code = code;
	(void)snprintf(row->message, sizeof row->message, "%.*s", (int)n, message);
}
