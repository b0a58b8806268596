#include "client/commctl/table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/commctl/out.h"
#include "proto/utf8.h"
#include "proto/util.h"

void table_init(struct table *t, const char *const *titles, size_t n_columns)
{
	*t = (struct table){ .titles = titles, .n_columns = n_columns };
}

void table_fini(struct table *t)
{
	for (size_t i = 0; i < t->n_cells; i++)
		free(t->cells[i]);
	free(t->cells);
}

void table_add(struct table *t, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	if (t->n_cells == t->capacity) {
		size_t capacity = t->capacity ? t->capacity * 2 : 64;
		char **cells = realloc(t->cells, capacity * sizeof *cells);

		if (!cells)
			return;
		t->cells = cells;
		t->capacity = capacity;
	}
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	t->cells[t->n_cells++] = text ? comm_utf8_calm(text) : NULL;
}

void table_add_number(struct table *t, int64_t number)
{
	if (number < 0)
		table_add(t, "-");
	else
		table_add(t, "%" PRId64, number);
}

void table_add_time(struct table *t, bool human, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	char text[32] = "?";
	struct tm tm;

	if (!human) {
		table_add_number(t, ms);
		return;
	}
	if (localtime_r(&seconds, &tm))
		(void)strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
	table_add(t, "%s", text);
}

static const char *cell(const struct table *t, size_t i)
{
	return t->cells[i] ? t->cells[i] : "";
}

static bool is_number(const char *text)
{
	/* A dash alone is one that is not known. */
	text += *text == '-';
	return !text[strspn(text, "0123456789.")];
}

/* How the cells of a column are printed for people. */
struct column {
	int width;
	bool is_number;
};

static struct column measure(const struct table *t, size_t column)
{
	size_t n = strlen(t->titles[column]);
	bool is_numeric = true;

	for (size_t i = column; i < t->n_cells; i += t->n_columns) {
		n = MAX(n, strlen(cell(t, i)));
		is_numeric = is_numeric && is_number(cell(t, i));
	}
	return (struct column){ (int)n, is_numeric };
}

static void print_padded(const struct table *t, const struct column *columns, size_t i,
			 const char *text, struct out *out)
{
	bool is_last = i + 1 == t->n_columns;

	if (i)
		out_text(out, "  ");
	if (columns[i].is_number)
		out_printf(out, "%*s", columns[i].width, text);
	else if (!is_last)
		out_printf(out, "%-*s", columns[i].width, text);
	else
		out_text(out, text);
	if (is_last)
		out_push(out, "\n", 1);
}

static void print_for_people(const struct table *t, struct out *out)
{
	_cleanup_free_ struct column *columns = calloc(t->n_columns, sizeof *columns);

	if (!columns) {
		out->error = out->error ? out->error : -ENOMEM;
		return;
	}
	for (size_t i = 0; i < t->n_columns; i++)
		columns[i] = measure(t, i);
	for (size_t i = 0; i < t->n_columns; i++)
		print_padded(t, columns, i, t->titles[i], out);
	for (size_t i = 0; i < t->n_cells; i++)
		print_padded(t, columns, i % t->n_columns, cell(t, i), out);
}

static void print_for_programs(const struct table *t, const char *kind, struct out *out)
{
	for (size_t i = 0; i < t->n_cells; i++) {
		size_t column = i % t->n_columns;

		if (!column && kind)
			out_printf(out, "%s\t", kind);
		if (!column && t->of) {
			out_field(out, t->of);
			out_push(out, "\t", 1);
		}
		out_text(out, cell(t, i));
		out_push(out, column + 1 == t->n_columns ? "\n" : "\t", 1);
	}
}

void table_print(const struct table *t, bool human, const char *kind, struct out *out)
{
	if (human)
		print_for_people(t, out);
	else
		print_for_programs(t, kind, out);
}

void table_end(struct table *t, bool human, const char *kind, struct out *out)
{
	if (human && t->n_cells)
		out_text(out, "\n");
	if (t->n_cells)
		table_print(t, human, kind, out);
	table_fini(t);
}
