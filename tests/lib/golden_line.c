#include "tests/lib/golden_line.h"

#include <check.h>
#include <jansson.h>

#include "proto/json.h"
#include "tests/lib/opened.h"
#include "tests/unit/golden.h"

/* As an object: an answer with the same fields shows how they are written. */
static json_t *params_of(const struct comm_message *type, const void *params)
{
	json_t *answer, *fields;
	struct comm_buf line;

	comm_buf_init(&line);
	ck_assert_int_eq(comm_json_result(&line, COMM_JSON_NO_ID, type, params), 0);
	answer = json_loadb(comm_buf_bytes(&line), line.len, 0, NULL);
	ck_assert_ptr_nonnull(answer);
	fields = json_incref(json_object_get(answer, "result"));
	ck_assert_ptr_nonnull(fields);
	json_decref(answer);
	comm_buf_fini(&line);
	return fields;
}

char *golden_line(const struct golden *g)
{
	_cleanup_opened_ struct opened m = { 0 };
	const struct comm_message *type;
	json_t *request;
	char *line;

	ck_assert_int_eq(opened_init(&m, hex_read(g->hex)), 0);
	type = comm_method_params(comm_method_find(m.envelope.method));
	ck_assert_int_eq(opened_decode(&m, type, COMM_STRICT), 0);
	request = json_pack("{s:s, s:o}", "method", g->method, "params", params_of(type, &m.as));
	ck_assert_ptr_nonnull(request);
	line = json_dumps(request, JSON_COMPACT);
	ck_assert_ptr_nonnull(line);
	json_decref(request);
	return line;
}
