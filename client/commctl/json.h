#pragma once

/*
 * Json: objects for --json, one a line, and bytes inside them.
 */

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct comm_record;
struct out;

/* Print @object on a line of its own, and give up the reference to it. */
void json_print(json_t *object, struct out *out);

/* Text for @json_t, null for NULL; bytes that are not UTF-8 become question marks. */
json_t *json_text(const char *text);

/* A count or an offset; negative: not known, null */
json_t *json_number(int64_t number);

/*
 * Print a record on a line of its own, with kcat's keys: topic, partition, offset, tstype, ts,
 * headers (names and values in turn), key, payload. Bytes that are not UTF-8: base64, with key_enc
 * or enc "base64"; as a header's value an object {"base64": …}.
 *
 * By hand rather than through an object: that takes ten times as long, for millions of records.
 */
void json_print_record(const struct comm_record *record, struct out *out);
