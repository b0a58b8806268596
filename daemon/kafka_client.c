/*
 * The port's own life, and its clients'
 *
 * A client is opened at its first use and stays until the end, or until its profile is gone and nothing
 * is left to be done (kafka_reload.c). Closing asks everything to come to
 * an end, gives what is in flight its time, and then looks, each time something has ended, what is
 * left: a client goes when its consumers, jobs, records and handles are gone; after the last of
 * them goes the mock cluster, after that the wake-up, and then the owner is told.
 */
#include <errno.h>
#include <stdlib.h>

#include "daemon/kafka_producer.h"
#include "daemon/kafka_reader.h"
#include "daemon/profile.h"
#include "proto/util.h"

/*
 * How long a profile that librdkafka refuses is not tried again: it may read certificates and start
 * threads before it does, all of that on the loop, and clients may ask without a pause.
 */
#define REFUSED_MS 1000

const char *kafka_version(void)
{
	return rd_kafka_version_str();
}

const char *kafka_dev_bootstrap(const struct kafka *k)
{
	return k->dev ? kafka_dev_servers(k->dev) : NULL;
}

int kafka_new(const struct kafka_options *o, struct kafka **ret)
{
	struct kafka *k = calloc(1, sizeof *k);
	int error = 0;

	if (!k)
		return -ENOMEM;
	k->options = *o;
	LIST_INIT(&k->clients);
	LIST_INIT(&k->refusals);
	discards_init(&k->discards);
	events_init(&k->events);
	if (o->dev)
		error = kafka_dev_new(&k->dev);
	if (!error)
		error = kafka_wake_new(o->loop, &k->wake);
	if (error) {
		kafka_dev_free(k->dev);
		free(k);
		return error;
	}
	(void)uv_timer_init(o->loop, &k->step);
	(void)uv_timer_init(o->loop, &k->deadline);
	*ret = k;
	return 0;
}

uint64_t kafka_n_polled(const struct kafka *k)
{
	return kafka_wake_n_rounds(k->wake);
}

void kafka_poll_all(struct kafka *k)
{
	kafka_wake_all(k->wake);
}

void kafka_hang(struct kafka *k)
{
	kafka_wake_hang(k->wake);
}

/* ---- clients ---- */

static struct kafka_client *find(const struct kafka *k, const struct profile *p)
{
	struct kafka_client *c;

	LIST_FOREACH(c, &k->clients, entry)
		if (c->profile == p)
			return c;
	return NULL;
}

static struct kafka_refusal *find_refusal(const struct kafka *k, const struct profile *p)
{
	struct kafka_refusal *r;

	LIST_FOREACH(r, &k->refusals, entry)
		if (r->profile == p)
			return r;
	return NULL;
}

/* Without memory it is not remembered, and tried again at once. */
static void remember(struct kafka *k, const struct profile *p, const struct kafka_failure *why)
{
	struct kafka_refusal *r = find_refusal(k, p);

	if (!r) {
		r = malloc(sizeof *r);
		if (!r)
			return;
		LIST_INSERT_HEAD(&k->refusals, r, entry);
	}
	r->profile = p;
	r->since_ms = kafka_now_ms(k);
	r->why = *why;
}

static void refusal_free(struct kafka_refusal *r)
{
	LIST_REMOVE(r, entry);
	free(r);
}

void kafka_refusals_forget(struct kafka *k)
{
	struct kafka_refusal *r;

	while ((r = LIST_FIRST(&k->refusals)))
		refusal_free(r);
}

static int open_client(struct kafka *k, struct profile *p, struct kafka_client **ret,
		       struct kafka_failure *ret_why)
{
	struct kafka_client *c = calloc(1, sizeof *c);
	int error;

	if (!c)
		return -ENOMEM;
	c->kafka = k;
	c->profile = profile_ref(p);
	LIST_INIT(&c->consumers);
	LIST_INIT(&c->rebuilds);
	LIST_INIT(&c->readers);
	STAILQ_INIT(&c->jobs);
	TAILQ_INIT(&c->errands);
	error = kafka_producer_new(c, ret_why);
	if (error) {
		(void)profile_free(p);
		free(c);
		return error;
	}
	LIST_INSERT_HEAD(&k->clients, c, entry);
	*ret = c;
	return 0;
}

int kafka_client_get(struct kafka *k, struct profile *p, struct kafka_client **ret,
		     struct kafka_failure *ret_why)
{
	struct kafka_client *c = find(k, p);
	struct kafka_refusal *refusal;
	int error;

	if (k->is_closing)
		return kafka_failure_refuse(ret_why, COMM_ESHUTDOWN, NULL,
					    "commd is shutting down");
	if (c) {
		*ret = c;
		return 0;
	}
	refusal = find_refusal(k, p);
	if (refusal && kafka_now_ms(k) - refusal->since_ms < REFUSED_MS) {
		*ret_why = refusal->why;
		return refusal->why.code;
	}
	error = open_client(k, p, ret, ret_why);
	if (error > 0)
		remember(k, p, ret_why);
	else if (!error && refusal)
		refusal_free(refusal);
	return error;
}

