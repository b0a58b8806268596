#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/errors.h"
#include "proto/util.h"
#include "tests/fuzz/dispatch/stand_in.h"
#include "tests/fuzz/fuzz.h"

struct kafka_reader {
	struct kafka_client *client; /* borrowed */
	struct kafka_reader_options options;
	char *group;   /* owned; NULL: none */
	char **topics; /* owned */
	size_t n_topics;
	size_t n_there;  /* records to fetch */
	int64_t n_taken; /* so far: the next one's offset */
	bool is_at_end;
	bool has_end_to_tell;
	bool wants_ready;             /* a fetch has come back with less than was asked for */
	size_t complaint;             /* to be told by the next fetch */
	struct kafka_failure stopped; /* why, unless its code is 0 */
	struct pending *seek;         /* borrowed; under way */
	bool is_seek_cancelled;
	struct comm_wire_received *records; /* lent */
	struct comm_wire_batch *batch;      /* lent */
	struct comm_wire_length *lengths;   /* lent */
	struct comm_wire_position *ends;    /* lent */
	LIST_ENTRY(kafka_reader) entry;
};

/* ---- begin and end ---- */

static struct kafka_reader *reader_new(struct kafka_client *c, const struct kafka_reader_options *o)
{
	struct kafka_reader *r = calloc(1, sizeof *r);

	MUST(r);
	r->client = c;
	r->options = *o;
	r->group = comm_bytes_dup(o->group);
	r->topics = calloc(o->n_topics, sizeof *r->topics);
	MUST(r->topics);
	for (size_t i = 0; i < o->n_topics; i++)
		r->topics[i] = comm_bytes_dup(o->topics[i].topic);
	r->n_topics = o->n_topics;
	LIST_INSERT_HEAD(&c->kafka->readers, r, entry);
	return r;
}

static void give_back(struct kafka_reader *r)
{
	free(r->records);
	free(r->batch);
	free(r->lengths);
	r->lengths = NULL;
	r->records = NULL;
	r->batch = NULL;
}

static void reader_free(struct kafka_reader *r)
{
	LIST_REMOVE(r, entry);
	if (r->seek)
		r->seek->reader = NULL;
	give_back(r);
	free(r->ends);
	for (size_t i = 0; i < r->n_topics; i++)
		free(r->topics[i]);
	free(r->topics);
	free(r->group);
	free(r);
}

/* What a lookup finds: a topic that nobody has named. */
static void find_topics(struct kafka_reader *r)
{
	if (r->options.may_read)
		(void)r->options.may_read(r->options.arg, "secret-found");
}

static void end_subscribe(struct pending *p, const struct kafka_failure *why)
{
	const struct comm_wire_position begin = { comm_bytes_of("t"), 0, 7 };
	struct comm_list begins = { NULL, 0 };
	const struct kafka_failure closing = stand_in_failure(6);
	struct kafka_reader *r = p->reader;

	/* None is handed over any more. */
	if (p->kafka->closed && !why)
		why = &closing;
	if (why) {
		reader_free(r);
		r = NULL;
	} else {
		find_topics(r);
		if (!r->group)
			begins = (struct comm_list){ &begin, 1 };
	}
	p->fn.reader(p->arg, why, r, begins);
	free(p);
}

bool kafka_needs_consumer(const struct kafka_client *c, struct comm_bytes group)
{
	(void)c;
	return !group.data;
}

int kafka_subscribe(struct kafka_client *c, const struct kafka_reader_options *o,
		    kafka_reader_fn done, void *arg, struct kafka_failure *ret_why)
{
	int error = stand_in_refuses(c->kafka, ret_why);
	struct pending *p;

	MUST(o->n_topics && o->timeout_ms > 0);
	if (error)
		return error;
	p = pending_new(c->kafka, arg, end_subscribe);
	p->fn.reader = done;
	p->reader = reader_new(c, o);
	return 0;
}

void kafka_reader_close(struct kafka_reader *r)
{
	reader_free(r);
}

void kafka_reader_stop(struct kafka_reader *r, const struct kafka_failure *why)
{
	MUST(why->code);
	r->stopped = *why;
}

/* ---- what the input brings ---- */

