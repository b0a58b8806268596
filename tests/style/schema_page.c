/*
 * Prints the part of proto/README.md that says what is in the schema, in Markdown.
 */

#include <inttypes.h>
#include <stdio.h>

#include "proto/doc.h"
#include "proto/error_table.h"
#include "proto/errors.h"
#include "proto/message.h"
#include "proto/util.h"

static void print_type(const struct comm_field *f)
{
	static const char *const names[] = {
		[COMM_INT] = "int",   [COMM_BOOL] = "bool",     [COMM_STR] = "str",
		[COMM_BIN] = "bytes", [COMM_LIST] = "list of ", [COMM_OBJECT] = "",
	};

	printf("%s", names[f->kind]);
	if (f->item)
		printf("[%s](#%s)", comm_doc_short_name(comm_field_item(f)),
		       comm_doc_short_name(comm_field_item(f)));
	if (f->kind == COMM_LIST && f->max < COMM_OBJECTS_MAX)
		printf(", at most %u", f->max);
}

static void print_need(const struct comm_field *f)
{
	static const char *const words[] = {
		[COMM_NEED] = "required",
		[COMM_NIL] = "may be nil",
		[COMM_OPT] = "optional",
	};

	printf("%s", words[f->need]);
	if (f->need != COMM_NEED && f->kind == COMM_INT && comm_field_absent(f) != COMM_NONE)
		printf(" (%" PRId64 ")", comm_field_absent(f));
	if (f->need != COMM_NEED && f->kind == COMM_BOOL)
		printf(" (%s)", comm_field_absent(f) ? "true" : "false");
}

static void print_fields(const struct comm_message *type)
{
	printf("| # | field | type | | meaning |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < type->n_fields; i++) {
		printf("| %zu | `%s` | ", i, comm_message_field(type, i)->name);
		print_type(comm_message_field(type, i));
		printf(" | ");
		print_need(comm_message_field(type, i));
		printf(" | %s |\n", comm_doc_field(comm_message_field(type, i)));
	}
	printf("\n");
}

static void print_side(const char *side, const struct comm_message *type)
{
	if (!type->n_fields) {
		printf("%s: an empty array.\n\n", side);
		return;
	}
	printf("%s:\n\n", side);
	print_fields(type);
}

static void print_methods(void)
{
	printf("## Methods\n\n| method | |\n|---|---|\n");
	for (size_t i = 0; i < COMM_N_METHODS; i++)
		printf("| [%s](#%s) | %s |\n", comm_methods[i].name, comm_methods[i].name,
		       comm_doc_method(&comm_methods[i]));
	printf("\n");
	for (size_t i = 0; i < COMM_N_METHODS; i++) {
		const struct comm_method *m = &comm_methods[i];

		printf("### %s\n\nThe method `%s` %s.\n\n", m->name, m->name, comm_doc_method(m));
		print_side("Parameters", comm_method_params(m));
		print_side("Result", comm_method_result(m));
	}
}

/* Messages inside messages; the others stand with their methods. */
static bool is_part(const struct comm_message *type)
{
	for (size_t i = 0; i < COMM_N_METHODS; i++)
		if (comm_method_params(&comm_methods[i]) == type ||
		    comm_method_result(&comm_methods[i]) == type)
			return false;
	return true;
}

static void print_parts(void)
{
	printf("## Parts of messages\n\n");
	for (size_t i = 0; i < COMM_N_MESSAGES; i++) {
		const struct comm_message *type = &comm_messages[i];

		if (!is_part(type))
			continue;
		printf("### %s\n\n", comm_doc_short_name(type));
		if (type->bare)
			printf("May be written as its `%s` alone, without the array around it.\n\n",
			       comm_message_field(type, 0)->name);
		print_fields(type);
	}
}

static void print_errors(void)
{
	printf("## Errors\n\n| code | name | retriable | sentence |\n|---|---|---|---|\n");
	for (int code = 1; code < COMM_ERROR_LAST; code++) {
		const struct comm_error_info *e = comm_error_find(code);

		if (e)
			printf("| %d | `%s` | %s | %s |\n", code, e->name,
			       e->retriable ? "yes" : "no", e->sentence);
	}
	printf("\n");
}

static void print_limits(void)
{
	static const struct {
		int limit;
		const char *of;
	} limits[] = {
		{ COMM_MESSAGE_MAX, "bytes of one message, either way; a daemon may allow less" },
		{ COMM_DEPTH_MAX, "containers inside containers, the message's own included" },
		{ COMM_OBJECTS_MAX, "values in one message, containers and what is in them" },
		{ COMM_JSON_LINE_MAX, "bytes of one JSON line to the daemon" },
		{ COMM_JSON_VALUES_MAX, "values in it, names included" },
		{ COMM_JSON_ANSWER_MAX, "bytes of one JSON line from the daemon" },
		{ COMM_RECORDS_MAX, "records in one `send` or `receive`" },
		{ COMM_HEADERS_MAX, "headers of one record sent" },
		{ COMM_TOPICS_MAX, "topics of one subscription" },
		{ COMM_TOPIC_REFS_MAX, "topics and single partitions that one request names" },
		{ COMM_SETTINGS_MAX, "settings of a topic in one request" },
		{ COMM_TOPIC_NAME_MAX, "bytes of a topic's name" },
		{ COMM_NAME_MAX, "bytes of any other name" },
		{ COMM_METHOD_NAME_MAX, "bytes of a method's name" },
		{ COMM_TIMEOUT_MAX_MS, "milliseconds that a request may ask to wait" },
	};

	printf("## Sizes and counts\n\n| at most | |\n|---|---|\n");
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		printf("| %d | %s |\n", limits[i].limit, limits[i].of);
}

int main(void)
{
	printf("Protocol version %d.\n\n", COMM_PROTOCOL_VERSION);
	print_methods();
	print_parts();
	print_errors();
	print_limits();
	return ferror(stdout) ? 1 : 0;
}
