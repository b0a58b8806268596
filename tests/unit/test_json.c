#include "proto/json.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base64.h"
#include "proto/doc.h"
#include "proto/errors.h"
#include "proto/json_message.h"
#include "tests/lib/hex.h"
#include "tests/lib/main.h"
#include "tests/lib/opened.h"
#include "tests/lib/walk.h"

/* ---- there and back ---- */

/* @object as the array of its fields, all the way down. */
static json_t *positional(const struct comm_message *type, const json_t *object)
{
	json_t *array = json_array();

	for (size_t i = 0; i < type->n_fields; i++) {
		const struct comm_field *f = comm_message_field(type, i);
		json_t *value = json_object_get(object, f->name), *list, *item;
		size_t k;

		if (f->kind == COMM_OBJECT && json_is_object(value)) {
			json_array_append_new(array, positional(comm_field_item(f), value));
		} else if (f->kind == COMM_LIST) {
			list = json_array();
			json_array_foreach(value, k, item) {
				if (json_is_object(item) && !json_object_get(item, "base64"))
					json_array_append_new(list,
							      positional(comm_field_item(f), item));
				else
					json_array_append(list, item);
			}
			json_array_append_new(array, list);
		} else {
			json_array_append(array, value);
		}
	}
	return array;
}

/* What @value has become is @msg, and is encoded in the same bytes as @msg itself. */
static void check_value(const struct comm_message *type, const void *msg, const json_t *value)
{
	_cleanup_opened_ struct opened m = { 0 };
	struct comm_buf bytes, wanted, again;
	struct comm_refusal why;

	comm_buf_init(&bytes);
	comm_buf_init(&wanted);
	comm_buf_init(&again);
	comm_buf_push(&bytes, "\x94\x01\x07\xc0", 4);
	ck_assert_msg(!comm_json_message(&bytes, type, value, &why), "%s: %s", comm_doc_name(type),
		      why.message);
	ck_assert_int_eq(opened_init(&m, hex_copy(comm_buf_bytes(&bytes), bytes.len)), 0);
	ck_assert_msg(!opened_decode(&m, type, COMM_STRICT), "%s: %s", comm_doc_name(type),
		      m.why.message);
	ck_assert_msg(walk_equal(type, msg, &m.as), "%s", comm_doc_name(type));

	ck_assert_int_eq(comm_encode_result(&wanted, 7, type, msg), 0);
	ck_assert_int_eq(comm_encode_result(&again, 7, type, &m.as), 0);
	ck_assert_uint_eq(again.len, wanted.len);
	ck_assert_mem_eq(comm_buf_bytes(&again), comm_buf_bytes(&wanted), wanted.len);
	comm_buf_fini(&bytes);
	comm_buf_fini(&wanted);
	comm_buf_fini(&again);
}

static json_t *parse(const struct comm_buf *line)
{
	json_error_t error;
	json_t *object = json_loadb(comm_buf_bytes(line), line->len, 0, &error);

	ck_assert_msg(object != NULL, "%s: %.*s", error.text, (int)line->len, comm_buf_bytes(line));
	return object;
}

static void check_round_trip(const struct comm_message *type, enum walk_style style)
{
	struct walk_memory *memory = calloc(1, sizeof *memory);
	char *msg = malloc(type->size);
	json_t *answer, *array;
	struct comm_buf line;

	ck_assert(memory && msg);
	comm_buf_init(&line);
	walk_fill(memory, type, style, msg);
	ck_assert_int_eq(comm_json_result(&line, 7, type, msg), 0);
	answer = parse(&line);
	ck_assert_int_eq(json_integer_value(json_object_get(answer, "id")), 7);
	check_value(type, msg, json_object_get(answer, "result"));
	array = positional(type, json_object_get(answer, "result"));
	check_value(type, msg, array);
	json_decref(array);
	json_decref(answer);
	comm_buf_fini(&line);
	free(memory);
	free(msg);
}

