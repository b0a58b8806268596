#include "proto/doc.h"

#define FIELD(S, kind, member, need, absent, doc) doc,
#define LIST(S, item, member, need, max, doc)     doc,
#define OBJECT(S, item, member, need, doc)        doc,
#define DOCS(NAME, name, bare) \
	static const char *const name##_docs[] = { COMM_##NAME(FIELD, LIST, OBJECT, ) };
COMM_MESSAGES(DOCS)

static const struct {
	const char *name;
	const char *const *docs;
} messages[COMM_N_MESSAGES] = { [COMM_MESSAGE_none] = { "none", NULL },
#define MESSAGE(NAME, name, bare) [COMM_MESSAGE_##name] = { #name, name##_docs },
				COMM_MESSAGES(MESSAGE)
#undef MESSAGE
};

static const char *const methods[COMM_N_METHODS] = {
#define METHOD(NAME, name, params, result, doc) [COMM_METHOD_##NAME] = doc,
	COMM_METHODS(METHOD)
#undef METHOD
};

const char *comm_doc_name(const struct comm_message *type)
{
	return messages[type - comm_messages].name;
}

const char *comm_doc_field(const struct comm_message *type, const struct comm_field *f)
{
	return messages[type - comm_messages].docs[f - type->fields];
}

const char *comm_doc_method(enum comm_method_id id)
{
	return methods[id];
}
