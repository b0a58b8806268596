#include "tests/e2e/coordinator.h"

#include <check.h>
#include <string.h>

#include "tests/e2e/e2e.h"

#define TOPIC "__consumer_offsets"

/* The first number of a key: what the record is about. */
#define KEY_METADATA 2 /* below: an offset that was committed */

/* A record's bytes from where they were read up to their end. Numbers are big-endian. */
struct bytes {
	const unsigned char *at;
	size_t left;
};

static uint64_t take_number(struct bytes *b, size_t size)
{
	uint64_t n = 0;

	e2e_check(b->left >= size, "a record of " TOPIC " is too short");
	for (size_t i = 0; i < size; i++)
		n = n << 8 | b->at[i];
	b->at += size;
	b->left -= size;
	return n;
}

static struct bytes take_string(struct bytes *b)
{
	size_t len = (size_t)take_number(b, 2);
	struct bytes string = { b->at, len };

	e2e_check(b->left >= len, "a record of " TOPIC " is too short");
	b->at += len;
	b->left -= len;
	return string;
}

/* Read one record: a later one takes the place of those before. */
static void look_at(const struct comm_record *record, const char *group,
		    struct coordinator_view *view)
{
	struct bytes key = { record->key, record->key_len };
	struct bytes value = { record->value, record->value_len };
	uint64_t about;
	struct bytes name;

	about = take_number(&key, 2);
	if (about > KEY_METADATA)
		return;
	name = take_string(&key);
	if (!record->value || name.left != strlen(group) || memcmp(name.at, group, name.left))
		return;
	(void)take_number(&value, 2);
	if (about == KEY_METADATA) {
		(void)take_string(&value);
		view->generation = (int32_t)take_number(&value, 4);
		return;
	}
	(void)take_string(&key);
	about = take_number(&key, 4);
	e2e_check(about < COORDINATOR_PARTITIONS_MAX, "partition %ju", (uintmax_t)about);
	view->committed[about] = (int64_t)take_number(&value, 8);
}

void coordinator_look(struct comm *c, const char *group, struct coordinator_view *ret)
{
	const struct comm_subscribe_options options = { .start = COMM_START_EARLIEST,
							.until_end = 1 };
	const char *topic = TOPIC;
	struct comm_subscription *s;

	ret->generation = -1;
	for (int i = 0; i < COORDINATOR_PARTITIONS_MAX; i++)
		ret->committed[i] = -1;
	assert_ok(c, comm_subscribe(c, NULL, &topic, 1, &options, &s));
	do {
		const struct comm_record *records;
		size_t n;

		assert_ok(c, comm_receive(s, 0, E2E_LIMIT_MS, &records, &n));
		for (size_t i = 0; i < n; i++)
			look_at(&records[i], group, ret);
	} while (!comm_is_at_end(s));
	assert_ok(c, comm_unsubscribe(s));
}
