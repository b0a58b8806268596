#include "client/window.h"

#include "proto/util.h"

/*
 * Answers may take this long beyond twice the shortest: a multiple of what client, daemon and
 * broker need to be busy at the same time, even where each gets the processor only now and then.
 */
#define MOMENT_MS 20

/* A few requests: they keep the daemon and the socket busy. */
#define MIN_BYTES (128 * 1024)

void window_init(struct window *w, size_t max_records, size_t max_bytes)
{
	*w = (struct window){
		.max_records = max_records,
		.max_bytes = max_bytes,
		.bytes = max_bytes,
		.min_ms = INT64_MAX,
	};
}

bool window_has_room(const struct window *w, size_t n_records, size_t n_bytes, size_t size)
{
	return !n_records || (n_records < w->max_records && n_bytes + size <= w->bytes);
}

void window_note(struct window *w, size_t n_bytes, size_t n_in_flight, int64_t took_ms)
{
	int64_t allowed_ms;

	w->min_ms = MIN(w->min_ms, MAX(took_ms, 0));
	allowed_ms = MOMENT_MS + 2 * w->min_ms;
	if (took_ms <= allowed_ms)
		w->bytes += n_bytes;
	else if ((uint64_t)n_in_flight < UINT64_MAX / (uint64_t)allowed_ms)
		w->bytes = MIN(w->bytes,
			       (uint64_t)n_in_flight * (uint64_t)allowed_ms / (uint64_t)took_ms);
	w->bytes = MIN(MAX(w->bytes, MIN_BYTES), w->max_bytes);
}
