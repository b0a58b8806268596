#include "client/commctl/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/commctl/ctl.h"
#include "client/commctl/host.h"
#include "proto/limits.h"
#include "proto/util.h"

/* The answers that a view is made from. */
struct answers {
	json_t *status;
	json_t *clients;
	json_t *consumers;
	json_t *brokers;
};

static json_int_t number(const json_t *row, const char *key)
{
	return json_integer_value(json_object_get(row, key));
}

/* ---- rates ---- */

/* Per second; null if it is not known what it was, or if the daemon has begun anew. */
static json_t *rate(const json_t *before, const json_t *now, const char *key, int64_t elapsed_ms)
{
	json_int_t grown = number(now, key) - number(before, key);

	if (!before || grown < 0 || elapsed_ms <= 0)
		return json_null();
	return json_integer((grown * 1000 + elapsed_ms / 2) / elapsed_ms);
}

static json_int_t sum(const json_t *rows, const char *key)
{
	json_int_t n = 0;
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
		n += number(row, key);
	return n;
}

static json_int_t counter(const json_t *status, const char *name)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(status, "counters"), i, row)
		if (!strcmp(json_string_value(json_object_get(row, "name")), name))
			return number(row, "value");
	return 0;
}

static json_t *totals_of(const json_t *status)
{
	const json_t *profiles = json_object_get(status, "profiles");

	return json_pack("{s:I, s:I, s:I, s:I}", "accepted", sum(profiles, "accepted"), "delivered",
			 sum(profiles, "delivered"), "failed", sum(profiles, "failed"), "errors",
			 counter(status, "errors_total"));
}

/* ---- order ---- */

/* The number that the rows are sorted by, the largest first. */
static const char *sort_key;

static int compare(const void *a, const void *b)
{
	json_int_t x = number(*(json_t *const *)a, sort_key);
	json_int_t y = number(*(json_t *const *)b, sort_key);

	return (x < y) - (x > y);
}

/* Gives up @rows. */
static json_t *sort(json_t *rows, const char *key)
{
	size_t n = json_array_size(rows), i;
	json_t **all = calloc(n + 1, sizeof(json_t *)), *row, *sorted;

	if (!all)
		return rows;
	json_array_foreach(rows, i, row)
		all[i] = row;
	sort_key = key;
	qsort(all, n, sizeof(json_t *), compare);
	sorted = json_array();
	for (i = 0; i < n; i++)
		(void)json_array_append(sorted, all[i]);
	free(all);
	json_decref(rows);
	return sorted;
}

/* ---- topics ---- */

static void name_topic(char *ret, size_t size, const json_t *row)
{
	const char *profile = json_string_value(json_object_get(row, "profile"));
	const char *topic = json_string_value(json_object_get(row, "topic"));

	(void)snprintf(ret, size, "%s\t%s", profile ? profile : "", topic ? topic : "");
}

/* Of all groups that read it here; null if nobody does, or nothing is known. */
static json_t *lag_of(const json_t *consumers, const json_t *topic)
{
	const json_t *name = json_object_get(topic, "topic"), *consumer, *row;
	json_int_t lag = 0;
	bool is_known = false;
	size_t i, k;

	json_array_foreach(consumers, i, consumer) {
		if (!json_equal(json_object_get(consumer, "profile"),
				json_object_get(topic, "profile")))
			continue;
		json_array_foreach(json_object_get(consumer, "topics"), k, row) {
			const json_t *one = json_object_get(row, "lag");

			if (!json_is_integer(one) ||
			    !json_equal(json_object_get(row, "topic"), name))
				continue;
			is_known = true;
			lag += json_integer_value(one);
		}
	}
	return is_known ? json_integer(lag) : json_null();
}

