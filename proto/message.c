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
#define HAS_ROOM(S, type, member, ...) \
	_Static_assert(sizeof #member <= COMM_FIELD_NAME_SIZE, #member " is too long");
#define IS_SHORT(S, kind, member, need, none, doc)                                               \
	HAS_ROOM(S, kind, member)                                                                \
	_Static_assert((none) == COMM_NONE || ((none) > COMM_FIELD_NONE && (none) <= INT32_MAX), \
		       #member " is too much");
#define CHECK(NAME, name, bare) COMM_##NAME(IS_SHORT, HAS_ROOM, HAS_ROOM, )
COMM_MESSAGES(CHECK)

#define FIELDS(NAME, name, bare)                                                            \
	static const struct comm_field name##_fields[] = { COMM_##NAME(FIELD, LIST, OBJECT, \
								       struct comm_##name) };
COMM_MESSAGES(FIELDS)

#define MESSAGE(NAME, name, bare)                                            \
	[COMM_MESSAGE_##name] = { name##_fields, sizeof(struct comm_##name), \
				  ARRAY_SIZE(name##_fields), bare },

const struct comm_message comm_messages[COMM_N_MESSAGES] = {
	[COMM_MESSAGE_none] = { NULL, sizeof(struct comm_none), 0, false }, COMM_MESSAGES(MESSAGE)
};

const struct comm_method comm_methods[COMM_N_METHODS] = {
#define METHOD(NAME, name, params, result, doc)                                                    \
	[COMM_METHOD_##NAME] = { COMM_METHOD_##NAME, #name, &comm_messages[COMM_MESSAGE_##params], \
				 &comm_messages[COMM_MESSAGE_##result] },
	COMM_METHODS(METHOD)
#undef METHOD
};

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