START_TEST(every_message_comes_back_as_it_was)
{
	for (size_t t = 0; t < COMM_N_MESSAGES; t++)
		for (int style = 0; style < WALK_N_STYLES; style++)
			if (!comm_messages[t].bare)
				check_round_trip(&comm_messages[t], (enum walk_style)style);
}
END_TEST

/* {"base64": …} stands for bytes, also for a message that is written as its first field alone. */
START_TEST(no_field_is_called_base64)
{
	for (size_t t = 0; t < COMM_N_MESSAGES; t++)
		for (size_t i = 0; i < comm_messages[t].n_fields; i++)
			ck_assert_str_ne(comm_message_field(&comm_messages[t], i)->name, "base64");
}
END_TEST

START_TEST(a_string_has_every_character)
{
	char all[127 + 4];
	struct comm_wire_setting setting = { comm_bytes_of("n"), { all, sizeof all } };
	json_t *answer, *value;
	struct comm_buf line;

	for (int c = 1; c < 128; c++)
		all[c - 1] = (char)c;
	memcpy(all + 127, "\xf0\x9f\x98\x80", 4);
	comm_buf_init(&line);
	ck_assert_int_eq(comm_json_result(&line, COMM_JSON_NO_ID,
					  &comm_messages[COMM_MESSAGE_wire_setting], &setting),
			 0);
	ck_assert_ptr_null(memchr(comm_buf_bytes(&line), '\n', line.len - 1));
	ck_assert(comm_buf_bytes(&line)[line.len - 1] == '\n');
	answer = parse(&line);
	value = json_object_get(json_object_get(answer, "result"), "value");
	ck_assert_uint_eq(json_string_length(value), sizeof all);
	ck_assert_mem_eq(json_string_value(value), all, sizeof all);
	json_decref(answer);
	comm_buf_fini(&line);
}
END_TEST

/* ---- what a line may hold ---- */

static int check_line(const char *line)
{
	struct comm_refusal why;

	return comm_json_check(line, strlen(line), &why);
}

START_TEST(depth_is_limited_before_anything_is_parsed)
{
	ck_assert_int_eq(check_line("[[[[[[[[]]]]]]]]"), 0);
	ck_assert_int_eq(check_line("[[[[[[[[[]]]]]]]]]"), COMM_EPROTOCOL);
	ck_assert_int_eq(check_line("{\"a\":[{\"b\":[{\"c\":[{\"d\":[{}]}]}]}]}"), COMM_EPROTOCOL);
	ck_assert_int_eq(check_line("[\"[[[[[[[[[[[[\",\"\\\"[[[[[[[[[[[[\"]"), 0);
	ck_assert_int_eq(check_line("[\"\\\\\",[[[[[[[[]]]]]]]]]"), COMM_EPROTOCOL);
	ck_assert_int_eq(check_line("[],[],[],[],[],[],[],[],[],[]"), 0);
	ck_assert_int_eq(check_line("]]]]]]]]]]]][[[[[[[[["), COMM_EPROTOCOL);
	ck_assert_int_eq(check_line("\"\\"), 0);
	ck_assert_int_eq(check_line(""), 0);
}
END_TEST

/* "[0,0,…]": a value each, the array and what the line begins with besides. */
static int check_values(size_t n, const char *item)
{
	_cleanup_free_ char *line = malloc(n * (strlen(item) + 1) + 2);
	char *end = line;

	ck_assert_ptr_nonnull(line);
	*end++ = '[';
	for (size_t i = 0; i < n; i++) {
		end = stpcpy(end, item);
		*end++ = ',';
	}
	end[-1] = ']';
	*end = '\0';
	return check_line(line);
}

START_TEST(values_are_limited_before_anything_is_parsed)
{
	ck_assert_int_eq(check_values(COMM_JSON_VALUES_MAX - 1, "0"), 0);
	ck_assert_int_eq(check_values(COMM_JSON_VALUES_MAX, "0"), COMM_ETOO_BIG);
	ck_assert_int_eq(check_values(COMM_JSON_VALUES_MAX / 2, "{}"), COMM_ETOO_BIG);
	ck_assert_int_eq(check_values(COMM_JSON_VALUES_MAX / 2 - 1, "\",,,,\""), 0);
	ck_assert_int_eq(check_values(COMM_RECORDS_MAX,
				      "{\"value\":\"v\",\"key\":\"k\",\"headers\":["
				      "[\"h\",\"x\"]]}"),
			 0);
}
END_TEST

