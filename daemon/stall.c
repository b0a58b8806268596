#include "daemon/stall.h"

static bool has_moved(const struct stall *s, const struct stall_view *v)
{
	return !v->is_waiting || !s->base.is_waiting || v->set != s->base.set ||
	       v->progress != s->base.progress;
}

bool stall_look(struct stall *s, const struct stall_view *v, uint64_t limit_ms)
{
	bool was_stalled = s->is_stalled;

	if (has_moved(s, v)) {
		*s = (struct stall){ .base = *v };
		return false;
	}
	if (v->end > s->base.end && !s->behind_ms)
		s->behind_ms = v->now_ms;
	s->is_stalled = s->behind_ms && v->now_ms - s->behind_ms >= limit_ms;
	return s->is_stalled && !was_stalled;
}
