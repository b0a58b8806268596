#include "daemon/deadline.h"

#include <errno.h>
#include <stdlib.h>

#include "proto/util.h"

#define SMALLEST_HEAP 64

static void put(struct deadlines *ds, size_t place, struct deadline *d)
{
	ds->heap[place - 1] = d;
	d->place = place;
}

static struct deadline *at(const struct deadlines *ds, size_t place)
{
	return ds->heap[place - 1];
}

static void move_up(struct deadlines *ds, struct deadline *d)
{
	size_t place = d->place;

	for (; place > 1 && at(ds, place / 2)->at_ms > d->at_ms; place /= 2)
		put(ds, place, at(ds, place / 2));
	put(ds, place, d);
}

static void move_down(struct deadlines *ds, struct deadline *d)
{
	size_t place = d->place;

	for (;;) {
		size_t child = 2 * place;

		if (child < ds->n && at(ds, child + 1)->at_ms < at(ds, child)->at_ms)
			child++;
		if (child > ds->n || at(ds, child)->at_ms >= d->at_ms)
			break;
		put(ds, place, at(ds, child));
		place = child;
	}
	put(ds, place, d);
}

static void take(struct deadlines *ds, struct deadline *d)
{
	struct deadline *last = at(ds, ds->n--);

	if (last != d) {
		put(ds, d->place, last);
		move_up(ds, last);
		move_down(ds, last);
	}
	d->place = 0;
}

static void on_timer(uv_timer_t *t);

static void arm(struct deadlines *ds)
{
	uint64_t now = uv_now(ds->timer.loop);

	if (!ds->n)
		uv_timer_stop(&ds->timer);
	else
		uv_timer_start(&ds->timer, on_timer,
			       at(ds, 1)->at_ms > now ? at(ds, 1)->at_ms - now : 0, 0);
}

static void on_timer(uv_timer_t *t)
{
	struct deadlines *ds = container_of(t, struct deadlines, timer);
	uint64_t now = uv_now(t->loop);

	while (ds->n && at(ds, 1)->at_ms <= now) {
		struct deadline *d = at(ds, 1);

		take(ds, d);
		d->passed(d);
	}
	arm(ds);
}

void deadlines_init(struct deadlines *ds, uv_loop_t *loop)
{
	*ds = (struct deadlines){ 0 };
	uv_timer_init(loop, &ds->timer);
}

void deadlines_close(struct deadlines *ds)
{
	free(ds->heap);
	ds->heap = NULL;
	ds->n = ds->capacity = 0;
	uv_close((uv_handle_t *)&ds->timer, NULL);
}

static int grow(struct deadlines *ds)
{
	size_t capacity = ds->capacity ? 2 * ds->capacity : SMALLEST_HEAP;
	struct deadline **heap = realloc(ds->heap, capacity * sizeof *heap);

	if (!heap)
		return -ENOMEM;
	ds->heap = heap;
	ds->capacity = capacity;
	return 0;
}

int deadline_set(struct deadlines *ds, struct deadline *d, uint64_t timeout_ms,
		 void (*passed)(struct deadline *d))
{
	if (ds->n == ds->capacity && grow(ds) < 0)
		return -ENOMEM;
	d->at_ms = uv_now(ds->timer.loop) + timeout_ms;
	d->passed = passed;
	put(ds, ++ds->n, d);
	move_up(ds, d);
	if (d->place == 1)
		arm(ds);
	return 0;
}

void deadline_cancel(struct deadlines *ds, struct deadline *d)
{
	/* The timer may now fire early, finds nothing due, and is armed again. */
	if (d->place)
		take(ds, d);
}