static json_t *list_topics(struct view *v, const struct answers *a, int64_t elapsed_ms)
{
	json_t *list = json_array(), *seen = json_object(), *topic;
	char name[COMM_TOPIC_NAME_MAX + COMM_NAME_MAX + 2];
	size_t i;

	json_array_foreach(json_object_get(a->status, "topics"), i, topic) {
		const json_t *before;

		name_topic(name, sizeof name, topic);
		before = json_object_get(v->topics, name);
		(void)json_object_set(seen, name, topic);
		(void)json_array_append_new(
			list,
			json_pack("{s:O, s:O, s:o, s:o, s:o, s:O, s:O, s:o}", "topic",
				  json_object_get(topic, "topic"), "profile",
				  json_object_get(topic, "profile"), "sent_rate",
				  rate(before, topic, "accepted", elapsed_ms), "persisted_rate",
				  rate(before, topic, "persisted", elapsed_ms), "failed_rate",
				  rate(before, topic, "failed", elapsed_ms), "in_flight",
				  json_object_get(topic, "in_flight"), "failed",
				  json_object_get(topic, "failed"), "lag",
				  lag_of(json_object_get(a->consumers, "consumers"), topic)));
	}
	json_decref(v->topics);
	v->topics = seen;
	return sort(list, "sent_rate");
}

/* ---- all of it ---- */

static json_int_t count_held(const json_t *clients)
{
	const json_t *row;
	json_int_t n = 0;
	size_t i;

	json_array_foreach(clients, i, row)
		n += json_is_string(json_object_get(row, "held"));
	return n;
}

/* Each with what it is sorted by: all that it does. */
static json_t *list_clients(const json_t *clients)
{
	json_t *list = json_array(), *row;
	size_t i;

	json_array_foreach(clients, i, row) {
		json_t *copy = json_copy(row);

		(void)json_object_set_new(
			copy, "rate",
			json_integer(number(row, "sent_rate") + number(row, "received_rate")));
		(void)json_array_append_new(list, copy);
	}
	return sort(list, "rate");
}

static json_t *make(struct view *v, const struct answers *a)
{
	const json_t *clients = json_object_get(a->clients, "clients"), *s = a->status;
	int64_t now_ms = ctl_now_ms(), elapsed_ms = now_ms - v->taken_ms;
	json_t *totals = totals_of(s), *view;

	view = json_pack(
		"{s:O, s:O, s:O, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:O}",
		"version", json_object_get(s, "version"), "mode", json_object_get(s, "mode"),
		"uptime_ms", json_object_get(s, "uptime_ms"), "clients_connected",
		counter(s, "connections"), "clients_held", count_held(clients), "requests",
		counter(s, "requests_in_flight"), "sent_rate",
		rate(v->totals, totals, "accepted", elapsed_ms), "received_rate",
		rate(v->totals, totals, "delivered", elapsed_ms), "failed_rate",
		rate(v->totals, totals, "failed", elapsed_ms), "error_rate",
		rate(v->totals, totals, "errors", elapsed_ms), "inflight_bytes",
		counter(s, "inflight_bytes"), "topics", list_topics(v, a, elapsed_ms), "clients",
		list_clients(clients), "consumers",
		sort(json_copy(json_object_get(a->consumers, "consumers")), "lag"), "brokers",
		json_object_get(a->brokers, "brokers"));
	json_decref(v->totals);
	v->totals = totals;
	v->taken_ms = now_ms;
	return view;
}

int view_take(struct view *v, struct host *h, json_t **ret_view)
{
	struct answers a = { 0 };
	int code = host_call(h, "status", NULL, 0, &a.status);

	if (!code)
		code = host_call(h, "clients", NULL, 0, &a.clients);
	if (!code)
		code = host_call(h, "consumers", NULL, 0, &a.consumers);
	if (!code)
		code = host_call(h, "brokers", NULL, 0, &a.brokers);
	if (!code)
		*ret_view = make(v, &a);
	json_decref(a.status);
	json_decref(a.clients);
	json_decref(a.consumers);
	json_decref(a.brokers);
	return code;
}

void view_fini(struct view *v)
{
	json_decref(v->totals);
	json_decref(v->topics);
}
