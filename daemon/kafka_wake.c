#include "daemon/kafka_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "proto/util.h"

/* Consumers must be polled at least this often, whether something has happened or not. */
#define TICK_MS 1000

/*
 * The callback of librdkafka runs in one of its threads with the queue's lock held: all it may do
 * is put the source on the list and wake the loop. Everything else happens on the loop.
 */
struct kafka_wake {
	uv_async_t async;
	uv_timer_t timer;
	int n_handles; /* not yet closed */
	bool is_round; /* all sources are on the list */
	uint64_t n_rounds;
	bool is_hung; /* for tests */
	void (*closed)(void *arg);
	void *closed_arg;
	LIST_HEAD(, kafka_source) all; /* of the loop alone */
	uv_mutex_t lock;               /* of what follows */
	TAILQ_HEAD(, kafka_source) pending;
	size_t n_pending;
};

static void push(struct kafka_source *s)
{
	struct kafka_wake *w = s->wake;

	uv_mutex_lock(&w->lock);
	if (!s->is_pending) {
		s->is_pending = true;
		TAILQ_INSERT_TAIL(&w->pending, s, pending);
		w->n_pending++;
	}
	uv_mutex_unlock(&w->lock);
	uv_async_send(&w->async);
}

/* Under the lock. */
static void take_out(struct kafka_source *s)
{
	s->is_pending = false;
	TAILQ_REMOVE(&s->wake->pending, s, pending);
	s->wake->n_pending--;
}

static struct kafka_source *pop(struct kafka_wake *w)
{
	struct kafka_source *s;

	uv_mutex_lock(&w->lock);
	s = TAILQ_FIRST(&w->pending);
	if (s)
		take_out(s);
	uv_mutex_unlock(&w->lock);
	return s;
}

/* Each source once: one that asks for more gets it in the loop's next turn. */
static void on_async(uv_async_t *async)
{
	struct kafka_wake *w = container_of(async, struct kafka_wake, async);
	struct kafka_source *s;
	size_t n;

	if (w->is_hung)
		return;
	uv_mutex_lock(&w->lock);
	n = w->n_pending;
	uv_mutex_unlock(&w->lock);
	for (; n && (s = pop(w)); n--)
		s->drain(s);
	w->n_rounds += w->is_round;
	w->is_round = false;
}

void kafka_wake_all(struct kafka_wake *w)
{
	struct kafka_source *s;

	LIST_FOREACH(s, &w->all, all)
		push(s);
	w->is_round = true;
	uv_async_send(&w->async);
}

uint64_t kafka_wake_n_rounds(const struct kafka_wake *w)
{
	return w->n_rounds;
}

void kafka_wake_hang(struct kafka_wake *w)
{
	w->is_hung = true;
}

static void on_tick(uv_timer_t *timer)
{
	kafka_wake_all(container_of(timer, struct kafka_wake, timer));
}

static void on_event(rd_kafka_t *rk, void *arg)
{
	(void)rk;
	push(arg);
}

int kafka_wake_new(uv_loop_t *loop, struct kafka_wake **ret)
{
	struct kafka_wake *w = calloc(1, sizeof *w);
	int r;

	if (!w)
		return -ENOMEM;
	LIST_INIT(&w->all);
	TAILQ_INIT(&w->pending);
	r = uv_mutex_init(&w->lock);
	if (r) {
		free(w);
		return r;
	}
	r = uv_async_init(loop, &w->async, on_async);
	if (r) {
		uv_mutex_destroy(&w->lock);
		free(w);
		return r;
	}
	(void)uv_timer_init(loop, &w->timer);
	(void)uv_timer_start(&w->timer, on_tick, TICK_MS, TICK_MS);
	w->n_handles = 2;
	*ret = w;
	return 0;
}

static void on_closed(struct kafka_wake *w)
{
	if (--w->n_handles)
		return;
	uv_mutex_destroy(&w->lock);
	w->closed(w->closed_arg);
	free(w);
}

static void on_async_closed(uv_handle_t *h)
{
	on_closed(container_of((uv_async_t *)h, struct kafka_wake, async));
}

static void on_timer_closed(uv_handle_t *h)
{
	on_closed(container_of((uv_timer_t *)h, struct kafka_wake, timer));
}

void kafka_wake_close(struct kafka_wake *w, void (*closed)(void *arg), void *arg)
{
	w->closed = closed;
	w->closed_arg = arg;
	uv_close((uv_handle_t *)&w->async, on_async_closed);
	uv_close((uv_handle_t *)&w->timer, on_timer_closed);
}

void kafka_source_start(struct kafka_source *s, struct kafka_wake *w, rd_kafka_queue_t *queue,
			void (*drain)(struct kafka_source *s))
{
	s->wake = w;
	s->queue = queue;
	s->drain = drain;
	s->is_pending = false;
	LIST_INSERT_HEAD(&w->all, s, all);
	rd_kafka_queue_cb_event_enable(queue, on_event, s);
	push(s);
}

void kafka_source_again(struct kafka_source *s)
{
	push(s);
}

void kafka_source_stop(struct kafka_source *s)
{
	/* Takes the queue's lock, so that no callback runs any more once it has returned. */
	rd_kafka_queue_cb_event_enable(s->queue, NULL, NULL);
	uv_mutex_lock(&s->wake->lock);
	if (s->is_pending)
		take_out(s);
	uv_mutex_unlock(&s->wake->lock);
	LIST_REMOVE(s, all);
}
