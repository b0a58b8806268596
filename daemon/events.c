#include "daemon/events.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "proto/utf8.h"

void events_init(struct events *e)
{
	memset(e->counts, 0, sizeof e->counts);
	e->n_rows = 0;
	e->n_evicted = 0;
	TAILQ_INIT(&e->rows);
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static bool is_of(const struct event_row *row, const struct event_kind *k)
{
	return row->event == k->event && row->partition == k->partition &&
	       !strcmp(row->topic, or_empty(k->topic)) && !strcmp(row->group, or_empty(k->group)) &&
	       !strcmp(row->profile, k->profile);
}

static struct event_row *find(const struct events *e, const struct event_kind *k)
{
	struct event_row *row;

	TAILQ_FOREACH_REVERSE(row, &e->rows, event_list, entry)
	if (is_of(row, k))
		return row;
	return NULL;
}

/* One that is on no list. */
static struct event_row *take_row(struct events *e)
{
	struct event_row *row;

	if (e->n_rows < EVENTS_MAX)
		return &e->memory[e->n_rows++];
	row = TAILQ_FIRST(&e->rows);
	TAILQ_REMOVE(&e->rows, row, entry);
	e->n_evicted++;
	return row;
}

static struct event_row *new_row(struct events *e, const struct event_kind *k, int64_t now_ms)
{
	struct event_row *row = take_row(e);

	*row = (struct event_row){
		.first_ms = now_ms,
		.event = k->event,
		.partition = k->partition,
	};
	(void)snprintf(row->profile, sizeof row->profile, "%s", k->profile);
	(void)snprintf(row->group, sizeof row->group, "%s", or_empty(k->group));
	(void)snprintf(row->topic, sizeof row->topic, "%s", or_empty(k->topic));
	return row;
}

void events_add(struct events *e, const struct event_kind *kind, int64_t n, const char *message,
		int64_t now_ms)
{
	size_t len = comm_utf8_cut(comm_bytes_of(message), EVENT_MESSAGE_MAX - 1);
	struct event_row *row = find(e, kind);

	if (row)
		TAILQ_REMOVE(&e->rows, row, entry);
	else
		row = new_row(e, kind, now_ms);
	TAILQ_INSERT_TAIL(&e->rows, row, entry);
	row->last_ms = now_ms;
	row->times++;
	(void)snprintf(row->message, sizeof row->message, "%.*s", (int)len, message);
	e->counts[kind->event] += n;
}

const char *event_word(enum event event)
{
	static const char *const words[] = {
#define EVENT_WORD(C, NAME, word, counter, doc) word,
		EVENTS(EVENT_WORD, )
#undef EVENT_WORD
	};

	return words[event];
}
