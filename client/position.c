#include "client/subscription.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/client.h"

#define ROOM_MIN 8

/* By topic, then by partition. */
static int compare(const struct position *p, struct comm_bytes topic, int32_t partition)
{
	int r = comm_bytes_compare((struct comm_bytes){ p->topic, p->topic_len }, topic);

	return r ? r : (p->partition > partition) - (p->partition < partition);
}

/* The first that is not before these. */
static size_t find(const struct positions *all, struct comm_bytes topic, int32_t partition)
{
	size_t low = 0, high = all->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare(all->items[mid], topic, partition) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool is_there(const struct positions *all, size_t i, struct comm_bytes topic,
		     int32_t partition)
{
	return i < all->n && !compare(all->items[i], topic, partition);
}

static int insert(struct positions *all, size_t i, struct comm_bytes topic, int32_t partition,
		  int64_t next)
{
	size_t room = all->room ? 2 * all->room : ROOM_MIN;
	struct position **items, *p;

	if (all->n == all->room) {
		items = realloc(all->items, room * sizeof(struct position *));
		if (!items)
			return -ENOMEM;
		all->items = items;
		all->room = room;
	}
	p = malloc(sizeof *p + topic.len);
	if (!p)
		return -ENOMEM;
	p->next = next;
	p->partition = partition;
	p->topic_len = topic.len;
	memcpy(p->topic, topic.data, topic.len);
	memmove(&all->items[i + 1], &all->items[i], (all->n - i) * sizeof(struct position *));
	all->items[i] = p;
	all->n++;
	return 0;
}

int positions_add(struct positions *all, struct comm_bytes topic, int32_t partition, int64_t next)
{
	size_t i = find(all, topic, partition);

	return is_there(all, i, topic, partition) ? 0 : insert(all, i, topic, partition, next);
}

int positions_add_told(struct comm_subscription *s, const struct comm_wire_position *p)
{
	if (p->partition < 0 || p->partition > INT32_MAX || p->offset < 0)
		return client_fail(s->c, COMM_EPROTOCOL,
				   "the answer of commd on %s lacks an offset",
				   s->c->connection.path);
	if (positions_add(&s->positions, p->topic, (int32_t)p->partition, p->offset))
		return client_no_memory(s->c);
	return 0;
}

void positions_set(struct positions *all, struct comm_bytes topic, int32_t partition, int64_t next)
{
	size_t i = find(all, topic, partition);

	if (is_there(all, i, topic, partition))
		all->items[i]->next = next;
}

const struct position *positions_find(const struct positions *all, struct comm_bytes topic,
				      int32_t partition)
{
	size_t i = find(all, topic, partition);

	return is_there(all, i, topic, partition) ? all->items[i] : NULL;
}

void positions_remove(struct positions *all, struct comm_bytes topic, int32_t partition)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct position *p = all->items[i];

		if (topic.len && compare(p, topic, partition < 0 ? p->partition : partition))
			all->items[n++] = p;
		else
			free(p);
	}
	all->n = n;
}

size_t positions_list(const struct positions *all, struct comm_bytes topic,
		      struct comm_wire_topic_ref *ret)
{
	size_t i = find(all, topic, 0), n = 0;

	for (; i < all->n && !compare(all->items[i], topic, all->items[i]->partition); i++)
		ret[n++] = (struct comm_wire_topic_ref){ topic, all->items[i]->partition,
							 all->items[i]->next };
	return n;
}

void positions_fini(struct positions *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->items[i]);
	free(all->items);
}
