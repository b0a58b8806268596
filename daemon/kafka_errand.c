/*
 * The life of an errand
 *
 * It waits in line until fewer than RUNNING_MAX of its client run, then gets its thread, unless its time
 * has passed: nothing is asked for a client that has been told so. The thread's last act is to wake the
 * loop, which joins it, hands over the answer, and lets go of everything: first what holds answers of
 * Kafka, then in the pool, for it joins threads, the errand's own handle.
 *
 * When commd closes, errands in line are answered at once, and threads look at short intervals.
 */
#include "daemon/kafka_errand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_producer.h"
#include "daemon/profile.h"
#include "proto/util.h"

/* Of one client at once; each has a thread, and those about groups a handle with threads as well. */
#define RUNNING_MAX 4

/*
 * What is left of a client's time for the way back: a tenth, and no more than this. Only Kafka's end of
 * the errand tells whether a change was asked for.
 */
#define MARGIN_MAX_MS 100

static void start_next(struct kafka_client *c);

static void fini(struct kafka_errand *e)
{
	if (e->kind->fini)
		e->kind->fini(e);
}

static void free_names(struct kafka_errand *e)
{
	free(e->name);
	free(e->subject);
	free(e);
}

void kafka_errand_free(struct kafka_errand *e)
{
	fini(e);
	free_names(e);
}

void *kafka_errand_new(const struct kafka_errand_kind *kind, struct comm_bytes name)
{
	size_t size = strlen(kind->before) + name.len + strlen(kind->after) + 1;
	struct kafka_errand *e = calloc(1, kind->size);

	if (!e)
		return NULL;
	e->kind = kind;
	e->name = strndup(name.data ? name.data : "", name.len);
	e->subject = malloc(size);
	if (!e->name || !e->subject) {
		free_names(e);
		return NULL;
	}
	(void)snprintf(e->subject, size, "%s%s%s", kind->before, e->name, kind->after);
	return e;
}

