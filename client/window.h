#pragma once

/*
 * Window: how much may be in flight. Never more than the program allows; and when answers take long,
 * no more than is answered in a moment. What is beyond that only waits, in a daemon that many share:
 * it makes this program and the daemon larger and every record late, and nothing faster.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct window {
	size_t max_records; /* what the program allows */
	size_t max_bytes;
	size_t bytes;   /* what may be in flight now */
	int64_t min_ms; /* the least that an answer has taken */
};

void window_init(struct window *w, size_t max_records, size_t max_bytes);

/* Whether @size bytes more may be in flight beside @n_records of @n_bytes; into none anything fits. */
bool window_has_room(const struct window *w, size_t n_records, size_t n_bytes, size_t size);

/*
 * A request of @n_bytes has been answered after @took_ms; @n_in_flight bytes were in flight until
 * then, its own among them.
 */
void window_note(struct window *w, size_t n_bytes, size_t n_in_flight, int64_t took_ms);
