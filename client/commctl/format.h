#pragma once

/*
 * Format: how a received record is printed, in kcat's tokens.
 *
 *   %s value        %S its length, -1 for null    %R the same as 4 bytes, big-endian
 *   %k key          %K its length, -1 for null    %h headers: name=value,name=value
 *   %t topic  %p partition  %o offset  %T milliseconds since 1970, -1 if it has none  %% percent
 */

#include <stddef.h>

#include "client/commclient.h"

struct out;

struct format_part {
	char token; /* the character after the percent sign; 0: the bytes below as they are */
	size_t start, len; /* in format::bytes */
};

struct format {
	struct format_part *parts; /* owned */
	size_t n_parts;
	char *bytes; /* owned */
};

/*
 * Read @text, with the escapes of escape_parse() between the tokens.
 *
 * Returns 0, -ENOMEM, or -EINVAL with @ret_wrong pointing at what is wrong in @text.
 */
int format_parse(const char *text, struct format *ret, const char **ret_wrong);

/* A format that prints the value and then @delim. Returns 0 or -ENOMEM. */
int format_delimited(const char *delim, size_t delim_len, struct format *ret);

/*
 * A format that prints the value as a line that does nothing to a terminal: control characters but tab and
 * line break are \xHH. Returns 0 or -ENOMEM.
 */
int format_for_terminal(struct format *ret);

void format_fini(struct format *f);

void format_write(const struct format *f, const struct comm_record *record, struct out *out);
