#include "proto/message.h"

#include <stdlib.h>
#include <string.h>

#include "proto/util.h"

#define FIELD(S, kind, member, need, absent, doc) \
	{ #member, COMM_##kind, COMM_##need, offsetof(S, member), absent, 0, NULL, doc },
#define LIST(S, item, member, need, max, doc)  \
	{ #member,                             \
	  COMM_LIST,                           \
	  COMM_##need,                         \
	  offsetof(S, member),                 \
	  0,                                   \
	  max,                                 \
	  &comm_messages[COMM_MESSAGE_##item], \
	  doc },
#define OBJECT(S, item, member, need, doc)     \
	{ #member,                             \
	  COMM_OBJECT,                         \
	  COMM_##need,                         \
	  offsetof(S, member),                 \
	  0,                                   \
	  0,                                   \
	  &comm_messages[COMM_MESSAGE_##item], \
	  doc },
#define FIELDS(NAME, name, bare)                                                            \
	static const struct comm_field name##_fields[] = { COMM_##NAME(FIELD, LIST, OBJECT, \
								       struct comm_##name) };
COMM_MESSAGES(FIELDS)

#define MESSAGE(NAME, name, bare)                                                               \
	[COMM_MESSAGE_##name] = { #name, sizeof(struct comm_##name), ARRAY_SIZE(name##_fields), \
				  name##_fields, bare },

const struct comm_message comm_messages[COMM_N_MESSAGES] = {
	[COMM_MESSAGE_none] = { "none", sizeof(struct comm_none), 0, NULL, false },
	COMM_MESSAGES(MESSAGE)
};

const struct comm_method comm_methods[COMM_N_METHODS] = {
#define METHOD(NAME, name, params, result, doc)                                                    \
	[COMM_METHOD_##NAME] = { COMM_METHOD_##NAME, #name, &comm_messages[COMM_MESSAGE_##params], \
				 &comm_messages[COMM_MESSAGE_##result], doc },
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

char *comm_bytes_dup(struct comm_bytes b)
{
	return b.data ? strndup(b.data, b.len) : NULL;
}
