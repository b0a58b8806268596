#include "client/producer.h"

#include <errno.h>

#include "client/client.h"
#include "proto/util.h"

/* As much as keeps the brokers busy; more only takes memory from many programs that send at once. */
#define WINDOW_RECORDS 20000
#define WINDOW_BYTES   ((size_t)8 << 20)

/* Beyond this the daemon does not keep up, and a record more would only wait here. */
#define UNWRITTEN_BYTES (32 * 1024)

/*
 * A batch that holds this much leaves at once. With what surrounds it it fits into 64 KiB; and of so
 * many records a request's own cost is a few percent, while a thousand of them still keep client,
 * daemon and broker busy at the same time.
 */
#define BATCH_BYTES   (63 * 1024)
#define BATCH_RECORDS 300

/*
 * Longest time that records gather. It bounds how long the records of a topic wait when another
 * of its partitions has no leader and a request with records for it is under way.
 */
#define GATHER_MAX_MS 1000

/* How many batches "of late" is. */
#define LATE_BATCHES 64

static const struct call_type send_type;

void producer_init(struct producer *p, const struct comm_options *options)
{
	*p = (struct producer){
		.window_records =
			options->window_records ? options->window_records : WINDOW_RECORDS,
		.window_bytes = options->window_bytes ? options->window_bytes : WINDOW_BYTES,
	};
	TAILQ_INIT(&p->open);
	TAILQ_INIT(&p->spare);
}

static void drop_batches(struct batch_list *list)
{
	struct batch *b;

	while ((b = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, b, entry);
		batch_free(b);
	}
}

/*
 * Nothing is in flight, and the program may never send as much again. Not even an empty one is kept: it
 * may lie behind all that the others had, which libc could not give back then.
 */
static void drop_spares(struct producer *p)
{
	drop_batches(&p->spare);
	p->n_spare = 0;
	p->least_spare = 0;
}

void producer_drop(struct producer *p)
{
	drop_batches(&p->open);
	drop_spares(p);
	topic_set_fini(&p->topics);
	p->n_open = 0;
	p->n_bytes = 0;
}

static void drop_unneeded(struct producer *p)
{
	for (; p->least_spare; p->least_spare--) {
		struct batch *b = TAILQ_LAST(&p->spare, batch_list);

		TAILQ_REMOVE(&p->spare, b, entry);
		p->n_spare--;
		batch_free(b);
	}
	p->n_taken = 0;
	p->least_spare = p->n_spare;
}

/*
 * Answers come in bursts, and so do the records after them. So a batch is kept for the next records,
 * unless of late there were always some left.
 */
static struct batch *take_spare(struct producer *p)
{
	struct batch *b = TAILQ_FIRST(&p->spare);

	if (!b)
		return batch_new();
	TAILQ_REMOVE(&p->spare, b, entry);
	p->n_spare--;
	p->least_spare = MIN(p->least_spare, p->n_spare);
	if (++p->n_taken == LATE_BATCHES)
		drop_unneeded(p);
	return b;
}

static void give_spare(struct producer *p, struct batch *b)
{
	TAILQ_INSERT_HEAD(&p->spare, b, entry);
	p->n_spare++;
}

static int open_batch(struct comm *c, struct topic *t)
{
	struct producer *p = &c->producer;
	struct batch *b = take_spare(p);
	int64_t now_ms = client_now_ms();

	if (!b || batch_start(b, calls_next_id(&c->calls), topic_name(t)) ||
	    (t->n_batches && batch_expect(b, BATCH_RECORDS, BATCH_BYTES))) {
		if (b)
			give_spare(p, b);
		return client_no_memory(c);
	}
	b->call.type = &send_type;
	b->call.method = send_type.method;
	b->call.repeat = c->resend;
	b->call.was_sent = false;
	b->call.deadline_ms = now_ms + c->timeout_ms;
	b->leave_by_ms = now_ms + GATHER_MAX_MS;
	b->topic = t;
	t->batch = b;
	t->n_batches++;
	TAILQ_INSERT_TAIL(&p->open, b, entry);
	return 0;
}

/* No more records come to it. It stays counted at its topic until it is recycled. */
static void close_batch(struct comm *c, struct batch *b)
{
	TAILQ_REMOVE(&c->producer.open, b, entry);
	b->topic->batch = NULL;
}

static void send_batch(struct comm *c, struct batch *b)
{
	if (batch_seal(b, topic_name(b->topic), c->ack))
		call_finish(c, &b->call, client_no_memory(c), false);
	else
		call_queue(c, &b->call);
}

static void let_leave(struct comm *c, struct batch *b)
{
	close_batch(c, b);
	send_batch(c, b);
}

/* An open batch counts too. */
static bool is_idle(const struct topic *t)
{
	return t->n_batches == (t->batch ? 1 : 0);
}

static bool is_full(const struct comm *c, const struct batch *b)
{
	return batch_n_bytes(b) >= BATCH_BYTES ||
	       b->n >= MIN(BATCH_RECORDS, c->connection.limits.records);
}