static void tell_ready(struct kafka_reader *r)
{
	if (!r->wants_ready)
		return;
	r->wants_ready = false;
	r->options.ready(r, r->options.arg);
}

void stand_in_bring(struct kafka *k, size_t n)
{
	struct kafka_reader *r;

	LIST_FOREACH(r, &k->readers, entry) {
		r->n_there += n;
		r->is_at_end = false;
		tell_ready(r);
	}
}

void stand_in_complain(struct kafka *k, size_t failure)
{
	struct kafka_reader *r;

	LIST_FOREACH(r, &k->readers, entry) {
		r->complaint = failure;
		tell_ready(r);
	}
}

void stand_in_finish(struct kafka *k)
{
	struct kafka_reader *r;

	LIST_FOREACH(r, &k->readers, entry) {
		r->is_at_end = true;
		r->has_end_to_tell = true;
		tell_ready(r);
	}
}

/* ---- fetch ---- */

/* Of 0 to 97 bytes. */
static size_t value_length(int64_t offset)
{
	return (size_t)offset * 31 % 98;
}

static struct comm_wire_received record_at(int64_t offset)
{
	static const char bytes[] =
		"0123456789 \xff\xc3\xa9\"\\\n\t0123456789012345678901234567890123"
		"4567890123456789012345678901234567890123456789012";
	static const struct comm_wire_header header = { { "h", 1 }, { NULL, 0 } };
	struct comm_wire_received r = { 0 };

	r.partition = offset % 3;
	r.offset = offset;
	r.timestamp_ms = offset % 2 ? COMM_NONE : 1700000000000;
	r.value = (struct comm_bytes){ bytes, value_length(offset) };
	if (offset % 5 == 0)
		r.key = (struct comm_bytes){ bytes, 3 };
	if (offset % 7 == 0)
		r.headers = (struct comm_list){ &header, 1 };
	return r;
}

/* How many records may be taken. */
static size_t count(const struct kafka_reader *r, size_t max_records, size_t max_bytes)
{
	size_t n = 0, n_bytes = 0;

	while (n < r->n_there && n < max_records) {
		n_bytes += value_length(r->n_taken + (int64_t)n);
		if (n && n_bytes > max_bytes)
			break;
		n++;
	}
	return n;
}

int kafka_reader_fetch(struct kafka_reader *r, size_t max_records, size_t max_bytes,
		       struct kafka_haul *ret, struct kafka_failure *ret_why)
{
	size_t n = count(r, max_records, max_bytes);

	MUST(max_records && max_bytes);
	give_back(r);
	if (r->stopped.code) {
		*ret_why = r->stopped;
		return ret_why->code;
	}
	if (r->complaint) {
		*ret_why = stand_in_failure(r->complaint);
		r->complaint = 0;
		return ret_why->code;
	}
	*ret = (struct kafka_haul){ .n_records = n, .at_end = r->is_at_end && n == r->n_there };
	r->wants_ready = n < max_records;
	if (!n)
		return 0;
	r->records = calloc(n, sizeof *r->records);
	r->batch = calloc(1, sizeof *r->batch);
	MUST(r->records && r->batch);
	for (size_t i = 0; i < n; i++)
		r->records[i] = record_at(r->n_taken++);
	r->n_there -= n;
	r->batch->topic = comm_bytes_of(r->topics[0]);
	r->batch->records = (struct comm_list){ r->records, n };
	ret->topics = (struct comm_list){ r->batch, 1 };
	return 0;
}

/* More than three of them are as good as large ones. */
size_t kafka_reader_shareable(const struct kafka_reader *r)
{
	return r->batch && r->batch->records.n > 3 ? 1024 * 1024 : 0;
}

struct comm_list kafka_reader_share(struct kafka_reader *r, char *memory, size_t size)
{
	size_t n = r->batch->records.n, at = 0;

	r->lengths = calloc(n, sizeof *r->lengths);
	MUST(r->lengths);
	for (size_t i = 0; i < n; i++) {
		struct comm_bytes *value = &r->records[i].value;

		r->lengths[i].bytes = -1;
		if (i % 2 || value->len > size - at)
			continue;
		memcpy(memory + at, value->data, value->len);
		at += value->len;
		r->lengths[i].bytes = (int64_t)value->len;
		*value = (struct comm_bytes){ NULL, 0 };
	}
	return (struct comm_list){ r->lengths, n };
}

