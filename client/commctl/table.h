#pragma once

/*
 * Table: rows of text, aligned under titles for people, separated by tabs for programs.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct out;

struct table {
	const char *const *titles; /* borrowed */
	size_t n_columns;
	char **cells; /* owned, row by row; each is owned, NULL for want of memory */
	size_t n_cells;
	size_t capacity;
	const char
		*of; /* borrowed; for programs, behind the kind: what the rows are about; or NULL */
};

void table_init(struct table *t, const char *const *titles, size_t n_columns);
void table_fini(struct table *t);

/* The next cell, from left to right, row after row. Tabs and line breaks become spaces. */
void table_add(struct table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A count or an offset; negative: not known, - */
void table_add_number(struct table *t, int64_t number);

/* A moment, in milliseconds since 1970: for people in their own time. */
void table_add_time(struct table *t, bool human, int64_t ms);

/*
 * For people: titles, and columns as wide as they need, numbers to the right. For programs: no titles,
 * each row begins with @kind (NULL: nothing), tabs between the cells.
 */
void table_print(const struct table *t, bool human, const char *kind, struct out *out);

/* One of several: nothing if it is empty, for people a line between. @t is gone then. */
void table_end(struct table *t, bool human, const char *kind, struct out *out);
