#include "tests/lib/lines.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "proto/buf.h"
#include "proto/util.h"
#include "tests/lib/wire.h"

#define LIMIT_MS 10000
#define ROOM     (64 * 1024)

void lines_write(int fd, const char *text)
{
	wire_write(fd, text, strlen(text));
}

/* Take what belongs to the line: look at the bytes first. Returns whether it is whole. */
static bool read_some(int fd, struct comm_buf *line)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	const char *end;
	ssize_t n, take;
	char *room;

	ck_assert_int_eq(comm_buf_reserve(line, ROOM, &room), 0);
	ck_assert_msg(poll(&p, 1, LIMIT_MS) == 1, "waited %d s for a line, in vain: \"%.*s\"",
		      LIMIT_MS / 1000, (int)line->len, comm_buf_bytes(line));
	n = recv(fd, room, ROOM, MSG_PEEK | MSG_DONTWAIT);
	ck_assert_msg(n >= 0, "read: %s", strerror(errno));
	ck_assert_msg(n > 0, "the connection was closed, %zu bytes into a line", line->len);
	end = memchr(room, '\n', (size_t)n);
	take = end ? end - room + 1 : n;
	ck_assert_int_eq(recv(fd, room, (size_t)take, MSG_DONTWAIT), take);
	comm_buf_grew(line, (size_t)take);
	return end;
}

json_t *lines_read(int fd)
{
	struct comm_buf line;
	json_error_t error;
	json_t *object;

	comm_buf_init(&line);
	while (!read_some(fd, &line))
		;
	object = json_loadb(comm_buf_bytes(&line), line.len, JSON_REJECT_DUPLICATES, &error);
	ck_assert_msg(json_is_object(object), "no object: %s: %.*s", error.text, (int)line.len,
		      comm_buf_bytes(&line));
	comm_buf_fini(&line);
	return object;
}

void lines_expect(int fd, const char *text)
{
	json_t *got = lines_read(fd), *wanted = json_loads(text, 0, NULL);
	_cleanup_free_ char *got_text = json_dumps(got, JSON_COMPACT);

	ck_assert_msg(wanted, "%s", text);
	ck_assert_msg(json_equal(got, wanted), "wanted %s, got %s", text, got_text);
	json_decref(got);
	json_decref(wanted);
}

void lines_expect_error(int fd, json_int_t id, enum comm_error code, const char *part,
			const char *detail)
{
	json_t *got = lines_read(fd);
	_cleanup_free_ char *got_text = json_dumps(got, JSON_COMPACT);
	json_t *error = json_object_get(got, "error");
	const char *message = json_string_value(json_object_get(error, "message"));
	const char *got_detail = json_string_value(json_object_get(error, "detail"));

	ck_assert_msg(json_is_object(error) && message, "wanted an error, got %s", got_text);
	ck_assert_msg(json_integer_value(json_object_get(error, "code")) == code,
		      "wanted error %d, got %s", code, got_text);
	ck_assert_msg(id < 0 ? !json_object_get(got, "id")
			     : json_integer_value(json_object_get(got, "id")) == id,
		      "wanted id %lld, got %s", (long long)id, got_text);
	ck_assert_msg(!part || strstr(message, part), "wanted \"%s\", got %s", part, got_text);
	ck_assert_msg(!detail || (got_detail && !strcmp(got_detail, detail)),
		      "wanted detail %s, got %s", detail, got_text);
	json_decref(got);
}
