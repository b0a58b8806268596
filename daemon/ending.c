/*
 * The end of the daemon
 *
 * At SIGTERM or SIGINT it is STOPPING: nobody is accepted any more, waiting receives are
 * answered COMM_ESHUTDOWN, subscriptions are given back with what was acknowledged, Kafka is closed;
 * records in flight get their outcomes or fail when the configured time is over. FLUSHING: every
 * request has been answered, nobody can write more, each session ends when its answers are written and nothing is
 * left to be read; after a short grace the rest is closed. When the last handle is closed the loop returns. A second
 * signal exits at once.
 */
#include "daemon/ending.h"

#include <signal.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon/daemon.h"
#include "daemon/kafka.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/log_writer.h"
#include "daemon/session.h"
#include "daemon/subscription.h"
#include "proto/errors.h"
#include "proto/util.h"

/* Clients that do not read their last answers hold up the end no longer than this. */
#define GRACE_MS 1000

/* Exit status of a second signal, and of an end that does not come. */
#define EXIT_AT_ONCE 1

/* Beyond the configured time, and that of leaving groups: what closing librdkafka's connections and threads may take. */
#define STUCK_MS 10000

/* What else runs in threads when all clients are gone. */
#define HUNG_MS 5000

static void close_handle(void *handle)
{
	uv_close(handle, NULL);
}

static void exit_at_once(struct daemon *d)
{
	/* One that hangs while it is written would hang here as well. */
	if (!d->metrics_file.is_writing)
		metrics_file_forget(&d->metrics_file);
	log_writer_stop(LOG_WAIT_MS);
	_exit(EXIT_AT_ONCE);
}

/* Files may be on the network, and names of users and groups be asked for there. */
static void on_hung(uv_timer_t *t)
{
	log_event(LOG_ERR, LOG_EVENT_AT_ONCE, NULL,
		  "reading the configuration, or writing the file of metrics, does not come to its "
		  "end; exiting without it");
	exit_at_once(container_of(t, struct daemon, grace));
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
	deadlines_close(&d->deadlines);
	d->is_finishing = true;
	uv_timer_start(&d->grace, on_hung, HUNG_MS, 0);
	ending_note_idle(d);
}

void ending_note_idle(struct daemon *d)
{
	if (!d->is_finishing || d->reload.is_running || d->metrics_file.is_writing)
		return;
	close_handle(&d->grace);
	close_handle(&d->sigterm);
	close_handle(&d->sigint);
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
		session_hear_out(s);
	uv_timer_start(&d->grace, on_grace, GRACE_MS, 0);
}

/* By now every request has its answer; only a thread of librdkafka is left, and does not end. */
static void on_stuck(uv_timer_t *t)
{
	log_event(LOG_ERR, LOG_EVENT_AT_ONCE, NULL,
		  "librdkafka does not come to its end; exiting without it");
	exit_at_once(container_of(t, struct daemon, grace));
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
	uv_timer_start(&d->grace, on_stuck,
		       MAX(d->config->timeouts_shutdown_ms, KAFKA_CLOSE_MAX_MS) + STUCK_MS, 0);
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
	exit_at_once(d);
}

static void on_sigterm(uv_signal_t *h, int signum)
{
	on_signal(container_of(h, struct daemon, sigterm), signum);
}

static void on_sigint(uv_signal_t *h, int signum)
{
	on_signal(container_of(h, struct daemon, sigint), signum);
}

void ending_start(struct daemon *d)
{
	uv_timer_init(d->loop, &d->grace);
	uv_signal_init(d->loop, &d->sigterm);
	uv_signal_init(d->loop, &d->sigint);
	uv_signal_start(&d->sigterm, on_sigterm, SIGTERM);
	uv_signal_start(&d->sigint, on_sigint, SIGINT);
}

void ending_give_up(struct daemon *d)
{
	if (d->kafka)
		kafka_close(d->kafka, 0, on_kafka_closed, d);
	else
		finish(d);
}
