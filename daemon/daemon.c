/*
 * The life of the daemon
 *
 * daemon_run() makes everything there is one of, then listens, and runs the loop. Before the loop
 * waits, sessions with something to do are worked on, so that each client's answers of a turn leave in
 * one write.
 *
 * The end, at SIGTERM or SIGINT: STOPPING: nobody is accepted any more, waiting receives are
 * answered COMM_ESHUTDOWN, subscriptions are given back with what was acknowledged, Kafka is closed;
 * records in flight get their outcomes or fail when the configured time is over. FLUSHING: every
 * request has been answered, each session ends when its answers are written; after a short grace
 * the rest is closed. When the last handle is closed the loop returns. A second signal exits at once.
 *
 * In between, SIGHUP has the configuration read again (daemon/reload.c).
 */
#include "daemon/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon/acl.h"
#include "daemon/descriptors.h"
#include "daemon/kafka.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/session.h"
#include "daemon/subscription.h"
#include "proto/codec.h"
#include "proto/errors.h"
#include "proto/util.h"

#define SWEEP_MS 1000

/* Clients that do not read their last answers hold up the end no longer than this. */
#define GRACE_MS 1000

/* Exit status of a second signal, and of an end that does not come. */
#define EXIT_AT_ONCE 1

/* Beyond the configured time: what closing librdkafka's connections and threads may take. */
#define STUCK_MS 10000

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

static void close_handle(void *handle)
{
	uv_close(handle, NULL);
}

/* The last session has gone and Kafka is closed: let the loop run out. */
static void finish(struct daemon *d)
{
	close_handle(&d->prepare);
	close_handle(&d->busy);
	close_handle(&d->sweep);
	trim_close(&d->trim);
	notify_close(&d->notify);
	hang_close(&d->hang);
	metrics_file_close(&d->metrics_file);
	reload_close(&d->reload);
	close_handle(&d->grace);
	close_handle(&d->sigterm);
	close_handle(&d->sigint);
	deadlines_close(&d->deadlines);
}

static void on_grace(uv_timer_t *t)
{
	struct daemon *d = container_of(t, struct daemon, grace);
	struct session *s;

	while ((s = LIST_FIRST(&d->sessions)))
		session_close(s);
}

void daemon_session_gone(struct daemon *d)
{
	d->n_sessions--;
	if (d->state == DAEMON_FLUSHING && !d->n_sessions)
		finish(d);
}

static void on_kafka_closed(void *arg)
{
	struct daemon *d = arg;
	struct session *s;

	d->kafka = NULL;
	d->state = DAEMON_FLUSHING;
	uv_timer_stop(&d->grace);
	if (!d->n_sessions) {
		finish(d);
		return;
	}
	LIST_FOREACH(s, &d->sessions, entry)
		session_end(s);
	uv_timer_start(&d->grace, on_grace, GRACE_MS, 0);
}

/* By now every request has its answer; only a thread of librdkafka is left, and does not end. */
static void on_stuck(uv_timer_t *t)
{
	(void)t;
	log_event(LOG_ERR, LOG_EVENT_AT_ONCE, NULL,
		  "librdkafka does not come to its end; exiting without it");
	_exit(EXIT_AT_ONCE);
}

static void end_subscriptions(struct session *s)
{
	struct subscription *sub;

	while ((sub = LIST_FIRST(&s->subscriptions))) {
		subscription_fail_receives(sub, COMM_ESHUTDOWN,
					   "commd is shutting down; connect again later");
		subscription_close(sub);
	}
}

static void stop(struct daemon *d, const char *why)
{
	struct session *s;

	log_event(LOG_NOTICE, LOG_EVENT_STOPPING, NULL, "%s: stopping; %lld requests are in flight",
		  why, (long long)d->stats.requests_in_flight);
	d->state = DAEMON_STOPPING;
	notify_stopping(&d->notify);
	d->listener = listener_close(d->listener);
	traces_end(&d->traces);
	reload_stop(&d->reload);
	LIST_FOREACH(s, &d->sessions, entry)
		end_subscriptions(s);
	uv_timer_start(&d->grace, on_stuck, d->config->timeouts_shutdown_ms + STUCK_MS, 0);
	kafka_close(d->kafka, (int)d->config->timeouts_shutdown_ms, on_kafka_closed, d);
}

