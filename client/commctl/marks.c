#include "client/commctl/marks.h"

#include <stdlib.h>
#include <string.h>

#include "client/commclient.h"

void marks_init(struct marks *m)
{
	*m = (struct marks){ 0 };
}

void marks_fini(struct marks *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->items[i].topic);
	free(m->items);
}

static struct mark *add(struct marks *m, const struct comm_record *record)
{
	char *topic = strdup(record->topic);

	if (topic && m->n == m->capacity) {
		size_t capacity = m->capacity ? m->capacity * 2 : 16;
		struct mark *items = realloc(m->items, capacity * sizeof *items);

		if (items) {
			m->items = items;
			m->capacity = capacity;
		}
	}
	if (!topic || m->n == m->capacity) {
		free(topic);
		return NULL;
	}
	m->latest = m->n++;
	m->items[m->latest] = (struct mark){ .topic = topic, .partition = record->partition };
	return &m->items[m->latest];
}

struct mark *marks_find(struct marks *m, const struct comm_record *record)
{
	for (size_t n = 0; n < m->n; n++) {
		size_t i = (m->latest + n) % m->n;
		struct mark *at = &m->items[i];

		if (at->partition == record->partition && !strcmp(at->topic, record->topic)) {
			m->latest = i;
			return at;
		}
	}
	return add(m, record);
}
