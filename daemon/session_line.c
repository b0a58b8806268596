#include "daemon/session_line.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "daemon/daemon.h"
#include "daemon/dispatch.h"
#include "daemon/session.h"
#include "daemon/session_read.h"
#include "proto/errors.h"
#include "proto/json.h"
#include "proto/refusal.h"
#include "proto/util.h"

static bool is_blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isspace((unsigned char)line[i]))
			return false;
	return true;
}

/* What a line has become is one message like another; a smaller limit than the line's may hold for it. */
static int run_message(struct session *s, const struct comm_buf *message,
		       struct comm_refusal *ret_why)
{
	enum comm_scan_result r;

	comm_scan_start(&s->scan, s->daemon->config->limits_message_max);
	r = comm_scan(&s->scan, comm_buf_bytes(message), message->len);
	if (r != COMM_SCAN_MESSAGE)
		return comm_refuse(ret_why, NULL,
				   r == COMM_SCAN_TOO_BIG || r == COMM_SCAN_TOO_MANY
					   ? COMM_ETOO_BIG
					   : COMM_EPROTOCOL,
				   "%s", comm_scan_sentence(r));
	return dispatch_message(s, comm_buf_bytes(message), ret_why);
}

int session_line_run(struct session *s, const char *line, size_t len)
{
	struct comm_json_request request;
	struct comm_refusal why;
	struct comm_buf message;
	int error;

	if (is_blank(line, len))
		return 0;
	comm_buf_init(&message);
	error = comm_json_request(&message, line, len, &request, &why);
	if (!error)
		error = run_message(s, &message, &why);
	if (error && error != COMM_EAGAIN)
		error = dispatch_refuse(s, request.id, request.method, error, &why);
	comm_buf_fini(&message);
	return error == COMM_EAGAIN ? COMM_EAGAIN : 0;
}

/* Nothing is kept of a line that is too long, so that nobody can say where the next one begins. */
static void refuse_length(struct session *s, size_t limit)
{
	char sentence[128];

	(void)snprintf(
		sentence, sizeof sentence,
		"the line is longer than %zu bytes; send fewer records in one line, or speak "
		"MessagePack",
		limit);
	s->daemon->stats.connections_broken_total++;
	session_read_refuse(s, COMM_ETOO_BIG, sentence);
}

size_t session_line_take(struct session *s, const char *bytes, size_t len)
{
	size_t limit = MIN((size_t)COMM_JSON_LINE_MAX, s->daemon->config->limits_message_max);
	const char *end = memchr(bytes + s->line_seen, '\n', len - s->line_seen);
	size_t n = end ? (size_t)(end - bytes) : len;

	if (n > limit) {
		refuse_length(s, limit);
		return 0;
	}
	s->line_seen = end ? 0 : n;
	if (!end)
		return 0;
	return session_line_run(s, bytes, n) ? 0 : n + 1;
}
