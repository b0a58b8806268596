#include "daemon/kafka_internal.h"

#include "daemon/kafka_producer.h"
#include "daemon/profile.h"
#include "proto/util.h"

/*
 * Of one client at once; and of our own, beside those: the records of all clients wait for them, and must not wait
 * for partitions without a leader that others, or one of our own, ask about for seconds.
 */
#define RUNNING_MAX     2
#define OWN_RUNNING_MAX 4

/* Of one client in line, but for our own; each is a request that somebody waits for. */
#define WAITING_MAX 64

static void on_ended(uv_async_t *async);
static void on_worked(uv_work_t *work, int status);

static void on_thread(void *arg)
{
	struct kafka_job *j = arg;

	j->run(j);
	(void)uv_async_send(&j->ended);
}

static void on_work(uv_work_t *work)
{
	struct kafka_job *j = container_of(work, struct kafka_job, work);

	j->run(j);
}

static bool may_start(const struct kafka_client *c, const struct kafka_job *j)
{
	return j->is_own ? c->n_own_jobs < OWN_RUNNING_MAX
			 : c->n_jobs_running - c->n_own_jobs < RUNNING_MAX;
}

/* Where no thread is to be had the pool's have to do, which others wait for as well. */
static void start(struct kafka_client *c, struct kafka_job *j)
{
	uv_loop_t *loop = c->kafka->options.loop;

	c->n_jobs_running++;
	c->n_own_jobs += j->is_own;
	(void)uv_async_init(loop, &j->ended, on_ended);
	if (uv_thread_create(&j->thread, on_thread, j))
		(void)uv_queue_work(loop, &j->work, on_work, on_worked);
}

/* The first in line of those that have a place now. */
static void start_next(struct kafka_client *c)
{
	struct kafka_job *j;

	STAILQ_FOREACH(j, &c->jobs, waiting)
		if (may_start(c, j))
			break;
	if (!j)
		return;
	STAILQ_REMOVE(&c->jobs, j, kafka_job, waiting);
	c->n_jobs_waiting--;
	start(c, j);
}

static void on_closed(uv_handle_t *h)
{
	struct kafka_job *j = container_of((uv_async_t *)h, struct kafka_job, ended);
	struct kafka_handle *handle = j->handle;
	struct profile *profile = j->profile;
	struct kafka_client *c = j->client;
	bool is_own = j->is_own;

	j->done(j);
	kafka_handle_unref(handle);
	(void)profile_free(profile);
	c->n_jobs_running--;
	c->n_own_jobs -= is_own;
	start_next(c);
	kafka_closed_one(c->kafka);
}

static void on_ended(uv_async_t *async)
{
	struct kafka_job *j = container_of(async, struct kafka_job, ended);

	(void)uv_thread_join(&j->thread);
	uv_close((uv_handle_t *)&j->ended, on_closed);
}

static void on_worked(uv_work_t *work, int status)
{
	(void)status;
	uv_close((uv_handle_t *)&container_of(work, struct kafka_job, work)->ended, on_closed);
}

/* Our own before the others, which they are not to wait for; otherwise in the order in which they came. */
static void stand_in_line(struct kafka_client *c, struct kafka_job *j)
{
	struct kafka_job *last_own = NULL, *other;

	STAILQ_FOREACH(other, &c->jobs, waiting)
		if (other->is_own)
			last_own = other;
	if (!j->is_own)
		STAILQ_INSERT_TAIL(&c->jobs, j, waiting);
	else if (last_own)
		STAILQ_INSERT_AFTER(&c->jobs, last_own, j, waiting);
	else
		STAILQ_INSERT_HEAD(&c->jobs, j, waiting);
	c->n_jobs_waiting++;
}

int kafka_job_check(const struct kafka_client *c)
{
	if (c->kafka->is_closing || !c->producer->handle)
		return COMM_ESHUTDOWN;
	return c->n_jobs_waiting >= WAITING_MAX ? COMM_EBUSY : 0;
}

int kafka_job_start(struct kafka_client *c, struct kafka_job *j)
{
	int error = kafka_job_check(c);

	if (error && !(error == COMM_EBUSY && j->is_own))
		return error;
	j->client = c;
	j->handle = kafka_handle_ref(c->producer->handle);
	j->rk = j->handle->rk;
	j->profile = profile_ref(c->profile);
	j->serial = c->serial;
	if (may_start(c, j)) {
		start(c, j);
	} else {
		stand_in_line(c, j);
	}
	return 0;
}

void kafka_jobs_skip(struct kafka_client *c)
{
	STAILQ_HEAD(, kafka_job) kept = STAILQ_HEAD_INITIALIZER(kept);
	struct kafka_job *j;

	while ((j = STAILQ_FIRST(&c->jobs))) {
		struct kafka_handle *handle = j->handle;
		struct profile *profile = j->profile;

		STAILQ_REMOVE_HEAD(&c->jobs, waiting);
		if (!j->skip) {
			STAILQ_INSERT_TAIL(&kept, j, waiting);
			continue;
		}
		c->n_jobs_waiting--;
		j->skip(j);
		kafka_handle_unref(handle);
		(void)profile_free(profile);
	}
	STAILQ_CONCAT(&c->jobs, &kept);
}
