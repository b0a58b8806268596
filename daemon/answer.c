#include "daemon/answer.h"

#include "daemon/session.h"
#include "proto/codec.h"
#include "proto/json.h"

int answer_result(struct session *s, uint64_t id, const struct comm_message *type,
		  const void *result)
{
	if (s->encoding == SESSION_JSON)
		return comm_json_result(&s->out.filling, id, type, result);
	return comm_encode_result(&s->out.filling, id, type, result);
}

int answer_error(struct session *s, uint64_t id, const struct comm_wire_error *error)
{
	if (s->encoding == SESSION_JSON)
		return comm_json_error(&s->out.filling, id, error);
	return comm_encode_error(&s->out.filling, id, error);
}

size_t answer_max(const struct session *s)
{
	return s->encoding == SESSION_JSON ? COMM_JSON_ANSWER_MAX : COMM_MESSAGE_MAX;
}

/* A value has at least one byte. */
static bool has_few_values(const struct comm_buf *out, size_t from)
{
	size_t len = out->len - from;
	struct comm_scan scan;

	if (len <= COMM_OBJECTS_MAX)
		return true;
	comm_scan_start(&scan, COMM_MESSAGE_MAX);
	return comm_scan(&scan, comm_buf_bytes(out) + from, len) == COMM_SCAN_MESSAGE;
}

bool answer_fits(const struct session *s, size_t from, bool may_have_many)
{
	const struct comm_buf *out = &s->out.filling;

	if (out->len - from > answer_max(s))
		return false;
	/* Lines are read by people and scripts, whose parsers have no such limit. */
	return s->encoding == SESSION_JSON || !may_have_many || has_few_values(out, from);
}
