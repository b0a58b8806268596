#include "proto/message.h"

#include <stdlib.h>
#include <string.h>

#include "proto/util.h"

#define ABSENT(none) ((none) == COMM_NONE ? COMM_FIELD_NONE : (int32_t)(none))

#define FIELD(S, k, member, n, none, doc) \
	{ .name = #member,                \
	  .kind = COMM_##k,               \
	  .need = COMM_##n,               \
	  .offset = offsetof(S, member),  \
	  .absent = ABSENT(none) },
#define LIST(S, type, member, n, most, doc) \
	{ .name = #member,                  \
	  .kind = COMM_LIST,                \
	  .need = COMM_##n,                 \
	  .offset = offsetof(S, member),    \
	  .max = most,                      \
	  .item = COMM_MESSAGE_##type },
#define OBJECT(S, type, member, n, doc)  \
	{ .name = #member,               \
	  .kind = COMM_OBJECT,           \
	  .need = COMM_##n,              \
	  .offset = offsetof(S, member), \
	  .item = COMM_MESSAGE_##type },
#define HAS_ROOM(S, kind, member, ...) \
	_Static_assert(sizeof #member <= COMM_FIELD_NAME_SIZE, #member " is too long");
#define IS_SHORT(S, kind, member, need, none, doc)                                               \
	HAS_ROOM(S, kind, member, need)                                                          \
	_Static_assert((none) == COMM_NONE || ((none) > COMM_FIELD_NONE && (none) <= INT32_MAX), \
		       #member " is too much");
#define CHECK(NAME, name, bare) COMM_##NAME(IS_SHORT, HAS_ROOM, HAS_ROOM, )
COMM_MESSAGES(CHECK)

#define FIELDS(NAME, name, bare) COMM_##NAME(FIELD, LIST, OBJECT, struct comm_##name)
const struct comm_field comm_fields[] = { COMM_MESSAGES(FIELDS) };

/* Where each message's fields are among them. */
#define ONE(...) +1
#define PLACE(NAME, name, bare) \
	FIRST_##name, LAST_##name = FIRST_##name - 1 COMM_##NAME(ONE, ONE, ONE, ),
enum { COMM_MESSAGES(PLACE) N_FIELDS };
_Static_assert(ARRAY_SIZE(comm_fields) == N_FIELDS, "fields are not where they should be");

#define MESSAGE(NAME, name, bare)                                           \
	[COMM_MESSAGE_##name] = { FIRST_##name, sizeof(struct comm_##name), \
				  LAST_##name - FIRST_##name + 1, bare },
const struct comm_message comm_messages[COMM_N_MESSAGES] = {
	[COMM_MESSAGE_none] = { 0, sizeof(struct comm_none), 0, false }, COMM_MESSAGES(MESSAGE)
};

#define METHOD(NAME, name, params, result, doc)                                    \
	[COMM_METHOD_##NAME] = { #name, COMM_METHOD_##NAME, COMM_MESSAGE_##params, \
				 COMM_MESSAGE_##result },
const struct comm_method comm_methods[COMM_N_METHODS] = { COMM_METHODS(METHOD) };

#define IS_NAMED(NAME, name, params, result, doc) \
	_Static_assert(sizeof #name <= COMM_METHOD_NAME_SIZE, #name " is too long");
COMM_METHODS(IS_NAMED)

const struct comm_method *comm_method_find(struct comm_bytes name)
{
	for (size_t i = 0; i < COMM_N_METHODS; i++)
		if (comm_bytes_is(name, comm_methods[i].name))
			return &comm_methods[i];
	return NULL;
}

struct comm_bytes comm_bytes_of(const char *s)
{
	return s ? (struct comm_bytes){ s, strlen(s) } : (struct comm_bytes){ NULL, 0 };
}

bool comm_bytes_is(struct comm_bytes b, const char *s)
{
	return b.data && b.len == strlen(s) && !memcmp(b.data, s, b.len);
}

int comm_bytes_compare(struct comm_bytes a, struct comm_bytes b)
{
	int r = memcmp(a.data, b.data, MIN(a.len, b.len));

	return r ? r : (a.len > b.len) - (a.len < b.len);
}

char *comm_bytes_dup(struct comm_bytes b)
{
	return b.data ? strndup(b.data, b.len) : NULL;
}
