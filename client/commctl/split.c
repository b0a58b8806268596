#include "client/commctl/split.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"
#include "proto/util.h"

#define FRAME_HEAD 4
#define FRAME_NULL UINT32_MAX

void split_init(struct split *s, const char *delim, size_t delim_len)
{
	*s = (struct split){ .delim = delim, .delim_len = delim_len, .max = COMM_MESSAGE_MAX };
}

void split_fini(struct split *s)
{
	free(s->data);
	s->data = NULL;
}

char *split_room(struct split *s, size_t len)
{
	size_t capacity = s->capacity ? s->capacity : len;
	char *data;

	if (s->start && s->capacity - s->start - s->len < len) {
		memmove(s->data, s->data + s->start, s->len);
		s->start = 0;
	}
	if (s->data && s->capacity - s->start - s->len >= len)
		return s->data + s->start + s->len;
	while (capacity - s->len < len)
		capacity *= 2;
	data = realloc(s->data, capacity);
	if (!data)
		return NULL;
	s->data = data;
	s->capacity = capacity;
	return data + s->start + s->len;
}

void split_grew(struct split *s, size_t len)
{
	s->len += len;
}

void split_end(struct split *s)
{
	s->is_ended = true;
}

static void drop(struct split *s, size_t len)
{
	s->start = len == s->len ? 0 : s->start + len;
	s->len -= len;
	s->scanned = 0;
}

/* Returns where the delimiter is, NULL if it is not there yet. */
static const char *find_delim(struct split *s)
{
	const char *from = s->data + s->start + s->scanned;
	size_t len = s->len - s->scanned;
	const char *found = NULL;

	if (len)
		found = s->delim_len == 1 ? memchr(from, *s->delim, len)
					  : memmem(from, len, s->delim, s->delim_len);
	/* The bytes at the end may be the first ones of a delimiter. */
	if (!found && s->len >= s->delim_len)
		s->scanned = s->len - (s->delim_len - 1);
	return found;
}

/* Go on passing over a record too big. Returns whether its end was found. */
static bool skip_line(struct split *s)
{
	const char *end = find_delim(s);

	if (end)
		drop(s, (size_t)(end - (s->data + s->start)) + s->delim_len);
	else
		drop(s, s->is_ended ? s->len : s->scanned);
	s->skipping = !end && !s->is_ended;
	return !s->skipping;
}

static enum split_result next_line(struct split *s, struct piece *ret)
{
	const char *begin, *end;

	if (s->skipping && !skip_line(s))
		return SPLIT_MORE;
	begin = s->data + s->start;
	end = s->len ? find_delim(s) : NULL;
	ret->bytes = begin;
	ret->len = end ? (size_t)(end - begin) : s->len;
	if (ret->len > s->max) {
		s->skipping = true;
		return SPLIT_TOO_BIG;
	}
	if (end) {
		drop(s, ret->len + s->delim_len);
		return SPLIT_RECORD;
	}
	if (!s->is_ended)
		return SPLIT_MORE;
	if (!s->len)
		return SPLIT_END;
	drop(s, s->len);
	return SPLIT_RECORD;
}

static uint32_t frame_length(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static enum split_result next_frame(struct split *s, struct piece *ret)
{
	size_t n = MIN(s->skip, s->len);
	uint32_t length;

	s->skip -= n;
	drop(s, n);
	if (s->skip || s->len < FRAME_HEAD) {
		bool is_torn = s->is_ended && s->len;

		drop(s, s->is_ended ? s->len : 0);
		return is_torn ? SPLIT_TORN : s->is_ended ? SPLIT_END : SPLIT_MORE;
	}
	length = frame_length(s->data + s->start);
	if (length != FRAME_NULL && length > s->max) {
		s->skip = (size_t)FRAME_HEAD + length;
		return SPLIT_TOO_BIG;
	}
	ret->len = length == FRAME_NULL ? 0 : length;
	ret->bytes = length == FRAME_NULL ? NULL : s->data + s->start + FRAME_HEAD;
	if (s->len - FRAME_HEAD < ret->len) {
		if (!s->is_ended)
			return SPLIT_MORE;
		drop(s, s->len);
		return SPLIT_TORN;
	}
	drop(s, FRAME_HEAD + ret->len);
	return SPLIT_RECORD;
}

enum split_result split_next(struct split *s, struct piece *ret)
{
	return s->delim ? next_line(s, ret) : next_frame(s, ret);
}
