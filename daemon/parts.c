#include "daemon/parts.h"

void parts_init(struct parts *all)
{
	*all = (struct parts){ 0 };
	TAILQ_INIT(&all->were_ahead);
}

bool parts_step_back(struct parts *all, const struct part *p)
{
	if (all->ahead != p)
		return false;
	all->ahead = NULL;
	return true;
}

static void leave(struct parts *all, struct part *p)
{
	(void)parts_step_back(all, p);
	if (p->has_been_ahead)
		TAILQ_REMOVE(&all->were_ahead, p, entry);
	all->grown_bytes -= p->grown_bytes;
	p->grown_bytes = 0;
	p->has_been_ahead = false;
}

static void grow(struct parts *all, struct part *p, uint64_t n_bytes, uint64_t now_ms)
{
	all->grown_ms = now_ms;
	all->grown_bytes += n_bytes;
	p->grown_bytes += n_bytes;
}

void parts_set(struct parts *all, struct part *p, uint64_t n_bytes, uint64_t now_ms)
{
	if (n_bytes < p->n_bytes)
		leave(all, p);
	else if (n_bytes > p->n_bytes && all->ahead == p)
		grow(all, p, n_bytes - p->n_bytes, now_ms);
	p->n_bytes = n_bytes;
}

static bool is_free(const struct parts *all, bool has_waited, uint64_t now_ms)
{
	if (all->n_waiting && !has_waited)
		return false;
	return !all->ahead || now_ms - all->grown_ms >= PARTS_STALL_MS;
}

bool parts_may_grow(const struct parts *all, const struct part *p, bool has_waited,
		    uint64_t max_bytes, uint64_t now_ms)
{
	if (all->grown_bytes > max_bytes && p != TAILQ_FIRST(&all->were_ahead))
		return false;
	return all->ahead == p || is_free(all, has_waited, now_ms);
}

void parts_go_ahead(struct parts *all, struct part *p, uint64_t now_ms)
{
	if (all->ahead == p)
		return;
	all->ahead = p;
	all->grown_ms = now_ms;
	if (!p->has_been_ahead)
		TAILQ_INSERT_TAIL(&all->were_ahead, p, entry);
	p->has_been_ahead = true;
}
