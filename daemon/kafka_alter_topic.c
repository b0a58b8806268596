/*
 * Altering a topic's settings
 *
 * From librdkafka 2.2 on the brokers are told what to change. Before, they can only be told all that is
 * to be set for the topic: what is set is asked for, changed here, and written back as a whole. So that
 * two who change a topic through this daemon do not undo what the other does, the second is refused
 * while the first is under way.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_settings.h"
#include "daemon/kafka_topic.h"
#include "proto/util.h"

#define HAS_INCREMENTAL (RD_KAFKA_VERSION >= 0x020200ff)

struct change {
	char *name;  /* owned */
	char *value; /* owned; NULL: what it is by default */
};

struct alteration {
	struct kafka_errand errand;
	struct change *changes; /* owned */
	size_t n_changes;
	struct kafka_settings settings;
};

/* The answer to either request. */
static void take_answer(struct kafka_errand *e, const rd_kafka_ConfigResource_t *const *answers)
{
	rd_kafka_resp_err_t err = rd_kafka_ConfigResource_error(answers[0]);

	if (err)
		(void)kafka_errand_fail(e, err, rd_kafka_ConfigResource_error_string(answers[0]));
}

#if HAS_INCREMENTAL

static bool is_incremental(void)
{
	return rd_kafka_version() >= 0x020200ff;
}

static void alter_incrementally(struct alteration *a)
{
	struct kafka_errand *e = &a->errand;
	rd_kafka_ConfigResource_t *question;
	rd_kafka_AdminOptions_t *options;
	rd_kafka_event_t *event;
	size_t n;

	if (kafka_errand_ask_change(e))
		return;
	question = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, e->name);
	for (size_t i = 0; i < a->n_changes; i++) {
		const struct change *c = &a->changes[i];
		rd_kafka_error_t *error = rd_kafka_ConfigResource_add_incremental_config(
			question, c->name,
			c->value ? RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET
				 : RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE,
			c->value);

		if (error)
			rd_kafka_error_destroy(error);
	}
	options = kafka_errand_options(e, RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS);
	rd_kafka_IncrementalAlterConfigs(e->rk, &question, 1, options, e->queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_ConfigResource_destroy(question);
	event = kafka_errand_await(e);
	if (!event)
		return;
	take_answer(e, rd_kafka_IncrementalAlterConfigs_result_resources(
			       rd_kafka_event_IncrementalAlterConfigs_result(event), &n));
	rd_kafka_event_destroy(event);
}

#else

static bool is_incremental(void)
{
	return false;
}

static void alter_incrementally(struct alteration *a)
{
	(void)a;
}

#endif

/* ---- before librdkafka 2.2 ---- */

static const struct change *find_change(const struct alteration *a, struct comm_bytes name)
{
	for (size_t i = 0; i < a->n_changes; i++)
		if (comm_bytes_is(name, a->changes[i].name))
			return &a->changes[i];
	return NULL;
}

/* What the brokers cannot refuse, for they are not told of it: to set no longer what does not exist. */
static int check_names(struct alteration *a)
{
	for (size_t i = 0; i < a->n_changes; i++)
		if (!kafka_settings_find(&a->settings, a->changes[i].name))
			return kafka_failure_refuse(
				&a->errand.why, COMM_ETOPIC_ALTER, "settings",
				"%s: INVALID_CONFIG: there is no topic setting %s",
				a->errand.subject, a->changes[i].name);
	return 0;
}

/* What is set for the topic and is not to be changed. */
static bool stays(const struct alteration *a, const struct comm_wire_config *s)
{
	return comm_bytes_is(s->source, "topic") && !find_change(a, s->name);
}

/* What is secret cannot be written back, for the brokers do not tell it. */
static int check_secrets(struct alteration *a)
{
	for (size_t i = 0; i < a->settings.n; i++) {
		const struct comm_wire_config *s = &a->settings.items[i];

		if (s->sensitive && stays(a, s))
			return kafka_failure_refuse(
				&a->errand.why, COMM_ETOPIC_ALTER, "settings",
				"%s: %.*s is secret and would be lost; commd needs librdkafka 2.2 "
				"or newer to alter this topic",
				a->errand.subject, (int)s->name.len, s->name.data);
	}
	return 0;
}

/* What is set for the topic and stays. Returns 0 or -ENOMEM. */
static int keep(const struct alteration *a, rd_kafka_ConfigResource_t *question)
{
	for (size_t i = 0; i < a->settings.n; i++) {
		const struct comm_wire_config *s = &a->settings.items[i];
		_cleanup_free_ char *name = NULL, *value = NULL;

		if (!s->value.data || !stays(a, s))
			continue;
		name = comm_bytes_dup(s->name);
		value = comm_bytes_dup(s->value);
		if (!name || !value)
			return -ENOMEM;
		(void)rd_kafka_ConfigResource_set_config(question, name, value);
	}
	return 0;
}

