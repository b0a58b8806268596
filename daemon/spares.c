#include "daemon/spares.h"

void spares_take(struct spares *s, struct comm_buf *b)
{
	if (!s->n)
		return;
	comm_buf_fini(b);
	*b = s->bufs[--s->n];
}

void spares_put(struct spares *s, struct comm_buf *b)
{
	s->is_used = true;
	if (s->n == SPARES_MAX || b->capacity > SPARES_BYTES_MAX) {
		comm_buf_fini(b);
		return;
	}
	s->bufs[s->n++] = *b;
	comm_buf_init(b);
}

void spares_sweep(struct spares *s)
{
	if (!s->is_used)
		spares_fini(s);
	s->is_used = false;
}

void spares_fini(struct spares *s)
{
	while (s->n)
		comm_buf_fini(&s->bufs[--s->n]);
}
