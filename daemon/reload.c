/*
 * The way of a reload
 *
 * A thread reads every file, and asks librdkafka whether it accepts each profile: all that may take
 * its time or fail. Back on the loop it is compared with what there is, and taken over: limits hold for
 * the next request, profiles for the next use (daemon/kafka_reload.c has what happens to clients of
 * Kafka whose profile has changed or is gone). What only a restart can change stays as it is, and is
 * named.
 */
#include "daemon/reload.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "daemon/acl.h"
#include "daemon/daemon.h"
#include "daemon/ending.h"
#include "daemon/kafka.h"
#include "daemon/load.h"
#include "daemon/log.h"
#include "daemon/permit.h"
#include "proto/errors.h"
#include "proto/util.h"

static void begin(struct reload *r);

static void drop(struct reload *r)
{
	profile_set_fini(&r->new_profiles);
	config_fini(&r->new_config);
	r->new_rules = acl_free(r->new_rules);
}

/* ---- in the thread ---- */

static void on_work(uv_work_t *work)
{
	struct reload *r = container_of(work, struct reload, work);

	r->error = load(r->options, &r->new_config, &r->new_profiles, &r->new_rules, &r->why);
	if (r->error)
		return;
	r->error = load_check(r->options, &r->new_profiles, &r->why);
	if (r->error)
		drop(r);
}

/* ---- on the loop ---- */

/* @why is for an error. */
static void answer(struct reload *r, const struct changes *changes,
		   const struct config_problem *why, int error)
{
	struct reload_waiter *w;

	while ((w = TAILQ_FIRST(&r->served))) {
		TAILQ_REMOVE(&r->served, w, entry);
		w->is_waiting = false;
		w->done(w, changes, why, error);
	}
}

static void refuse(struct reload *r, int error)
{
	char sentence[CONFIG_PROBLEM_MAX + 64];

	if (error < 0) {
		(void)snprintf(r->why.text, sizeof r->why.text, "%s", strerror(-error));
		error = COMM_ENO_MEMORY;
	}
	(void)snprintf(sentence, sizeof sentence, "the configuration stays as it was: %s",
		       r->why.text);
	kafka_note(r->daemon->kafka, EVENT_RELOAD_REFUSED, sentence);
	answer(r, NULL, &r->why, error);
}

static void log_changes(const struct reload *r, const struct changes *changes)
{
	const char *remark = acl_remark(r->daemon->rules);
	char sentence[64];

	for (size_t i = 0; i < changes->n; i++) {
		const struct change *c = &changes->items[i];

		if (c->needs_restart)
			log_msg(LOG_WARNING, "%s: %s needs a restart, and is as before until then",
				c->what, c->how);
		else
			log_msg(LOG_NOTICE, "%s: %s", c->what, c->how);
	}
	if (remark)
		log_msg(LOG_NOTICE, "%s", remark);
	(void)snprintf(sentence, sizeof sentence, "the configuration was read again: %zu changes",
		       changes->n);
	kafka_note(r->daemon->kafka, EVENT_RELOADED, sentence);
}

/* The order matters: clients of Kafka hold on to what they need of the old profiles. */
static void take_over(struct reload *r)
{
	struct daemon *d = r->daemon;
	struct config config = *r->config;
	struct profile_set profiles = *r->profiles;

	changes_keep(&config, &r->new_config);
	*r->config = r->new_config;
	*r->profiles = r->new_profiles;
	r->new_config = config;
	r->new_profiles = profiles;
	daemon_limits_changed(d);
	metrics_file_interval_changed(&d->metrics_file);
	permit_set_rules(d, r->new_rules);
	r->new_rules = NULL;
	kafka_reload(d->kafka, r->profiles);
	drop(r);
}

static void apply(struct reload *r)
{
	struct daemon *d = r->daemon;
	struct changes changes;
	int error = changes_init(&changes, r->config, &r->new_config, d->is_activated);

	if (!error)
		error = changes_add_profiles(&changes, r->profiles, &r->new_profiles);
	if (error) {
		drop(r);
		refuse(r, error);
	} else {
		take_over(r);
		log_changes(r, &changes);
		answer(r, &changes, NULL, 0);
	}
	changes_fini(&changes);
}

static void on_worked(uv_work_t *work, int status)
{
	struct reload *r = container_of(work, struct reload, work);
	struct daemon *d = r->daemon;

	(void)status;
	r->is_running = false;
	if (d->state != DAEMON_RUNNING) {
		if (!r->error)
			drop(r);
		ending_note_idle(d);
		return;
	}
	if (r->error)
		refuse(r, r->error);
	else
		apply(r);
	notify_ready(&d->notify);
	if (r->is_wanted)
		begin(r);
}

static void begin(struct reload *r)
{
	r->is_running = true;
	r->is_wanted = false;
	TAILQ_CONCAT(&r->served, &r->waiting, entry);
	notify_reloading(&r->daemon->notify);
	(void)uv_queue_work(r->daemon->loop, &r->work, on_work, on_worked);
}

static void ask(struct reload *r)
{
	if (r->is_running)
		r->is_wanted = true;
	else
		begin(r);
}

void reload_join(struct reload *r, struct reload_waiter *w)
{
	w->is_waiting = true;
	TAILQ_INSERT_TAIL(&r->waiting, w, entry);
	ask(r);
}

/* Which of the two lists it is on matters to neither. */
void reload_leave(struct reload *r, struct reload_waiter *w)
{
	struct reload_waiter *served;

	if (!w->is_waiting)
		return;
	w->is_waiting = false;
	TAILQ_FOREACH(served, &r->served, entry)
		if (served == w)
			break;
	if (served)
		TAILQ_REMOVE(&r->served, w, entry);
	else
		TAILQ_REMOVE(&r->waiting, w, entry);
}

static void on_sighup(uv_signal_t *h, int signum)
{
	struct reload *r = container_of(h, struct reload, sighup);

	log_msg(LOG_NOTICE, "%s: reading the configuration again", strsignal(signum));
	ask(r);
}

void reload_start(struct reload *r, struct daemon *d, const struct daemon_options *o)
{
	*r = (struct reload){
		.daemon = d,
		.options = o->options,
		.config = o->config,
		.profiles = o->profiles,
	};
	TAILQ_INIT(&r->served);
	TAILQ_INIT(&r->waiting);
	(void)uv_signal_init(d->loop, &r->sighup);
	(void)uv_signal_start(&r->sighup, on_sighup, SIGHUP);
}

static void ignore(uv_signal_t *h, int signum)
{
	(void)h;
	log_msg(LOG_NOTICE, "%s: the configuration is not read again, for commd is ending",
		strsignal(signum));
}

void reload_stop(struct reload *r)
{
	/* The thread may be writing what it has found. */
	static const struct config_problem ending = { .text = "commd is shutting down" };

	(void)uv_signal_start(&r->sighup, ignore, SIGHUP);
	r->is_wanted = false;
	TAILQ_CONCAT(&r->served, &r->waiting, entry);
	answer(r, NULL, &ending, COMM_ESHUTDOWN);
}

void reload_close(struct reload *r)
{
	uv_close((uv_handle_t *)&r->sighup, NULL);
}
