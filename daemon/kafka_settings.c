#include "daemon/kafka_settings.h"

#include <stdlib.h>
#include <string.h>

#include "proto/util.h"

static const char *source_of(const rd_kafka_ConfigEntry_t *entry)
{
	switch (rd_kafka_ConfigEntry_source(entry)) {
	case RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG:
		return "topic";
	case RD_KAFKA_CONFIG_SOURCE_DYNAMIC_BROKER_CONFIG:
	case RD_KAFKA_CONFIG_SOURCE_DYNAMIC_DEFAULT_BROKER_CONFIG:
	case RD_KAFKA_CONFIG_SOURCE_STATIC_BROKER_CONFIG:
		return "broker";
	case RD_KAFKA_CONFIG_SOURCE_DEFAULT_CONFIG:
		return "default";
	default:
		return "unknown";
	}
}

static int compare(const void *a, const void *b)
{
	return comm_bytes_compare(((const struct comm_wire_config *)a)->name,
				  ((const struct comm_wire_config *)b)->name);
}

static int list(struct kafka_settings *s, const rd_kafka_ConfigEntry_t *const *entries, size_t n)
{
	s->items = calloc(n + 1, sizeof *s->items);
	if (!s->items)
		return COMM_ENO_MEMORY;
	for (size_t i = 0; i < n; i++) {
		bool is_secret = rd_kafka_ConfigEntry_is_sensitive(entries[i]) > 0;
		const char *value = rd_kafka_ConfigEntry_value(entries[i]);

		s->items[i] = (struct comm_wire_config){
			.name = comm_bytes_of(rd_kafka_ConfigEntry_name(entries[i])),
			.value = comm_bytes_of(is_secret ? NULL : value),
			.source = comm_bytes_of(source_of(entries[i])),
			.read_only = rd_kafka_ConfigEntry_is_read_only(entries[i]) > 0,
			.sensitive = is_secret,
		};
	}
	s->n = n;
	qsort(s->items, n, sizeof *s->items, compare);
	return 0;
}

int kafka_settings_ask(struct kafka_settings *s, struct kafka_errand *e, const char *topic)
{
	rd_kafka_ConfigResource_t *question =
		rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
	const rd_kafka_ConfigResource_t **answers;
	const rd_kafka_ConfigEntry_t **entries;
	rd_kafka_AdminOptions_t *options;
	rd_kafka_resp_err_t err;
	size_t n;

	options = kafka_errand_options(e, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
	rd_kafka_DescribeConfigs(e->rk, &question, 1, options, e->queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_ConfigResource_destroy(question);
	s->event = kafka_errand_await(e);
	if (!s->event)
		return e->why.code;
	answers = rd_kafka_DescribeConfigs_result_resources(
		rd_kafka_event_DescribeConfigs_result(s->event), &n);
	err = rd_kafka_ConfigResource_error(answers[0]);
	if (err)
		return kafka_errand_fail(e, err, rd_kafka_ConfigResource_error_string(answers[0]));
	entries = rd_kafka_ConfigResource_configs(answers[0], &n);
	return list(s, entries, n) ? kafka_errand_fail_memory(e) : 0;
}

void kafka_settings_fini(struct kafka_settings *s)
{
	free(s->items);
	if (s->event)
		rd_kafka_event_destroy(s->event);
}

const struct comm_wire_config *kafka_settings_find(const struct kafka_settings *s, const char *name)
{
	const struct comm_wire_config wanted = { .name = comm_bytes_of(name) };

	return s->n ? bsearch(&wanted, s->items, s->n, sizeof *s->items, compare) : NULL;
}
