#include "client/commctl/status_json.h"

#include "client/commclient.h"
#include "client/commctl/json.h"

static json_t *profiles_json(const struct comm_status *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_profiles; i++) {
		const struct comm_profile_status *p = &s->profiles[i];

		(void)json_array_append_new(
			list,
			json_pack("{s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "name",
				  json_text(p->name), "state", json_text(p->state), "error",
				  json_text(p->error), "accepted", (json_int_t)p->accepted,
				  "persisted", (json_int_t)p->persisted, "failed",
				  (json_int_t)p->failed, "in_flight", (json_int_t)p->in_flight,
				  "in_flight_bytes", (json_int_t)p->in_flight_bytes, "delivered",
				  (json_int_t)p->delivered, "consumers",
				  (json_int_t)p->n_consumers));
	}
	return list;
}

static json_t *subscriptions_json(const struct comm_status *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_subscriptions; i++) {
		const struct comm_subscription_status *p = &s->subscriptions[i];

		(void)json_array_append_new(
			list,
			json_pack("{s:I, s:o, s:I, s:o, s:o, s:I, s:I, s:I, s:o, s:I, s:b, s:o}",
				  "subscription", (json_int_t)p->subscription, "client",
				  json_text(p->client), "pid", (json_int_t)p->pid, "profile",
				  json_text(p->profile), "group", json_text(p->group), "partitions",
				  (json_int_t)p->n_partitions, "delivered",
				  (json_int_t)p->delivered, "unacknowledged",
				  (json_int_t)p->unacknowledged, "lag", json_number(p->lag),
				  "paused", (json_int_t)p->n_paused, "stalled", p->is_stalled,
				  "idle_ms", json_number(p->idle_ms)));
	}
	return list;
}

static json_t *topics_json(const struct comm_status *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_topics; i++) {
		const struct comm_topic_status *p = &s->topics[i];

		(void)json_array_append_new(
			list, json_pack("{s:o, s:o, s:I, s:I, s:I, s:I}", "profile",
					json_text(p->profile), "topic", json_text(p->topic),
					"accepted", (json_int_t)p->accepted, "persisted",
					(json_int_t)p->persisted, "failed", (json_int_t)p->failed,
					"in_flight", (json_int_t)p->in_flight));
	}
	return list;
}

static json_t *clients_json(const struct comm_status *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_clients; i++) {
		const struct comm_client_status *p = &s->clients[i];

		(void)json_array_append_new(
			list,
			json_pack("{s:o, s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:b}", "client",
				  json_text(p->client), "pid", (json_int_t)p->pid, "uid",
				  (json_int_t)p->uid, "profile", json_text(p->profile), "accepted",
				  (json_int_t)p->accepted, "persisted", (json_int_t)p->persisted,
				  "failed", (json_int_t)p->failed, "in_flight",
				  (json_int_t)p->in_flight, "connected", p->is_connected));
	}
	return list;
}

static json_t *discards_json(const struct comm_status *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_discards; i++) {
		const struct comm_discard *p = &s->discards[i];

		(void)json_array_append_new(
			list,
			json_pack("{s:I, s:I, s:o, s:o, s:o, s:I, s:I, s:i, s:o, s:o, s:b, s:I}",
				  "first_ms", (json_int_t)p->first_ms, "last_ms",
				  (json_int_t)p->last_ms, "profile", json_text(p->profile), "topic",
				  json_text(p->topic), "client", json_text(p->client), "pid",
				  (json_int_t)p->pid, "uid", (json_int_t)p->uid, "code", p->error,
				  "error", json_text(p->error_name), "message",
				  json_text(p->message), "maybe_persisted", p->maybe_persisted,
				  "records", (json_int_t)p->n_records));
	}
	return list;
}

static json_t *events_json(const struct comm_status *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_events; i++) {
		const struct comm_event *p = &s->events[i];

		(void)json_array_append_new(
			list,
			json_pack("{s:o, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "event",
				  json_text(p->event), "first_ms", (json_int_t)p->first_ms,
				  "last_ms", (json_int_t)p->last_ms, "times",
				  (json_int_t)p->n_times, "profile", json_text(p->profile), "group",
				  json_text(p->group), "topic", json_text(p->topic), "partition",
				  json_number(p->partition), "message", json_text(p->message)));
	}
	return list;
}

json_t *status_json(const struct comm_status *s)
{
	json_t *counters = json_object();

	for (size_t i = 0; i < s->n_counters; i++)
		(void)json_object_set_new(counters, s->counters[i].name,
					  json_integer(s->counters[i].value));
	return json_pack("{s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "version",
			 json_text(s->version), "mode", json_text(s->mode), "librdkafka",
			 json_text(s->librdkafka), "pid", (json_int_t)s->pid, "uptime_ms",
			 (json_int_t)s->uptime_ms, "profiles", profiles_json(s), "subscriptions",
			 subscriptions_json(s), "topics", topics_json(s), "clients",
			 clients_json(s), "discards", discards_json(s), "events", events_json(s),
			 "counters", counters);
}
