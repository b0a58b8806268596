#include "client/commctl/ranges.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/util.h"

/* Two numbers, a dash and a comma. */
#define TEXT_BYTES 48

void ranges_init(struct ranges *r)
{
	r->n = 0;
}

/* The first run that @number is in, behind or before, but touches; or the one to insert it at. */
static size_t find(const struct ranges *r, uint64_t number)
{
	size_t low = 0, high = r->n;

	if (r->n && r->items[r->n - 1].last + 1 < number)
		return r->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->items[mid].last + 1 < number)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void move(struct ranges *r, size_t from, size_t to)
{
	memmove(&r->items[to], &r->items[from], (r->n - from) * sizeof *r->items);
	r->n += to - from;
}

static bool insert(struct ranges *r, size_t i, uint64_t number)
{
	if (r->n == RANGES_MAX)
		return false;
	move(r, i, i + 1);
	r->items[i] = (struct range){ number, number };
	return true;
}

bool ranges_add(struct ranges *r, uint64_t number)
{
	size_t i = find(r, number);
	struct range *at = &r->items[i];

	if (i == r->n || number + 1 < at->first)
		return insert(r, i, number);
	if (number < at->first) {
		at->first = number;
	} else if (number > at->last) {
		at->last = number;
		if (i + 1 < r->n && at[1].first == number + 1) {
			at->last = at[1].last;
			move(r, i + 2, i + 1);
		}
	}
	return true;
}

size_t ranges_format(const struct ranges *r, size_t max, char *ret, size_t size)
{
	size_t i = 0, len = 0;

	*ret = '\0';
	for (; i < r->n && i < max; i++) {
		const struct range *at = &r->items[i];
		char text[TEXT_BYTES];
		int n = snprintf(text, sizeof text, "%s%" PRIu64, i ? ", " : "", at->first);

		if (at->last > at->first)
			n += snprintf(text + n, sizeof text - (size_t)n, "-%" PRIu64, at->last);
		if (len + (size_t)n >= size)
			break;
		memcpy(ret + len, text, (size_t)n + 1);
		len += (size_t)n;
	}
	return i;
}

uint64_t ranges_count(const struct ranges *r, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < MIN(n, r->n); i++)
		sum += r->items[i].last - r->items[i].first + 1;
	return sum;
}

void ranges_drop(struct ranges *r, size_t n)
{
	move(r, n, 0);
}