void kafka_reader_release(struct kafka_reader *r)
{
	give_back(r);
}

void kafka_reader_ends(struct kafka_reader *r, struct comm_list *ret)
{
	free(r->ends);
	r->ends = NULL;
	*ret = (struct comm_list){ NULL, 0 };
	if (!r->has_end_to_tell)
		return;
	r->has_end_to_tell = false;
	r->ends = calloc(1, sizeof *r->ends);
	MUST(r->ends);
	*r->ends = (struct comm_wire_position){ comm_bytes_of(r->topics[0]), 0, r->n_taken };
	*ret = (struct comm_list){ r->ends, 1 };
}

/* ---- positions ---- */

void kafka_reader_ack_all(struct kafka_reader *r)
{
	MUST(r->options.ack == KAFKA_ACK_AUTO);
}

int kafka_reader_ack(struct kafka_reader *r, const struct comm_wire_position *p)
{
	MUST(r->options.ack == KAFKA_ACK_MANUAL);
	return p->topic.len && p->offset >= 0 && p->offset <= r->n_taken ? 0 : COMM_ESTALE;
}

static void end_seek(struct pending *p, const struct kafka_failure *why)
{
	const struct kafka_failure gone = { .code = COMM_ESTALE, .message = "it is gone" };
	const struct comm_wire_position at = { comm_bytes_of("t"), 2, 9 };
	struct kafka_reader *r = p->reader;
	bool is_gone = !r || r->is_seek_cancelled;

	if (r)
		r->seek = NULL;
	if (!why && is_gone)
		why = &gone;
	p->fn.positions(p->arg, why,
			why ? (struct comm_list){ NULL, 0 } : (struct comm_list){ &at, 1 });
	free(p);
}

int kafka_reader_seek(struct kafka_reader *r, const struct kafka_seek_options *o,
		      kafka_positions_fn done, void *arg, struct kafka_failure *ret_why)
{
	int error = stand_in_refuses(r->client->kafka, ret_why);

	if (!error && r->stopped.code) {
		*ret_why = r->stopped;
		return ret_why->code;
	}
	if (!error && r->seek) {
		*ret_why = stand_in_failure(2);
		return COMM_EBUSY;
	}
	if (error)
		return error;
	MUST(o->timeout_ms >= 0);
	r->is_seek_cancelled = false;
	r->seek = pending_new(r->client->kafka, arg, end_seek);
	r->seek->fn.positions = done;
	r->seek->reader = r;
	return 0;
}

void kafka_reader_seek_cancel(struct kafka_reader *r)
{
	r->is_seek_cancelled = true;
}

int kafka_reader_pause(struct kafka_reader *r, const struct comm_wire_topic_ref *refs,
		       size_t n_refs, struct kafka_failure *ret_why)
{
	MUST(refs || !n_refs);
	if (r->stopped.code) {
		*ret_why = r->stopped;
		return ret_why->code;
	}
	return stand_in_refuses(r->client->kafka, ret_why);
}

int kafka_reader_resume(struct kafka_reader *r, const struct comm_wire_topic_ref *refs,
			size_t n_refs, struct kafka_failure *ret_why)
{
	return kafka_reader_pause(r, refs, n_refs, ret_why);
}

/* ---- questions ---- */

bool kafka_reader_is_member(const struct kafka_reader *r, const char *profile,
			    struct comm_bytes group)
{
	return r->group && comm_bytes_is(group, r->group) && !strcmp(profile, r->client->profile);
}

void kafka_reader_status(const struct kafka_reader *r, struct comm_wire_subscription *ret)
{
	ret->profile = comm_bytes_of(r->client->profile);
	ret->group = comm_bytes_of(r->group);
	ret->partitions = 3;
	ret->delivered = r->n_taken;
}

const char *kafka_reader_review(struct kafka_reader *r)
{
	find_topics(r);
	for (size_t i = 0; i < r->n_topics; i++)
		if (r->options.may_read && r->topics[i][0] != '^' &&
		    !r->options.may_read(r->options.arg, r->topics[i]))
			return r->topics[i];
	return NULL;
}