static void on_signal(struct daemon *d, int signum)
{
	if (d->state == DAEMON_RUNNING) {
		stop(d, strsignal(signum));
		return;
	}
	log_event(LOG_WARNING, LOG_EVENT_AT_ONCE, NULL,
		  "%s again: exiting at once; %lld requests get no answer", strsignal(signum),
		  (long long)d->stats.requests_in_flight);
	_exit(EXIT_AT_ONCE);
}

static void on_sigterm(uv_signal_t *h, int signum)
{
	on_signal(container_of(h, struct daemon, sigterm), signum);
}

static void on_sigint(uv_signal_t *h, int signum)
{
	on_signal(container_of(h, struct daemon, sigint), signum);
}

/* Handles that are always there; they cannot fail to be made. */
static void init_handles(struct daemon *d)
{
	TAILQ_INIT(&d->dirty);
	TAILQ_INIT(&d->served);
	TAILQ_INIT(&d->paused);
	quotas_init(&d->quotas, &d->config, &d->max_connections, on_quota_released);
	senders_init(&d->senders, on_released);
	uv_prepare_init(d->loop, &d->prepare);
	uv_idle_init(d->loop, &d->busy);
	uv_timer_init(d->loop, &d->sweep);
	uv_timer_init(d->loop, &d->grace);
	uv_signal_init(d->loop, &d->sigterm);
	uv_signal_init(d->loop, &d->sigint);
	deadlines_init(&d->deadlines, d->loop);
	trim_start(&d->trim, d->loop, &d->stats);
	notify_start(&d->notify, d);
	hang_start(&d->hang, d);
	uv_prepare_start(&d->prepare, on_prepare);
	uv_timer_start(&d->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
	d->swept_ns = uv_hrtime();
	metrics_file_start(&d->metrics_file, d);
	uv_signal_start(&d->sigterm, on_sigterm, SIGTERM);
	uv_signal_start(&d->sigint, on_sigint, SIGINT);
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

	if (r < 0)
		log_msg(LOG_ERR, "cannot start: %s", uv_strerror(r));
	return r;
}

static int start(struct daemon *d, const struct daemon_options *o)
{
	int r;

	d->decoder = comm_decoder_new();
	d->read_bytes = malloc(DAEMON_READ_BYTES);
	if (!d->decoder || !d->read_bytes)
		return -ENOMEM;
	r = start_kafka(d);
	if (r < 0)
		return r;
	r = o->listen_fd >= 0 ? listener_adopt(d, o->listen_fd, &d->listener)
			      : listener_start(d, &d->listener);
	if (r < 0)
		kafka_close(d->kafka, 0, on_kafka_closed, d);
	return r;
}

static void serve(struct daemon *d, const struct daemon_options *o)
{
	o->started(d);
	notify_ready(&d->notify);
}

int daemon_run(const struct daemon_options *o)
{
	uv_loop_t loop;
	struct daemon d = {
		.loop = &loop,
		.config = o->config,
		.profiles = o->profiles,
		.rules = o->rules,
		.is_dev = o->is_dev,
		.is_activated = o->listen_fd >= 0,
	};
	int r = uv_loop_init(&loop);

	if (r < 0) {
		acl_free(d.rules);
		return r;
	}
	limit_connections(&d);
	d.started_ms = uv_now(&loop);
	init_handles(&d);
	reload_start(&d.reload, &d, o);
	r = start(&d, o);
	if (r < 0 && !d.kafka)
		finish(&d);
	else if (!r)
		serve(&d, o);
	uv_run(&loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&loop))
		log_msg(LOG_ERR, "a handle was left open at the end");
	comm_decoder_free(d.decoder);
	spares_fini(&d.spares);
	quotas_fini(&d.quotas);
	free(d.read_bytes);
	acl_free(d.rules);
	return r;
}
