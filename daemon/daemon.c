/*
 * The life of the daemon
 *
 * daemon_run() makes everything there is one of, then listens, and runs the loop. Before the loop
 * waits, sessions with something to do are worked on, so that each client's answers of a turn leave in
 * one write. SIGHUP has the configuration read again (daemon/reload.c), SIGTERM ends it
 * (daemon/ending.c).
 */
#include "daemon/daemon.h"

#include <errno.h>
#include <stdlib.h>
#include <syslog.h>

#include "daemon/acl.h"
#include "daemon/descriptors.h"
#include "daemon/ending.h"
#include "daemon/kafka.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/session.h"
#include "daemon/subscription.h"
#include "proto/codec.h"
#include "proto/util.h"

#define SWEEP_MS 1000

void daemon_released(struct daemon *d)
{
	d->has_released = true;
}

static void on_released(struct senders *all)
{
	daemon_released(container_of(all, struct daemon, senders));
}

static void on_quota_released(struct quotas *q)
{
	daemon_released(container_of(q, struct daemon, quotas));
}

static void on_busy(uv_idle_t *h)
{
	(void)h;
}

/*
 * Each session that has something to do gets one go; what it leaves is for the next turn, so that a
 * client that can be served for ever does not keep the others waiting.
 */
static void on_prepare(uv_prepare_t *h)
{
	struct daemon *d = container_of(h, struct daemon, prepare);
	struct subscription *sub;
	struct session *s;

	quotas_begin_turn(&d->quotas);
	if (d->listener)
		listener_begin_turn(d->listener);
	if (d->has_released) {
		TAILQ_FOREACH(s, &d->paused, paused_entry)
			session_touch(s);
		LIST_FOREACH(s, &d->starving, starving_entry)
			session_touch(s);
	}
	d->has_released = false;
	for (size_t n = d->n_dirty; n && (s = TAILQ_FIRST(&d->dirty)); n--)
		session_work(s);
	while ((sub = TAILQ_FIRST(&d->served)))
		subscription_served(sub);
	if (d->n_dirty || d->has_released)
		uv_idle_start(&d->busy, on_busy);
	else
		uv_idle_stop(&d->busy);
}

/* The timer is late by as much as the loop was busy with something else. */
static void note_lag(struct daemon *d)
{
	uint64_t now_ns = uv_hrtime(), due_ns = d->swept_ns + (uint64_t)SWEEP_MS * 1000000;

	histogram_add(&d->lag, now_ns > due_ns ? now_ns - due_ns : 0);
	d->swept_ns = now_ns;
}

/*
 * A message that has begun must become whole: else thousands of half messages cost memory. A peer
 * that is gone is not noticed by reading while there is no reading. And who makes way for others does
 * so for a time, at whose end nothing else may happen.
 */
static void on_sweep(uv_timer_t *t)
{
	struct daemon *d = container_of(t, struct daemon, sweep);
	struct session *s, *next;

	note_lag(d);
	for (s = LIST_FIRST(&d->sessions); s; s = next) {
		next = LIST_NEXT(s, entry);
		session_sweep(s);
	}
	spares_sweep(&d->spares);
	quotas_sweep(&d->quotas, uv_now(d->loop));
	daemon_released(d);
}

/* Handles that are always there; they cannot fail to be made. */
static void init_handles(struct daemon *d)
{
	TAILQ_INIT(&d->dirty);
	TAILQ_INIT(&d->served);
	TAILQ_INIT(&d->paused);
	quotas_init(&d->quotas, &d->config, &d->max_connections, on_quota_released);
	parts_init(&d->parts);
	senders_init(&d->senders, on_released);
	uv_prepare_init(d->loop, &d->prepare);
	uv_idle_init(d->loop, &d->busy);
	uv_timer_init(d->loop, &d->sweep);
	deadlines_init(&d->deadlines, d->loop);
	trim_start(&d->trim, d->loop, &d->stats);
	notify_start(&d->notify, d);
	hang_start(&d->hang, d);
	uv_prepare_start(&d->prepare, on_prepare);
	uv_timer_start(&d->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
	d->swept_ns = uv_hrtime();
	metrics_file_start(&d->metrics_file, d);
	ending_start(d);
}

/* An administrator must learn that what is configured cannot be had, and what to change. */
static void limit_connections(struct daemon *d)
{
	const struct config *c = d->config;
	unsigned int possible;

	d->max_descriptors = descriptors_raise();
	possible = descriptors_for_clients(d->max_descriptors, c->limits_consumers);
	d->max_connections = MIN(c->limits_connections, possible);
	if (possible < c->limits_connections)
		log_msg(LOG_WARNING,
			"%u descriptors are allowed (LimitNOFILE, ulimit -n), with which %u "
			"connections may be open, not connections = %u of commd.conf",
			d->max_descriptors, possible, c->limits_connections);
}

void daemon_limits_changed(struct daemon *d)
{
	const struct config *c = d->config;

	limit_connections(d);
	kafka_set_limits(d->kafka, c->limits_consumers, c->limits_inflight_records,
			 c->limits_inflight_bytes);
	daemon_released(d);
}

/* Returns @r. */
static int cannot_start(int r)
{
	log_msg(LOG_ERR, "cannot start: %s", uv_strerror(r));
	return r;
}

static int start_kafka(struct daemon *d)
{
	const struct kafka_options o = {
		.loop = d->loop,
		.dev = d->is_dev,
		.max_consumers = d->config->limits_consumers,
		.max_inflight_records = d->config->limits_inflight_records,
		.max_inflight_bytes = d->config->limits_inflight_bytes,
	};
	int r = kafka_new(&o, &d->kafka);

	return r < 0 ? cannot_start(r) : 0;
}

static int start(struct daemon *d, const struct daemon_options *o)
{
	int r;

	d->decoder = comm_decoder_new();
	d->read_bytes = malloc(DAEMON_READ_BYTES);
	if (!d->decoder || !d->read_bytes)
		return cannot_start(-ENOMEM);
	r = start_kafka(d);
	if (r < 0)
		return r;
	return o->listen_fd >= 0 ? listener_adopt(d, o->listen_fd, &d->listener)
				 : listener_start(d, &d->listener);
}

static void serve(struct daemon *d, const struct daemon_options *o)
{
	o->started(d);
	notify_ready(&d->notify);
}

int daemon_start(struct daemon *d, uv_loop_t *loop, const struct daemon_options *o)
{
	int r;

	*d = (struct daemon){
		.loop = loop,
		.config = o->config,
		.profiles = o->profiles,
		.rules = o->rules,
		.is_dev = o->is_dev,
		.is_activated = o->listen_fd >= 0,
	};
	limit_connections(d);
	d->started_ms = uv_now(loop);
	init_handles(d);
	reload_start(&d->reload, d, o);
	r = start(d, o);
	if (r < 0)
		ending_give_up(d);
	else
		serve(d, o);
	return r;
}

void daemon_fini(struct daemon *d)
{
	comm_decoder_free(d->decoder);
	spares_fini(&d->spares);
	quotas_fini(&d->quotas);
	free(d->read_bytes);
	acl_free(d->rules);
}

int daemon_run(const struct daemon_options *o)
{
	struct daemon d;
	uv_loop_t loop;
	int r = uv_loop_init(&loop);

	if (r < 0) {
		acl_free(o->rules);
		return cannot_start(r);
	}
	r = daemon_start(&d, &loop, o);
	uv_run(&loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&loop))
		log_msg(LOG_ERR, "a handle was left open at the end");
	daemon_fini(&d);
	return r;
}