void producer_recycle(struct comm *c, struct batch *b)
{
	b->topic->n_batches--;
	b->call.state = CALL_IDLE;
	free(b->call.text);
	b->call.text = NULL;
	give_spare(&c->producer, b);
	if (!c->producer.n_open)
		drop_spares(&c->producer);
}

void producer_resend(struct comm *c, struct batch *b)
{
	b->call.n_written = 0;
	if (batch_seal(b, topic_name(b->topic), c->ack))
		call_finish(c, &b->call, client_no_memory(c), false);
	else
		call_queue_first(c, &b->call);
}

/*
 * What is sent from inside a callback gathers until all callbacks of this turn have been made, or until
 * it is enough.
 */
static bool may_leave(const struct comm *c)
{
	return connection_is_usable(c) && !c->n_callbacks;
}

bool producer_is_congested(const struct comm *c)
{
	return !TAILQ_EMPTY(&c->calls.pending) && calls_n_unwritten(c) > UNWRITTEN_BYTES;
}

/* No memory for another record; an open batch always has one. */
static void give_up(struct comm *c, struct batch *b)
{
	if (b->n)
		return;
	close_batch(c, b);
	producer_recycle(c, b);
}

int producer_add(struct comm *c, const char *topic, const struct comm_record *r, size_t size,
		 int64_t due_ms, comm_sent_fn done, void *arg)
{
	struct producer *p = &c->producer;
	struct topic *t;
	size_t n_bytes;
	int error = topic_set_find(c, topic, &t);

	if (error)
		return error;
	if (t->batch && t->batch->call.bytes.len + size + PRODUCER_REQUEST_EXTRA >
				c->connection.limits.message_bytes)
		let_leave(c, t->batch);
	if (!t->batch)
		error = open_batch(c, t);
	if (error)
		return error;
	n_bytes = batch_n_bytes(t->batch);
	if (batch_add(t->batch, r, done, arg)) {
		give_up(c, t->batch);
		return client_no_memory(c);
	}
	/* What leaves together is answered together. */
	t->batch->call.deadline_ms = MIN(t->batch->call.deadline_ms, due_ms);
	p->n_open++;
	p->n_bytes += batch_n_bytes(t->batch) - n_bytes;
	if (is_full(c, t->batch) || (is_idle(t) && may_leave(c))) {
		let_leave(c, t->batch);
		if (connection_is_usable(c))
			calls_write(c);
	}
	return 0;
}

void producer_release(struct comm *c, int64_t now_ms)
{
	struct batch *b, *next;

	if (!connection_is_usable(c))
		return;
	for (b = TAILQ_FIRST(&c->producer.open); b; b = next) {
		next = TAILQ_NEXT(b, entry);
		if (is_idle(b->topic) || b->leave_by_ms <= now_ms)
			let_leave(c, b);
	}
}

void producer_flush(struct comm *c)
{
	producer_release(c, INT64_MAX);
	calls_write(c);
}

static void fail_batch(struct comm *c, struct batch *b, int error)
{
	close_batch(c, b);
	call_finish(c, &b->call, error, false);
}

void producer_fail_open(struct comm *c, int error)
{
	struct batch *b;

	while ((b = TAILQ_FIRST(&c->producer.open)))
		fail_batch(c, b, error);
}

static void expire(struct comm *c, struct batch *b)
{
	const struct connection *connection = &c->connection;

	if (connection->error)
		client_fail_text(c, connection->error, comm_bytes_of(connection->error_text));
	else
		client_fail(c, COMM_ETIMEOUT, "send: commd on %s has not read the records in time",
			    connection->path);
	fail_batch(c, b, connection->error ? connection->error : COMM_ETIMEOUT);
}

void producer_expire(struct comm *c, int64_t now_ms)
{
	struct batch *b, *next;

	for (b = TAILQ_FIRST(&c->producer.open); b; b = next) {
		next = TAILQ_NEXT(b, entry);
		if (b->call.deadline_ms <= now_ms)
			expire(c, b);
	}
}

bool producer_needs_connection(const struct comm *c)
{
	return !TAILQ_EMPTY(&c->producer.open);
}

int64_t producer_due_ms(const struct comm *c)
{
	bool is_usable = connection_is_usable(c);
	int64_t due_ms = INT64_MAX;
	const struct batch *b;

	TAILQ_FOREACH(b, &c->producer.open, entry) {
		if (is_usable && is_idle(b->topic))
			return 0;
		if (is_usable)
			due_ms = MIN(due_ms, b->leave_by_ms);
		due_ms = MIN(due_ms, b->call.deadline_ms);
	}
	return due_ms;
}

static void drop_batch(struct call *call)
{
	batch_free(container_of(call, struct batch, call));
}

static const struct call_type send_type = {
	.method = COMM_METHOD_SEND,
	.done = batch_done,
	.drop = drop_batch,
};
