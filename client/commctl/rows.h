#pragma once

/*
 * Rows: what methods of operators answer with, lists of JSON objects, as tables.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct ctl;
struct verb;

/* What is shown of a member. */
enum column_kind {
	COLUMN_TEXT,   /* text; bytes that are none in base64; a word for true and for false */
	COLUMN_NUMBER, /* a count */
	COLUMN_TIME    /* milliseconds since 1970 */
};

struct column {
	const char *title;
	const char *key; /* of the member; "error.message" is one of an object inside */
	enum column_kind kind;
};

#define COLUMNS_MAX 24

/* For a verb that has no more to it than that: one method without parameters, and its list. */
struct listing {
	const char *method;
	const char *list; /* the member of the result that has the rows */
	const char *kind; /* as for rows_print() */
	const struct column *columns;
	size_t n_columns;
};

/* A table of at most @max rows; for programs each begins with @kind. */
void rows_print(struct ctl *ctl, const char *kind, const struct column *columns, size_t n_columns,
		const json_t *rows, size_t max);

/* One object a line. */
void rows_print_json(struct ctl *ctl, const json_t *rows);

/* Say so if the daemon has left some out of @result. */
void rows_say_left_out(const json_t *result);

/* What such a verb does. */
int rows_run(struct ctl *ctl, const struct verb *v, int argc, char **argv, const struct listing *l);

/*
 * Whether the line of a verb that has neither options nor words is right, and the verb is to be done;
 * otherwise @ret_code is the exit code.
 */
bool rows_parse(struct ctl *ctl, const struct verb *v, int argc, char **argv, int *ret_code);