void kafka_profile_status(const struct kafka *k, const struct profile *p,
			  struct comm_wire_profile *ret)
{
	static const char *const states[] = { "unused", "up", "down" };
	static const struct kafka_client unused;
	const struct kafka_client *c = find(k, p);

	c = c ? c : &unused;
	ret->state = comm_bytes_of(states[c->health]);
	ret->error = comm_bytes_of(c->last_error[0]        ? c->last_error
				   : c->health != KAFKA_UP ? kafka_profile_warning(p)
							   : NULL);
	ret->accepted = c->ledger.accepted;
	ret->persisted = c->ledger.persisted;
	ret->failed = c->ledger.failed;
	ret->in_flight = ledger_in_flight(&c->ledger);
	ret->in_flight_bytes = c->in_flight_bytes;
	ret->delivered = c->delivered;
	ret->consumers = (int64_t)c->n_consumers;
}

const struct histogram *kafka_send_latency(const struct kafka *k, const struct profile *p)
{
	const struct kafka_client *c = find(k, p);

	return c ? &c->latency : NULL;
}

rd_kafka_t *kafka_client_handle(const struct kafka_client *c)
{
	return c->producer->handle->rk;
}

bool kafka_client_has_ended(const struct kafka_client *c)
{
	return !c->producer->handle;
}

/* Whether nothing but the handles is left. */
static bool is_quiet(const struct kafka_client *c)
{
	return LIST_EMPTY(&c->consumers) && LIST_EMPTY(&c->rebuilds) && !c->n_jobs_running &&
	       !c->n_jobs_waiting && TAILQ_EMPTY(&c->errands) &&
	       kafka_producer_is_quiet(c->producer);
}

static void end_client(struct kafka_client *c)
{
	struct kafka_reader *r;

	if (!is_quiet(c))
		return;
	kafka_producer_end(c->producer);
	if (c->producer->n_handles || (!LIST_EMPTY(&c->readers) && !c->kafka->is_closing))
		return;
	while ((r = LIST_FIRST(&c->readers))) {
		LIST_REMOVE(r, of_client);
		r->client = NULL;
	}
	c->kafka->n_removed -= c->is_removed;
	LIST_REMOVE(c, entry);
	free(c->stats);
	(void)profile_free(c->profile);
	free(c->producer);
	free(c);
}

/* ---- closing ---- */

static void on_wake_closed(void *arg)
{
	struct kafka *k = arg;

	kafka_refusals_forget(k);
	k->closed(k->closed_arg);
	discards_fini(&k->discards);
	free(k);
}

/* The mock cluster joins its threads. */
static void run_ending(uv_work_t *work)
{
	struct kafka *k = container_of(work, struct kafka, ending);

	k->dev = kafka_dev_free(k->dev);
}

static void on_ended(uv_work_t *work, int status)
{
	struct kafka *k = container_of(work, struct kafka, ending);

	(void)status;
	kafka_wake_close(k->wake, on_wake_closed, k);
}

static void on_deadline_closed(uv_handle_t *h)
{
	struct kafka *k = container_of((uv_timer_t *)h, struct kafka, deadline);

	(void)uv_queue_work(k->options.loop, &k->ending, run_ending, on_ended);
}

static void on_step_closed(uv_handle_t *h)
{
	struct kafka *k = container_of((uv_timer_t *)h, struct kafka, step);

	uv_close((uv_handle_t *)&k->deadline, on_deadline_closed);
}

static void on_step(uv_timer_t *timer)
{
	struct kafka *k = container_of(timer, struct kafka, step);
	struct kafka_client *c = LIST_FIRST(&k->clients), *next;

	for (; c; c = next) {
		next = LIST_NEXT(c, entry);
		if (kafka_client_is_ending(c))
			end_client(c);
	}
	if (!k->is_closing || !LIST_EMPTY(&k->clients) || k->is_ending)
		return;
	k->is_ending = true;
	uv_close((uv_handle_t *)&k->step, on_step_closed);
}

/* Never at once: whoever has ended may still be at work. */
void kafka_closed_one(struct kafka *k)
{
	if ((k->is_closing || k->n_removed) && !k->is_ending)
		(void)uv_timer_start(&k->step, on_step, 0, 0);
}

static void on_deadline(uv_timer_t *timer)
{
	struct kafka *k = container_of(timer, struct kafka, deadline);
	struct kafka_client *c;

	LIST_FOREACH(c, &k->clients, entry)
		kafka_producer_purge(c->producer);
}

void kafka_close(struct kafka *k, int timeout_ms, void (*closed)(void *arg), void *arg)
{
	struct kafka_client *c;

	k->is_closing = true;
	k->closed = closed;
	k->closed_arg = arg;
	LIST_FOREACH(c, &k->clients, entry) {
		kafka_producer_close(c->producer);
		kafka_consumers_close(c);
	}
	(void)uv_timer_start(&k->deadline, on_deadline, (uint64_t)MAX(timeout_ms, 0), 0);
	kafka_closed_one(k);
}
