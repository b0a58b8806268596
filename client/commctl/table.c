#include "client/commctl/table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/commctl/out.h"
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
	for (char *p = text; p && *p; p++)
		if (*p == '\t' || *p == '\n' || *p == '\r')
			*p = ' ';
	t->cells[t->n_cells++] = text;
}

void table_add_number(struct table *t, int64_t number)
{
	if (number < 0)
		table_add(t, "-");
	else
		table_add(t, "%" PRId64, number);
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

static size_t width(const struct table *t, size_t column, bool *ret_is_number)
{
	size_t n = strlen(t->titles[column]);

	*ret_is_number = true;
	for (size_t i = column; i < t->n_cells; i += t->n_columns) {
		n = MAX(n, strlen(cell(t, i)));
		*ret_is_number = *ret_is_number && is_number(cell(t, i));
	}
	return n;
}

static void print_padded(const struct table *t, size_t column, const char *text, struct out *out)
{
	bool number;
	int n = (int)width(t, column, &number);

	if (column)
		out_text(out, "  ");
	if (number)
		out_printf(out, "%*s", n, text);
	else if (column + 1 < t->n_columns)
		out_printf(out, "%-*s", n, text);
	else
		out_text(out, text);
	if (column + 1 == t->n_columns)
		out_push(out, "\n", 1);
}

void table_print(const struct table *t, bool human, const char *kind, struct out *out)
{
	for (size_t i = 0; human && i < t->n_columns; i++)
		print_padded(t, i, t->titles[i], out);
	for (size_t i = 0; i < t->n_cells; i++) {
		size_t column = i % t->n_columns;

		if (human) {
			print_padded(t, column, cell(t, i), out);
			continue;
		}
		if (!column && kind)
			out_printf(out, "%s\t", kind);
		out_text(out, cell(t, i));
		out_push(out, column + 1 == t->n_columns ? "\n" : "\t", 1);
	}
}

void table_end(struct table *t, bool human, const char *kind, struct out *out)
{
	if (human && t->n_cells)
		out_text(out, "\n");
	if (t->n_cells)
		table_print(t, human, kind, out);
	table_fini(t);
}