static void write_all(struct alteration *a, rd_kafka_ConfigResource_t *question)
{
	struct kafka_errand *e = &a->errand;
	rd_kafka_AdminOptions_t *options;
	rd_kafka_event_t *event;
	size_t n;

	if (kafka_errand_ask_change(e))
		return;
	for (size_t i = 0; i < a->n_changes; i++)
		if (a->changes[i].value)
			(void)rd_kafka_ConfigResource_set_config(question, a->changes[i].name,
								 a->changes[i].value);
	options = kafka_errand_options(e, RD_KAFKA_ADMIN_OP_ALTERCONFIGS);
	rd_kafka_AlterConfigs(e->rk, &question, 1, options, e->queue);
	rd_kafka_AdminOptions_destroy(options);
	event = kafka_errand_await(e);
	if (!event)
		return;
	take_answer(e, rd_kafka_AlterConfigs_result_resources(
			       rd_kafka_event_AlterConfigs_result(event), &n));
	rd_kafka_event_destroy(event);
}

static void alter_as_a_whole(struct alteration *a)
{
	rd_kafka_ConfigResource_t *question;

	if (kafka_settings_ask(&a->settings, &a->errand, a->errand.name) || check_names(a) ||
	    check_secrets(a))
		return;
	question = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, a->errand.name);
	if (keep(a, question))
		(void)kafka_errand_fail_memory(&a->errand);
	else
		write_all(a, question);
	rd_kafka_ConfigResource_destroy(question);
}

/* ---- the errand ---- */

static void run(struct kafka_errand *e)
{
	struct alteration *a = container_of(e, struct alteration, errand);

	if (is_incremental())
		alter_incrementally(a);
	else
		alter_as_a_whole(a);
}

static void fini(struct kafka_errand *e)
{
	struct alteration *a = container_of(e, struct alteration, errand);

	for (size_t i = 0; i < a->n_changes; i++) {
		free(a->changes[i].name);
		free(a->changes[i].value);
	}
	free(a->changes);
	kafka_settings_fini(&a->settings);
}

static const struct kafka_errand_kind kind = {
	.run = run,
	.fini = fini,
	.before = "topic ",
	.after = "",
	.code = COMM_ETOPIC_ALTER,
	.size = sizeof(struct alteration),
};

static int take_change(struct alteration *a, const struct comm_wire_change *w,
		       struct kafka_failure *ret_why)
{
	struct change *c = &a->changes[a->n_changes];

	if (!w->name.len || find_change(a, w->name))
		return kafka_failure_refuse(
			ret_why, COMM_EBAD_VALUE, "settings", "settings: %.*s %s",
			(int)MIN(w->name.len, (size_t)COMM_NAME_MAX), w->name.data,
			w->name.len ? "is named twice" : "one has no name");
	a->n_changes++;
	c->name = comm_bytes_dup(w->name);
	c->value = comm_bytes_dup(w->value);
	return c->name && (c->value || !w->value.data) ? 0 : -ENOMEM;
}

static int take_changes(struct alteration *a, const struct comm_list *settings,
			struct kafka_failure *ret_why)
{
	const struct comm_wire_change *items = settings->items;
	int error = 0;

	a->changes = calloc(settings->n, sizeof *a->changes);
	if (!a->changes)
		return -ENOMEM;
	for (size_t i = 0; i < settings->n && !error; i++)
		error = take_change(a, &items[i], ret_why);
	return error;
}

/* Whether the topic is being altered, through whatever profile. */
static bool is_under_way(const struct kafka *k, const char *topic)
{
	const struct kafka_client *c;
	const struct kafka_errand *e;

	LIST_FOREACH(c, &k->clients, entry)
		TAILQ_FOREACH(e, &c->errands, entry)
			if (e->kind == &kind && !strcmp(e->name, topic))
				return true;
	return false;
}

int kafka_alter_topic(struct kafka_client *c, const struct comm_alter_topic_params *p,
		      int timeout_ms, kafka_answer_fn done, void *arg,
		      struct kafka_failure *ret_why)
{
	struct alteration *a;
	int error = kafka_topic_check(c->kafka, p->topic, COMM_ETOPIC_ALTER, ret_why);

	if (error)
		return error;
	if (c->kafka->dev)
		return kafka_failure_refuse(ret_why, COMM_ETOPIC_ALTER, NULL,
					    "topics of the mock cluster of --dev have no settings");
	if (!p->settings.n)
		return kafka_failure_refuse(ret_why, COMM_EBAD_VALUE, "settings",
					    "settings: at least one is needed");
	a = kafka_errand_new(&kind, p->topic);
	if (!a)
		return -ENOMEM;
	error = take_changes(a, &p->settings, ret_why);
	if (!error && is_under_way(c->kafka, a->errand.name))
		error = kafka_failure_refuse(ret_why, COMM_EBUSY, NULL,
					     "%s is being altered; try again", a->errand.subject);
	if (!error)
		return kafka_errand_start(c, &a->errand, timeout_ms, done, arg, ret_why);
	kafka_errand_free(&a->errand);
	return error;
}
