#include "client/commctl/format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/commctl/escape.h"
#include "client/commctl/out.h"
#include "proto/util.h"

static const char TOKENS[] = "sSRkKhtpoT";

/* One more, which nobody can write: the value for a terminal. */
#define TOKEN_SHOWN 'v'

/* Room for the parts and bytes of a format of @len characters. */
static int reserve(struct format *f, size_t len)
{
	*f = (struct format){ 0 };
	f->parts = calloc(len + 2, sizeof *f->parts);
	f->bytes = malloc(len + 1);
	if (!f->parts || !f->bytes) {
		format_fini(f);
		return -ENOMEM;
	}
	return 0;
}

void format_fini(struct format *f)
{
	free(f->parts);
	free(f->bytes);
	*f = (struct format){ 0 };
}

/* Where the bytes of the next part begin: after those of the parts before it. */
static size_t n_bytes(const struct format *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_parts; i++)
		n += f->parts[i].len;
	return n;
}

/* Add the part that @text begins with. Returns how many characters it took, 0 if it is wrong. */
static size_t add_part(struct format *f, const char *text)
{
	struct format_part *part = &f->parts[f->n_parts];
	size_t len = strcspn(text, "%");

	part->start = n_bytes(f);
	if (len) {
		if (escape_parse(text, len, f->bytes + part->start, &part->len))
			return 0;
	} else if (text[1] == '%') {
		f->bytes[part->start] = '%';
		part->len = 1;
		len = 2;
	} else {
		if (!text[1] || !strchr(TOKENS, text[1]))
			return 0;
		part->token = text[1];
		len = 2;
	}
	f->n_parts++;
	return len;
}

int format_parse(const char *text, struct format *ret, const char **ret_wrong)
{
	struct format f;
	int r = reserve(&f, strlen(text));

	if (r < 0)
		return r;
	while (*text) {
		size_t n = add_part(&f, text);

		if (!n) {
			format_fini(&f);
			*ret_wrong = text;
			return -EINVAL;
		}
		text += n;
	}
	*ret = f;
	return 0;
}

int format_delimited(const char *delim, size_t delim_len, struct format *ret)
{
	int r = reserve(ret, delim_len);

	if (r < 0)
		return r;
	memcpy(ret->bytes, delim, delim_len);
	ret->parts[0].token = 's';
	ret->parts[1].len = delim_len;
	ret->n_parts = 2;
	return 0;
}

int format_for_terminal(struct format *ret)
{
	int r = format_delimited("\n", 1, ret);

	if (r == 0)
		ret->parts[0].token = TOKEN_SHOWN;
	return r;
}

static int64_t length_of(const void *bytes, size_t len)
{
	return bytes ? (int64_t)len : -1;
}

static void write_length_binary(const struct comm_record *record, struct out *out)
{
	uint32_t n = record->value ? (uint32_t)record->value_len : UINT32_MAX;
	const unsigned char bytes[4] = { (unsigned char)(n >> 24), (unsigned char)(n >> 16),
					 (unsigned char)(n >> 8), (unsigned char)n };

	out_push(out, bytes, sizeof bytes);
}

static void write_headers(const struct comm_record *record, struct out *out)
{
	for (size_t i = 0; i < record->n_headers; i++) {
		const struct comm_header *h = &record->headers[i];

		if (i)
			out_push(out, ",", 1);
		out_text(out, h->name);
		out_push(out, "=", 1);
		if (h->value)
			out_push(out, h->value, h->value_len);
		else
			out_text(out, "NULL");
	}
}

static void write_shown(const struct comm_record *record, struct out *out)
{
	_cleanup_free_ char *text = escape_controls(record->value, record->value_len, "\t\n");

	if (text)
		out_text(out, text);
	else
		out->error = -ENOMEM;
}

static void write_token(char token, const struct comm_record *record, struct out *out)
{
	switch (token) {
	case 's':
		out_push(out, record->value, record->value_len);
		break;
	case TOKEN_SHOWN:
		write_shown(record, out);
		break;
	case 'S':
		out_number(out, length_of(record->value, record->value_len));
		break;
	case 'R':
		write_length_binary(record, out);
		break;
	case 'k':
		out_push(out, record->key, record->key_len);
		break;
	case 'K':
		out_number(out, length_of(record->key, record->key_len));
		break;
	case 'h':
		write_headers(record, out);
		break;
	case 't':
		out_text(out, record->topic);
		break;
	case 'p':
		out_number(out, record->partition);
		break;
	case 'o':
		out_number(out, record->offset);
		break;
	default:
		out_number(out, record->timestamp_ms);
	}
}

void format_write(const struct format *f, const struct comm_record *record, struct out *out)
{
	for (size_t i = 0; i < f->n_parts; i++) {
		const struct format_part *part = &f->parts[i];

		if (part->token)
			write_token(part->token, record, out);
		else
			out_push(out, f->bytes + part->start, part->len);
	}
}
