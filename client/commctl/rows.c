#include "client/commctl/rows.h"

#include <stdio.h>
#include <string.h>

#include "client/commctl/ctl.h"
#include "client/commctl/escape.h"
#include "client/commctl/host.h"
#include "client/commctl/json.h"
#include "client/commctl/options.h"
#include "client/commctl/table.h"
#include "client/commctl/verb.h"
#include "proto/util.h"

/* A member, or one of an object inside. */
static const json_t *member(const json_t *row, const char *key)
{
	const char *dot = strchr(key, '.');
	char name[32];

	if (!dot)
		return json_object_get(row, key);
	(void)snprintf(name, sizeof name, "%.*s", (int)(dot - key), key);
	return member(json_object_get(row, name), dot + 1);
}

static void add_text(struct table *t, const json_t *value)
{
	const json_t *base64 = json_object_get(value, "base64");
	const json_t *text = base64 ? base64 : value;
	_cleanup_free_ char *shown = NULL;

	if (json_is_boolean(value)) {
		table_add(t, "%s", json_is_true(value) ? "yes" : "no");
		return;
	}
	if (!json_is_string(text)) {
		table_add(t, "-");
		return;
	}
	/* What a record holds must not do anything to a terminal. */
	shown = escape_controls(json_string_value(text), json_string_length(text), "");
	table_add(t, "%s%s", base64 ? "base64:" : "", shown ? shown : "");
}

static void add_cell(struct ctl *ctl, struct table *t, const struct column *c, const json_t *row)
{
	const json_t *value = member(row, c->key);

	if (c->kind == COLUMN_TEXT)
		add_text(t, value);
	else if (c->kind == COLUMN_TIME && json_is_integer(value))
		table_add_time(t, ctl->human, json_integer_value(value));
	else
		table_add_number(t, json_is_number(value) ? (int64_t)json_number_value(value) : -1);
}

void rows_print(struct ctl *ctl, const struct listing *l, const json_t *rows, size_t max)
{
	const char *titles[COLUMNS_MAX];
	const json_t *row;
	struct table t;
	size_t i;

	for (i = 0; i < l->n_columns; i++)
		titles[i] = l->columns[i].title;
	table_init(&t, titles, l->n_columns);
	json_array_foreach(rows, i, row) {
		if (i >= max)
			break;
		for (size_t k = 0; k < l->n_columns; k++)
			add_cell(ctl, &t, &l->columns[k], row);
	}
	table_end(&t, ctl->human, l->kind, &ctl->out);
}

void rows_print_json(struct ctl *ctl, const json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
		json_print(json_incref(row), &ctl->out);
}

void rows_say_left_out(const json_t *result)
{
	json_int_t n = json_integer_value(json_object_get(result, "left_out"));

	if (n)
		ctl_say("%" JSON_INTEGER_FORMAT " more are left out", n);
}

int rows_run(struct ctl *ctl, const struct verb *v, int argc, char **argv, const struct listing *l)
{
	json_t *result = NULL;
	const json_t *rows;
	int code;

	if (!options_none(ctl, v, argc, argv, &code))
		return code;
	code = host_ask(ctl, l->list, NULL, 0, &result);
	if (code)
		return code;
	rows = json_object_get(result, l->list);
	if (ctl->json)
		rows_print_json(ctl, rows);
	else
		rows_print(ctl, l, rows, SIZE_MAX);
	rows_say_left_out(result);
	json_decref(result);
	return CTL_OK;
}
