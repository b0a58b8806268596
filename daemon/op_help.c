/*
 * Everything help tells is in the schema's tables and their words: one row for each field there is,
 * in their order, so that the fields of a message are as many rows from its first on.
 */
#include "daemon/op.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/dispatch.h"
#include "proto/doc.h"
#include "proto/errors.h"

/* Longest text of a type, its NUL included. */
#define TYPE_SIZE 80

struct help {
	struct comm_wire_help_field *fields; /* owned; in the order of comm_fields */
	char (*types)[TYPE_SIZE];            /* owned; the texts of theirs */
	bool is_part[COMM_N_MESSAGES];       /* told among the parts */
	struct comm_wire_help_method methods[COMM_N_METHODS];
	size_t n_methods;
	struct comm_wire_help_part parts[COMM_N_MESSAGES];
	size_t n_parts;
};

static size_t count_fields(void)
{
	size_t n = 0;

	for (size_t i = 0; i < COMM_N_MESSAGES; i++)
		n += comm_messages[i].n_fields;
	return n;
}

static void write_type(const struct comm_field *f, char *out)
{
	static const char *const words[] = {
		[COMM_INT] = "integer", [COMM_BOOL] = "true or false", [COMM_STR] = "text",
		[COMM_BIN] = "bytes",   [COMM_LIST] = "list of ",      [COMM_OBJECT] = "",
	};
	bool has_part = f->kind == COMM_LIST || f->kind == COMM_OBJECT;
	int n = snprintf(out, TYPE_SIZE, "%s%s", words[f->kind],
			 has_part ? comm_doc_short_name(comm_field_item(f)) : "");

	if (f->kind == COMM_LIST && f->max < COMM_OBJECTS_MAX)
		(void)snprintf(out + n, TYPE_SIZE - (size_t)n, ", at most %u", f->max);
}

static struct comm_wire_help_field describe(const struct comm_field *f, char *type)
{
	static const char *const needs[] = {
		[COMM_NEED] = "required",
		[COMM_NIL] = "nullable",
		[COMM_OPT] = "optional",
	};

	write_type(f, type);
	return (struct comm_wire_help_field){
		.name = comm_bytes_of(f->name),
		.type = comm_bytes_of(type),
		.need = comm_bytes_of(needs[f->need]),
		.meaning = comm_bytes_of(comm_doc_field(f)),
	};
}

static struct help *help_free(struct help *h)
{
	if (h) {
		free(h->fields);
		free(h->types);
	}
	free(h);
	return NULL;
}

static struct help *help_new(void)
{
	struct help *h = calloc(1, sizeof *h);
	size_t n = count_fields();

	if (!h)
		return NULL;
	h->fields = calloc(n, sizeof *h->fields);
	h->types = calloc(n, sizeof *h->types);
	if (!h->fields || !h->types)
		return help_free(h);
	for (size_t i = 0; i < n; i++)
		h->fields[i] = describe(&comm_fields[i], h->types[i]);
	return h;
}

static struct comm_list fields_of(const struct help *h, const struct comm_message *type)
{
	return (struct comm_list){ h->fields + type->first, type->n_fields };
}

/* What is inside @type, and inside that. */
static void add_parts(struct help *h, const struct comm_message *type)
{
	for (size_t i = 0; i < type->n_fields; i++) {
		const struct comm_field *f = comm_message_field(type, i);
		const struct comm_message *part = comm_field_item(f);

		if ((f->kind != COMM_LIST && f->kind != COMM_OBJECT) || h->is_part[f->item])
			continue;
		h->is_part[f->item] = true;
		h->parts[h->n_parts++] = (struct comm_wire_help_part){
			.name = comm_bytes_of(comm_doc_short_name(part)),
			.fields = fields_of(h, part),
			.bare = part->bare,
		};
		add_parts(h, part);
	}
}

static void add_method(struct help *h, const struct comm_method *m)
{
	h->methods[h->n_methods++] = (struct comm_wire_help_method){
		.name = comm_bytes_of(m->name),
		.meaning = comm_bytes_of(comm_doc_method(m)),
		.params = fields_of(h, comm_method_params(m)),
		.result = fields_of(h, comm_method_result(m)),
	};
	add_parts(h, comm_method_params(m));
	add_parts(h, comm_method_result(m));
}

void op_help(struct request *r, const void *params)
{
	const struct comm_help_params *p = params;
	const struct comm_method *one = comm_method_find(p->method);
	struct comm_help_result result;
	struct help *h;

	if (p->method.data && !one) {
		dispatch_refuse_method(r, COMM_EBAD_VALUE, p->method);
		return;
	}
	h = help_new();
	if (!h) {
		request_fail_with(r, -ENOMEM, NULL);
		return;
	}
	for (size_t i = 0; i < COMM_N_METHODS; i++)
		if (!one || one == &comm_methods[i])
			add_method(h, &comm_methods[i]);
	result.methods = (struct comm_list){ h->methods, h->n_methods };
	result.parts = (struct comm_list){ h->parts, h->n_parts };
	request_answer_many(r, &result);
	help_free(h);
}
