#include "proto/doc.h"

#include <string.h>

#define NAME(NAME, name, bare) [COMM_MESSAGE_##name] = #name,
static const char *const names[COMM_N_MESSAGES] = { [COMM_MESSAGE_none] = "none",
						    COMM_MESSAGES(NAME) };

/* In the order of comm_fields. */
#define FIELD(S, kind, member, need, absent, doc) doc,
#define LIST(S, item, member, need, max, doc)     doc,
#define OBJECT(S, item, member, need, doc)        doc,
#define FIELDS(NAME, name, bare)                  COMM_##NAME(FIELD, LIST, OBJECT, )
static const char *const fields[] = { COMM_MESSAGES(FIELDS) };

#define METHOD(NAME, name, params, result, doc) doc,
static const char *const methods[COMM_N_METHODS] = { COMM_METHODS(METHOD) };

const char *comm_doc_name(const struct comm_message *type)
{
	return names[type - comm_messages];
}

const char *comm_doc_short_name(const struct comm_message *type)
{
	static const char prefix[] = "wire_";
	const char *name = comm_doc_name(type);

	return strncmp(name, prefix, sizeof prefix - 1) ? name : name + sizeof prefix - 1;
}

const char *comm_doc_field(const struct comm_field *f)
{
	return fields[f - comm_fields];
}

const char *comm_doc_method(const struct comm_method *m)
{
	return methods[m->id];
}
