#include "daemon/exposition.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/utf8.h"
#include "proto/util.h"

static void put(struct comm_buf *out, const char *text)
{
	comm_buf_push(out, text, strlen(text));
}

__attribute__((format(printf, 2, 3))) static void put_format(struct comm_buf *out,
							     const char *format, ...)
{
	char text[64];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	put(out, text);
}

void exposition_begin(struct comm_buf *out, const char *name, const char *type, const char *help)
{
	const char *const lines[] = {
		"# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n"
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		put(out, lines[i]);
}

/* What stands for @c in a label's value; NULL: @c itself. */
static const char *escape(char c)
{
	return c == '\n' ? "\\n" : c == '\\' ? "\\\\" : c == '"' ? "\\\"" : NULL;
}

/* Names of groups may have anything in them but NUL. */
static void put_value(struct comm_buf *out, struct comm_bytes value)
{
	size_t begin = 0;

	if (!comm_utf8_is_valid(value))
		value = comm_bytes_of("(not UTF-8)");
	for (size_t i = 0; i < value.len; i++) {
		const char *escaped = escape(value.data[i]);

		if (!escaped)
			continue;
		comm_buf_push(out, &value.data[begin], i - begin);
		put(out, escaped);
		begin = i + 1;
	}
	if (begin < value.len)
		comm_buf_push(out, &value.data[begin], value.len - begin);
}

/* @bound is a histogram's; NULL: none. */
static void put_labels(struct comm_buf *out, const struct exposition_labels *labels,
		       const char *bound)
{
	const char *before = "{";

	for (size_t i = 0; labels && i < EXPOSITION_LABELS_MAX && labels->of[i].name; i++) {
		put(out, before);
		put(out, labels->of[i].name);
		put(out, "=\"");
		put_value(out, labels->of[i].value);
		put(out, "\"");
		before = ",";
	}
	if (bound) {
		put(out, before);
		put(out, "le=\"");
		put(out, bound);
		put(out, "\"");
		before = ",";
	}
	put(out, *before == ',' ? "} " : " ");
}

void exposition_int(struct comm_buf *out, const char *name, const struct exposition_labels *labels,
		    int64_t value)
{
	put(out, name);
	put_labels(out, labels, NULL);
	put_format(out, "%" PRId64 "\n", value);
}

void exposition_float(struct comm_buf *out, const char *name,
		      const struct exposition_labels *labels, double value)
{
	put(out, name);
	put_labels(out, labels, NULL);
	put_format(out, "%.15g\n", value);
}

void exposition_histogram(struct comm_buf *out, const char *name,
			  const struct exposition_labels *labels, const struct histogram *h)
{
	int64_t n = 0;
	char bound[32];

	for (size_t i = 0; i < HISTOGRAM_N_BOUNDS; i++) {
		n += h->counts[i];
		(void)snprintf(bound, sizeof bound, "%g", histogram_bounds_us[i] / 1e6);
		put(out, name);
		put(out, "_bucket");
		put_labels(out, labels, bound);
		put_format(out, "%" PRId64 "\n", n);
	}
	n += h->counts[HISTOGRAM_N_BOUNDS];
	put(out, name);
	put(out, "_bucket");
	put_labels(out, labels, "+Inf");
	put_format(out, "%" PRId64 "\n", n);
	put(out, name);
	put(out, "_sum");
	put_labels(out, labels, NULL);
	put_format(out, "%.15g\n", (double)h->sum_ns / 1e9);
	put(out, name);
	put(out, "_count");
	put_labels(out, labels, NULL);
	put_format(out, "%" PRId64 "\n", n);
}

void exposition_one(struct comm_buf *out, const char *name, const char *type, const char *help,
		    double value)
{
	exposition_begin(out, name, type, help);
	exposition_float(out, name, NULL, value);
}

static void put_sample(struct comm_buf *out, const struct exposition_family *f, const char *row,
		       const struct exposition_labels *labels)
{
	int64_t value;

	memcpy(&value, row + f->offset, sizeof value);
	if (value == COMM_NONE)
		return;
	if (f->unit == 1)
		exposition_int(out, f->name, labels, value);
	else
		exposition_float(out, f->name, labels, (double)value / f->unit);
}

void exposition_table(struct comm_buf *out, const struct exposition_family *families,
		      size_t n_families, const void *rows, size_t n, size_t size,
		      struct exposition_labels (*label)(const void *row))
{
	for (size_t i = 0; i < n_families; i++) {
		const char *row = rows;

		exposition_begin(out, families[i].name, families[i].type, families[i].help);
		for (size_t k = 0; k < n; k++, row += size) {
			const struct exposition_labels labels = label(row);

			put_sample(out, &families[i], row, &labels);
		}
	}
}
