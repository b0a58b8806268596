#include "client/commctl/slots.h"

#include <stdlib.h>

#include "proto/util.h"

struct slots_block {
	struct slots_block *next;
	struct slot slots[1024];
};

void slots_init(struct slots *s)
{
	*s = (struct slots){ 0 };
}

void slots_fini(struct slots *s)
{
	while (s->blocks) {
		struct slots_block *b = s->blocks;

		s->blocks = b->next;
		free(b);
	}
}

static void add_block(struct slots *s)
{
	struct slots_block *b = malloc(sizeof *b);

	if (!b)
		return;
	b->next = s->blocks;
	s->blocks = b;
	for (size_t i = 0; i < ARRAY_SIZE(b->slots); i++)
		slots_put(s, &b->slots[i]);
}

struct slot *slots_take(struct slots *s)
{
	struct slot *slot;

	if (!s->free)
		add_block(s);
	slot = s->free;
	if (slot)
		s->free = slot->next;
	return slot;
}

void slots_put(struct slots *s, struct slot *slot)
{
	slot->next = s->free;
	s->free = slot;
}
