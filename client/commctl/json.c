#include "client/commctl/json.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/commclient.h"
#include "client/commctl/out.h"
#include "proto/base64.h"
#include "proto/util.h"

static int on_text(const char *text, size_t len, void *arg)
{
	out_push(arg, text, len);
	return 0;
}

void json_print(json_t *object, struct out *out)
{
	(void)json_dump_callback(object, on_text, out, JSON_COMPACT);
	out_push(out, "\n", 1);
	json_decref(object);
}

json_t *json_text(const char *text)
{
	json_t *value = text ? json_string(text) : json_null();
	_cleanup_free_ char *copy = value ? NULL : strdup(text);

	if (!copy)
		return value ? value : json_null();
	for (char *p = copy; *p; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	return json_string_nocheck(copy);
}

json_t *json_number(int64_t number)
{
	return number < 0 ? json_null() : json_integer(number);
}

/* Most strings can be written as they are; jansson knows about the others. */
static bool is_plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
			return false;
	return true;
}

/* Write @data as a string, null if it is NULL. Returns false, and writes nothing, if it is not UTF-8. */
static bool write_string(const void *data, size_t len, struct out *out)
{
	json_t *value;

	if (!data || is_plain(data, len)) {
		out_text(out, data ? "\"" : "null");
		out_push(out, data, len);
		out_text(out, data ? "\"" : "");
		return true;
	}
	value = json_stringn(data, len);
	if (!value)
		return false;
	(void)json_dump_callback(value, on_text, out, JSON_ENCODE_ANY | JSON_COMPACT);
	json_decref(value);
	return true;
}

static void write_base64(const void *data, size_t len, struct out *out)
{
	size_t text_len = comm_base64_length(len);
	_cleanup_free_ char *text = malloc(text_len + 1);

	if (!text) {
		out->error = -ENOMEM;
		return;
	}
	comm_base64_encode(data, len, text);
	out_push(out, "\"", 1);
	out_push(out, text, text_len);
	out_push(out, "\"", 1);
}

/* The value of a member, and @enc behind it if it had to be encoded. */
static void write_bytes(const void *data, size_t len, const char *enc, struct out *out)
{
	if (write_string(data, len, out))
		return;
	write_base64(data, len, out);
	out_text(out, enc);
}

static void write_headers(const struct comm_record *record, struct out *out)
{
	for (size_t i = 0; i < record->n_headers; i++) {
		const struct comm_header *h = &record->headers[i];

		out_text(out, i ? "," : "");
		if (!write_string(h->name, strlen(h->name), out))
			write_base64(h->name, strlen(h->name), out);
		out_text(out, ",");
		if (!write_string(h->value, h->value_len, out)) {
			out_text(out, "{\"base64\":");
			write_base64(h->value, h->value_len, out);
			out_text(out, "}");
		}
	}
}

void json_print_record(const struct comm_record *record, struct out *out)
{
	out_text(out, "{\"topic\":");
	(void)write_string(record->topic, strlen(record->topic), out);
	out_text(out, ",\"partition\":");
	out_number(out, record->partition);
	out_text(out, ",\"offset\":");
	out_number(out, record->offset);
	/* The daemon does not tell whether the sender or the broker set the time. */
	out_text(out, ",\"tstype\":\"unknown\",\"ts\":");
	out_number(out, record->timestamp_ms);
	out_text(out, ",\"headers\":[");
	write_headers(record, out);
	out_text(out, "],\"key\":");
	write_bytes(record->key, record->key_len, ",\"key_enc\":\"base64\"", out);
	out_text(out, ",\"payload\":");
	write_bytes(record->value, record->value_len, ",\"enc\":\"base64\"", out);
	out_text(out, "}\n");
}
