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

/* A table, and where its rows are found. */
struct listing {
	const char
		*list; /* the member that has the rows; for rows_run() the method's name as well */
	const char *kind; /* what each begins with for programs; NULL: nothing */
	const struct column *columns;
	size_t n_columns;
};

/* At most @max of @rows. */
void rows_print(struct ctl *ctl, const struct listing *l, const json_t *rows, size_t max);

/* One object a line. */
void rows_print_json(struct ctl *ctl, const json_t *rows);

/* Say so if the daemon has left some out of @result. */
void rows_say_left_out(const json_t *result);

/*
 * All that a verb does that has no more to it: one method without parameters, and the list of its name.
 */
int rows_run(struct ctl *ctl, const struct verb *v, int argc, char **argv, const struct listing *l);
