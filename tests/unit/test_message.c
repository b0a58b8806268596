#include "proto/message.h"

#include <stdlib.h>
#include <string.h>

#include "proto/doc.h"
#include "proto/utf8.h"
#include "tests/lib/main.h"
#include "tests/lib/walk.h"

static void each_field(void (*check)(const struct comm_message *, const struct comm_field *))
{
	for (size_t m = 0; m < COMM_N_MESSAGES; m++)
		for (size_t i = 0; i < comm_messages[m].n_fields; i++)
			check(&comm_messages[m], comm_message_field(&comm_messages[m], i));
}

START_TEST(what_may_be_left_out_comes_last)
{
	for (size_t m = 0; m < COMM_N_MESSAGES; m++) {
		const struct comm_message *type = &comm_messages[m];
		bool optional = false;

		for (size_t i = 0; i < type->n_fields; i++) {
			ck_assert_msg(!optional || comm_message_field(type, i)->need == COMM_OPT,
				      "%s.%s", comm_doc_name(type),
				      comm_message_field(type, i)->name);
			optional = comm_message_field(type, i)->need == COMM_OPT;
		}
	}
}
END_TEST

START_TEST(messages_have_names_of_their_own)
{
	ck_assert_str_eq(comm_doc_name(&comm_messages[COMM_MESSAGE_none]), "none");
	for (size_t m = 0; m < COMM_N_MESSAGES; m++)
		for (size_t other = 0; other < m; other++)
			ck_assert_str_ne(comm_doc_name(&comm_messages[m]),
					 comm_doc_name(&comm_messages[other]));
}
END_TEST

START_TEST(fields_have_names_of_their_own)
{
	for (size_t m = 0; m < COMM_N_MESSAGES; m++) {
		const struct comm_field *fields = comm_message_field(&comm_messages[m], 0);

		for (size_t i = 0; i < comm_messages[m].n_fields; i++)
			for (size_t other = 0; other < i; other++)
				ck_assert_msg(strcmp(fields[i].name, fields[other].name), "%s.%s",
					      comm_doc_name(&comm_messages[m]), fields[i].name);
	}
}
END_TEST

static void check_doc(const struct comm_message *type, const struct comm_field *f)
{
	const char *doc = comm_doc_field(f);

	ck_assert_msg(doc && strlen(doc) > 3, "%s.%s", comm_doc_name(type), f->name);
	ck_assert_msg(!strchr(doc, '|') && !strchr(doc, '\n'), "%s.%s breaks the page's table",
		      comm_doc_name(type), f->name);
	ck_assert(comm_utf8_is_valid(comm_bytes_of(doc)));
}

START_TEST(each_field_is_explained)
{
	each_field(check_doc);
}
END_TEST

static void check_inside(const struct comm_message *type, const struct comm_field *f)
{
	bool is_container = f->kind == COMM_LIST || f->kind == COMM_OBJECT;

	ck_assert_msg(is_container == !!f->item, "%s.%s", comm_doc_name(type), f->name);
	ck_assert_msg(is_container ? comm_field_item(f)->n_fields > 0 : true, "%s.%s",
		      comm_doc_name(type), f->name);
	if (f->kind == COMM_LIST)
		ck_assert_msg(f->max > 0 && f->max <= COMM_OBJECTS_MAX, "%s.%s",
			      comm_doc_name(type), f->name);
	/* An item inside an object that may be written bare could not be told from its array. */
	ck_assert_msg(f->kind != COMM_OBJECT || !comm_field_item(f)->bare, "%s.%s",
		      comm_doc_name(type), f->name);
	ck_assert_uint_lt(f->offset, type->size);
}

START_TEST(lists_and_objects_say_of_what)
{
	each_field(check_inside);
}
END_TEST

START_TEST(bare_messages_are_told_from_arrays)
{
	for (size_t m = 0; m < COMM_N_MESSAGES; m++) {
		const struct comm_message *type = &comm_messages[m];

		if (!type->bare)
			continue;
		ck_assert_msg(type->n_fields > 0, "%s", comm_doc_name(type));
		ck_assert_msg(comm_message_field(type, 0)->need != COMM_OPT, "%s",
			      comm_doc_name(type));
		ck_assert_msg(comm_message_field(type, 0)->kind != COMM_LIST &&
				      comm_message_field(type, 0)->kind != COMM_OBJECT,
			      "%s", comm_doc_name(type));
		for (size_t i = 1; i < type->n_fields; i++)
			ck_assert_msg(comm_message_field(type, i)->need == COMM_OPT ||
					      type->n_fields == 1,
				      "%s", comm_doc_name(type));
	}
}
END_TEST

START_TEST(each_message_fits_under_the_limit_of_depth)
{
	unsigned int deepest = 0;

	for (size_t m = 0; m < COMM_N_METHODS; m++) {
		deepest = MAX(deepest, 1 + walk_depth(comm_method_params(&comm_methods[m])));
		deepest = MAX(deepest, 1 + walk_depth(comm_method_result(&comm_methods[m])));
	}
	ck_assert_uint_le(deepest, COMM_DEPTH_MAX);
}
END_TEST

START_TEST(each_method_is_found_by_its_name)
{
	for (int m = 0; m < COMM_N_METHODS; m++) {
		const struct comm_method *method = &comm_methods[m];
		const char *doc = comm_doc_method(method);

		ck_assert_int_eq((int)method->id, m);
		ck_assert_ptr_eq(comm_method_find(comm_bytes_of(method->name)), method);
		ck_assert_uint_le(strlen(method->name), COMM_METHOD_NAME_MAX);
		ck_assert_msg(strlen(doc) > 3 && !strchr(doc, '|'), "%s", method->name);
	}
}
END_TEST

START_TEST(other_names_have_no_method)
{
	ck_assert_ptr_null(comm_method_find(comm_bytes_of("")));
	ck_assert_ptr_null(comm_method_find(comm_bytes_of(NULL)));
	ck_assert_ptr_null(comm_method_find(comm_bytes_of("pin")));
	ck_assert_ptr_null(comm_method_find(comm_bytes_of("pings")));
	ck_assert_ptr_null(comm_method_find(comm_bytes_of("PING")));
	ck_assert_ptr_null(comm_method_find((struct comm_bytes){ "ping\0", 5 }));
	ck_assert_ptr_nonnull(comm_method_find((struct comm_bytes){ "pings", 4 }));
}
END_TEST

START_TEST(bytes_of_nil_are_nil)
{
	char *copy;

	ck_assert_ptr_null(comm_bytes_of(NULL).data);
	ck_assert_ptr_nonnull(comm_bytes_of("").data);
	ck_assert(comm_bytes_is(comm_bytes_of(""), ""));
	ck_assert(!comm_bytes_is(comm_bytes_of(NULL), ""));
	ck_assert_ptr_null(comm_bytes_dup(comm_bytes_of(NULL)));
	copy = comm_bytes_dup((struct comm_bytes){ "orders!", 6 });
	ck_assert_str_eq(copy, "orders");
	free(copy);
	copy = comm_bytes_dup(comm_bytes_of(""));
	ck_assert_str_eq(copy, "");
	free(copy);
}
END_TEST

TEST_MAIN("message", what_may_be_left_out_comes_last, messages_have_names_of_their_own,
	  fields_have_names_of_their_own, each_field_is_explained, lists_and_objects_say_of_what,
	  bare_messages_are_told_from_arrays, each_message_fits_under_the_limit_of_depth,
	  each_method_is_found_by_its_name, other_names_have_no_method, bytes_of_nil_are_nil)
