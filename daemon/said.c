#define HASH_NONFATAL_OOM 1

#include "daemon/said.h"

#include <stdio.h>
#include <stdlib.h>

#include <uthash.h>

struct said_lines {
	uint64_t since_ms; /* when the first of this minute came; 0: none has */
	unsigned int n;
	unsigned int n_left_out;
};

struct said_user {
	uid_t uid;
	struct said_lines lines[N_SAID_KINDS];
	UT_hash_handle hh;
};

static struct said_user *user_get(struct said *s, uid_t uid)
{
	struct said_user *u;

	HASH_FIND(hh, s->users, &uid, sizeof uid, u);
	if (u)
		return u;
	u = calloc(1, sizeof *u);
	if (!u)
		return NULL;
	u->uid = uid;
	HASH_ADD(hh, s->users, uid, sizeof uid, u);
	if (!u->hh.tbl) {
		free(u);
		return NULL;
	}
	return u;
}

static void user_free(struct said *s, struct said_user *u)
{
	HASH_DEL(s->users, u);
	free(u);
}

static bool is_over(const struct said_lines *l, uint64_t now_ms)
{
	return !l->since_ms || now_ms - l->since_ms >= SAID_PERIOD_MS;
}

bool said_note(struct said *s, uid_t uid, enum said_kind kind, bool is_again, uint64_t now_ms,
	       char ret_more[SAID_MORE_SIZE])
{
	struct said_user *u = user_get(s, uid);
	struct said_lines *l = u ? &u->lines[kind] : NULL;

	*ret_more = '\0';
	if (!l)
		return true;
	if (is_over(l, now_ms)) {
		if (l->n_left_out)
			(void)snprintf(ret_more, SAID_MORE_SIZE,
				       " (%u lines like this about uid %u were left out)",
				       l->n_left_out, (unsigned int)uid);
		*l = (struct said_lines){ .since_ms = now_ms };
	}
	if (l->n >= SAID_LINES_MAX) {
		l->n_left_out += !is_again;
		return false;
	}
	l->n++;
	return true;
}

/* What was left out is told for a minute more, should there be another line. */
static bool is_forgotten(const struct said_user *u, uint64_t now_ms)
{
	for (size_t i = 0; i < N_SAID_KINDS; i++) {
		const struct said_lines *l = &u->lines[i];

		if (!is_over(l, now_ms) ||
		    (l->n_left_out && now_ms - l->since_ms < 2 * SAID_PERIOD_MS))
			return false;
	}
	return true;
}

void said_sweep(struct said *s, uint64_t now_ms)
{
	struct said_user *u, *next;

	HASH_ITER(hh, s->users, u, next)
		if (is_forgotten(u, now_ms))
			user_free(s, u);
}

void said_fini(struct said *s)
{
	struct said_user *u, *next;

	HASH_ITER(hh, s->users, u, next)
		user_free(s, u);
}