START_TEST(a_refused_line_leaves_nothing_behind)
{
	static const char *const lines[] = {
		"{\"id\":1,\"method\":\"send\",\"params\":[\"t\",[\"a\",{\"kye\":1}]]}",
		"{\"id\":1,\"method\":\"send\",\"params\":[\"t\",[\"a\",{\"base64\":\"a\"}]]}",
		"{\"id\":1,\"method\":\"ping\",\"param\":[]}",
		"{\"id\":1,\"method\":",
		"{\"id\":-1,\"method\":\"ping\"}",
		"5",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct comm_json_request request;
		struct comm_refusal why;
		struct comm_buf out;

		comm_buf_init(&out);
		comm_buf_push(&out, "before", 6);
		ck_assert_int_gt(
			comm_json_request(&out, lines[i], strlen(lines[i]), &request, &why), 0);
		ck_assert_uint_gt(strlen(why.message), 0);
		ck_assert_uint_eq(out.len, 6);
		ck_assert(request.id == 1 || request.id == COMM_JSON_NO_ID);
		comm_buf_fini(&out);
	}
}
END_TEST

START_TEST(what_the_refusals_quote_is_cut)
{
	_cleanup_free_ char *line = malloc(5000);
	struct comm_json_request request;
	struct comm_refusal why;
	struct comm_buf out;

	ck_assert_ptr_nonnull(line);
	memset(line, 'x', 5000);
	memcpy(line, "{\"method\":\"send\",\"params\":{\"", 28);
	strcpy(line + 4900, "\":1}}");
	comm_buf_init(&out);
	ck_assert_int_eq(comm_json_request(&out, line, strlen(line), &request, &why),
			 COMM_EBAD_PARAMS);
	ck_assert_uint_lt(strlen(why.detail), sizeof why.detail);
	ck_assert_uint_lt(strlen(why.message), sizeof why.message);
	comm_buf_fini(&out);
}
END_TEST

/* ---- base64 ---- */

START_TEST(base64_is_that_of_the_rfc)
{
	static const struct {
		const char *bytes, *text;
	} cases[] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xff\xff\xbe", "//++" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t n = strlen(cases[i].bytes), len;
		char text[16], bytes[16];

		ck_assert_uint_eq(comm_base64_length(n), strlen(cases[i].text));
		comm_base64_encode(cases[i].bytes, n, text);
		ck_assert_mem_eq(text, cases[i].text, comm_base64_length(n));
		ck_assert_int_eq(comm_base64_decode(text, comm_base64_length(n), bytes, &len), 0);
		ck_assert_uint_eq(len, n);
		ck_assert_mem_eq(bytes, cases[i].bytes, n);
	}
}
END_TEST

START_TEST(base64_is_taken_strictly)
{
	static const char *const wrong[] = { "Z",    "Zg",   "Zg=",      "Zg==Zg==", "=",
					     "====", "Z===", "Zm9=",     "Zh==",     "Zm9v\n",
					     "Zm 9", "Zm9-", "Zg==Zm9v", "Z=g=",     "Zm9vYg=" };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		char bytes[16];
		size_t len;

		ck_assert_msg(comm_base64_decode(wrong[i], strlen(wrong[i]), bytes, &len) < 0, "%s",
			      wrong[i]);
	}
}
END_TEST

TEST_MAIN("json", every_message_comes_back_as_it_was, no_field_is_called_base64,
	  a_string_has_every_character, depth_is_limited_before_anything_is_parsed,
	  values_are_limited_before_anything_is_parsed, a_refused_line_leaves_nothing_behind,
	  what_the_refusals_quote_is_cut, base64_is_that_of_the_rfc, base64_is_taken_strictly)