/* It was never a member of a group. */
static void destroy_own(struct kafka_errand *e)
{
	if (e->own)
		rd_kafka_destroy_flags(e->own, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	e->own = NULL;
}

int kafka_errand_open(struct kafka_errand *e, const rd_kafka_conf_t *conf)
{
	rd_kafka_queue_destroy(e->queue);
	e->queue = NULL;
	destroy_own(e);
	(void)kafka_open(e->job.profile, RD_KAFKA_CONSUMER, rd_kafka_conf_dup(conf), &e->own,
			 &e->why);
	e->rk = e->own ? e->own : e->job.rk;
	/* Its log is served there as well, and so are tokens to log in with. */
	if (e->own)
		(void)rd_kafka_set_log_queue(e->own, NULL);
	e->queue = e->own ? rd_kafka_queue_get_main(e->own) : rd_kafka_queue_new(e->rk);
	return e->why.code;
}

static void on_thread(void *arg)
{
	struct kafka_errand *e = arg;

	e->kind->run(e);
	(void)uv_async_send(&e->job.ended);
}

/* ---- on the loop ---- */

/* Its time has passed before it ran: others were in the way, and maybe they wait in vain themselves. */
static void explain_unasked(const struct kafka_errand *e, struct kafka_failure *ret)
{
	const struct kafka_client *c = e->job.client;

	if (e->n_before < RUNNING_MAX || kafka_client_is_down(c))
		kafka_explain_silence(c, ret);
	else
		(void)kafka_failure_refuse(ret, COMM_EBUSY, NULL,
					   "%s: it waited behind %zu other requests about topics "
					   "and groups, and nothing was asked; try again",
					   e->subject, e->n_before);
}

static void answer(struct kafka_errand *e)
{
	struct kafka_client *c = e->job.client;
	kafka_answer_fn done = e->done;
	const void *result = NULL;

	if (e->is_silent && !c->kafka->is_closing)
		kafka_explain_silence(c, &e->why);
	else if (!e->why.code)
		kafka_client_note_success(c);
	if (!e->why.code && e->kind->finish)
		result = e->kind->finish(e);
	e->done = NULL;
	done(e->arg, e->why.code ? &e->why : NULL, e->why.code ? NULL : result);
}

static void remove_from(struct kafka_client *c, struct kafka_errand *e)
{
	TAILQ_REMOVE(&c->errands, e, entry);
	c->n_errands--;
	free_names(e);
}

static void end(struct kafka_errand *e)
{
	struct kafka_client *c = e->job.client;
	struct kafka_handle *handle = e->job.handle;
	struct profile *profile = e->job.profile;

	c->n_errands_running--;
	remove_from(c, e);
	kafka_handle_unref(handle);
	(void)profile_free(profile);
	start_next(c);
	kafka_closed_one(c->kafka);
}

static void run_destroy(uv_work_t *work)
{
	destroy_own(container_of(work, struct kafka_errand, job.work));
}

static void on_destroyed(uv_work_t *work, int status)
{
	(void)status;
	end(container_of(work, struct kafka_errand, job.work));
}

static void on_closed(uv_handle_t *h)
{
	struct kafka_errand *e = container_of((uv_async_t *)h, struct kafka_errand, job.ended);

	fini(e);
	rd_kafka_queue_destroy(e->queue);
	if (e->own)
		(void)uv_queue_work(e->job.client->kafka->options.loop, &e->job.work, run_destroy,
				    on_destroyed);
	else
		end(e);
}

static void on_ended(uv_async_t *async)
{
	struct kafka_errand *e = container_of(async, struct kafka_errand, job.ended);

	if (e->has_thread)
		(void)uv_thread_join(&e->job.thread);
	answer(e);
	uv_close((uv_handle_t *)&e->job.ended, on_closed);
}

static void begin(struct kafka_errand *e)
{
	struct kafka_client *c = e->job.client;

	e->is_running = true;
	c->n_errands_running++;
	e->job.handle = kafka_handle_ref(c->producer->handle);
	e->job.rk = e->job.handle->rk;
	e->job.profile = profile_ref(c->profile);
	e->rk = e->job.rk;
	e->queue = rd_kafka_queue_new(e->rk);
	(void)uv_async_init(c->kafka->options.loop, &e->job.ended, on_ended);
	if (kafka_errand_left_ms(e) > 0) {
		e->has_thread = !uv_thread_create(&e->job.thread, on_thread, e);
		if (e->has_thread)
			return;
		(void)kafka_failure_refuse(&e->why, COMM_EBUSY, NULL, "there is no thread for it");
	} else {
		explain_unasked(e, &e->why);
	}
	(void)uv_async_send(&e->job.ended);
}

static void start_next(struct kafka_client *c)
{
	struct kafka_errand *e;

	if (c->kafka->is_closing || c->n_errands_running >= RUNNING_MAX)
		return;
	TAILQ_FOREACH(e, &c->errands, entry) {
		if (e->is_running)
			continue;
		begin(e);
		return;
	}
}

int kafka_errand_start(struct kafka_client *c, struct kafka_errand *e, int timeout_ms,
		       kafka_answer_fn done, void *arg, struct kafka_failure *ret_why)
{
	int left_ms = MAX(timeout_ms, 0), error = 0;

	if (c->kafka->is_closing)
		error = kafka_failure_refuse(ret_why, COMM_ESHUTDOWN, NULL,
					     "commd is shutting down");
	else if (c->n_errands >= KAFKA_ERRANDS_MAX)
		error = kafka_failure_refuse(ret_why, COMM_EBUSY, NULL,
					     "%d requests to the brokers about topics and groups "
					     "are under way already; try again later",
					     KAFKA_ERRANDS_MAX);
	if (error) {
		kafka_errand_free(e);
		return error;
	}
	e->job.client = c;
	e->deadline_ms = kafka_thread_ms() + (uint64_t)(left_ms - MIN(left_ms / 10, MARGIN_MAX_MS));
	e->done = done;
	e->arg = arg;
	e->n_before = c->n_errands;
	TAILQ_INSERT_TAIL(&c->errands, e, entry);
	c->n_errands++;
	start_next(c);
	return 0;
}

void kafka_errands_skip(struct kafka_client *c)
{
	struct kafka_errand *e = TAILQ_FIRST(&c->errands), *next;

	for (; e; e = next) {
		next = TAILQ_NEXT(e, entry);
		if (e->is_running)
			continue;
		(void)kafka_errand_fail_closing(e);
		answer(e);
		fini(e);
		remove_from(c, e);
	}
}

void kafka_explain_late(const struct kafka_client *c, const void *arg, struct kafka_failure *ret)
{
	const struct kafka_errand *e;

	if (kafka_admin_explain_late(c->producer, arg, ret))
		return;
	kafka_explain_silence(c, ret);
	TAILQ_FOREACH(e, &c->errands, entry) {
		if (!e->done || e->arg != arg)
			continue;
		if (!e->is_running)
			explain_unasked(e, ret);
		else if (e->has_asked)
			kafka_errand_set_unknown(e, KAFKA_NO_ANSWER, ret);
	}
}
