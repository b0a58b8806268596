#include "daemon/outbox.h"

#include <limits.h>

#include "proto/util.h"

/* What an idle client may keep allocated for its next answer. */
#define KEEP_BYTES 1024

void outbox_init(struct outbox *o, struct spares *spares,
		 void (*written)(struct outbox *o, int status))
{
	*o = (struct outbox){ .spares = spares, .written = written };
}

void outbox_expect(struct outbox *o)
{
	if (!o->filling.len && o->filling.capacity <= KEEP_BYTES)
		spares_take(o->spares, &o->filling);
}

/* @b has been written. */
static void put_away(struct outbox *o, struct comm_buf *b)
{
	if (b->capacity > KEEP_BYTES)
		spares_put(o->spares, b);
}

void outbox_fini(struct outbox *o)
{
	comm_buf_fini(&o->filling);
	comm_buf_fini(&o->writing);
}

static void on_written(uv_write_t *w, int status)
{
	struct outbox *o = container_of(w, struct outbox, write);

	o->n_written += o->writing.len;
	comm_buf_pop(&o->writing, o->writing.len);
	put_away(o, &o->writing);
	o->is_writing = false;
	o->written(o, status);
}

static uv_buf_t bytes_of(const struct comm_buf *b)
{
	return uv_buf_init(comm_buf_bytes(b), (unsigned int)MIN(b->len, UINT_MAX));
}

static int write_rest(struct outbox *o, uv_stream_t *stream)
{
	struct comm_buf empty = o->writing;
	uv_buf_t rest;
	int r;

	o->writing = o->filling;
	o->filling = empty;
	rest = bytes_of(&o->writing);
	r = uv_write(&o->write, stream, &rest, 1, on_written);
	o->is_writing = r == 0;
	return r;
}

int outbox_flush(struct outbox *o, uv_stream_t *stream, size_t *ret_n_bytes)
{
	uv_buf_t bytes;
	int r;

	*ret_n_bytes = 0;
	if (o->is_writing || !o->filling.len)
		return 0;
	*ret_n_bytes = o->filling.len;
	bytes = bytes_of(&o->filling);
	r = uv_try_write(stream, &bytes, 1);
	if (r < 0 && r != UV_EAGAIN)
		return r;
	if (r > 0)
		o->n_written += (uint64_t)r;
	comm_buf_pop(&o->filling, r > 0 ? (size_t)r : 0);
	if (!o->filling.len) {
		put_away(o, &o->filling);
		return 0;
	}
	return write_rest(o, stream);
}

bool outbox_has_written(const struct outbox *o, uint64_t end)
{
	size_t n_taken = 0;

	if (o->is_writing)
		n_taken = o->writing.len - uv_stream_get_write_queue_size(o->write.handle);
	return o->n_written + n_taken >= end;
}
