#include "client/client.h"

#include "client/query.h"
#include "client/shape.h"
#include "proto/util.h"

/* As comm_topic_info, and what is in it. */
#define PARTITION_SHAPE "ii[i][i]"
#define TOPIC_SHAPE     "S[" PARTITION_SHAPE "]e"

/* ---- asking ---- */

static void give_topics(struct comm *c, int error, void *result, query_fn done, void *arg)
{
	((comm_topics_fn)done)(c, error, result, arg);
}

static const struct query_kind list_kind = {
	.method = COMM_METHOD_LIST_TOPICS,
	.repeats = true,
	.shape = "[" TOPIC_SHAPE "][iSi]",
	.give = give_topics,
};

int comm_list_topics_async(struct comm *c, const char *topic, comm_topics_fn done, void *arg)
{
	return query_run_named(c, &list_kind, topic, (query_fn)done, arg);
}

int comm_list_topics(struct comm *c, const char *topic, struct comm_topics **ret_topics)
{
	return comm_list_topics_async(c, topic, (comm_topics_fn)query_wait, ret_topics);
}

void comm_topics_free(struct comm_topics *topics)
{
	shape_free(topics);
}

static void give_description(struct comm *c, int error, void *result, query_fn done, void *arg)
{
	((comm_topic_description_fn)done)(c, error, result, arg);
}

static const struct query_kind describe_kind = {
	.method = COMM_METHOD_DESCRIBE_TOPIC,
	.repeats = true,
	.shape = "{" TOPIC_SHAPE "}[SsSbb]",
	.give = give_description,
};

int comm_describe_topic_async(struct comm *c, const char *topic, comm_topic_description_fn done,
			      void *arg)
{
	return query_run_named(c, &describe_kind, topic, (query_fn)done, arg);
}

int comm_describe_topic(struct comm *c, const char *topic,
			struct comm_topic_description **ret_description)
{
	return comm_describe_topic_async(c, topic, (comm_topic_description_fn)query_wait,
					 ret_description);
}

void comm_topic_description_free(struct comm_topic_description *description)
{
	shape_free(description);
}

static void give_offsets(struct comm *c, int error, void *result, query_fn done, void *arg)
{
	((comm_offsets_fn)done)(c, error, result, arg);
}

static const struct query_kind offsets_kind = {
	.method = COMM_METHOD_OFFSETS,
	.repeats = true,
	.shape = "[iqqq]",
	.give = give_offsets,
};

int comm_offsets_async(struct comm *c, const char *topic, int64_t time_ms, comm_offsets_fn done,
		       void *arg)
{
	struct comm_offsets_params params = {
		.topic = comm_bytes_of(topic),
		.time_ms = time_ms < 0 ? COMM_NONE : time_ms,
	};

	return query_run(c, &offsets_kind, &params, (query_fn)done, arg);
}

int comm_offsets(struct comm *c, const char *topic, int64_t time_ms,
		 struct comm_offsets **ret_offsets)
{
	return comm_offsets_async(c, topic, time_ms, (comm_offsets_fn)query_wait, ret_offsets);
}

void comm_offsets_free(struct comm_offsets *offsets)
{
	shape_free(offsets);
}

/* ---- changing ---- */

/* Settings as they are sent. One to change has the same two strings as one of a new topic. */
struct settings {
	struct comm_wire_setting wire[COMM_SETTINGS_MAX];
};

_Static_assert(sizeof(struct comm_wire_setting) == sizeof(struct comm_wire_change) &&
		       offsetof(struct comm_wire_setting, value) ==
			       offsetof(struct comm_wire_change, value),
	       "settings and changes differ");

static struct comm_list list_settings(struct settings *s, const struct comm_setting *settings,
				      size_t n)
{
	/* More, and names that are NULL, are refused when they are to be sent. */
	for (size_t i = 0; i < MIN(n, COMM_SETTINGS_MAX); i++)
		s->wire[i] = (struct comm_wire_setting){
			comm_bytes_of(settings ? settings[i].name : NULL),
			comm_bytes_of(settings ? settings[i].value : NULL),
		};
	return (struct comm_list){ s->wire, n };
}

static const struct query_kind create_kind = {
	.method = COMM_METHOD_CREATE_TOPIC,
	.give = query_give_done,
};

int comm_create_topic_async(struct comm *c, const char *topic, int n_partitions, int replication,
			    const struct comm_setting *settings, size_t n_settings,
			    comm_done_fn done, void *arg)
{
	struct settings s;
	struct comm_create_topic_params params = {
		.topic = comm_bytes_of(topic),
		.partitions = n_partitions > 0 ? n_partitions : COMM_NONE,
		.replication = replication > 0 ? replication : COMM_NONE,
		.settings = list_settings(&s, settings, n_settings),
	};

	return query_run(c, &create_kind, &params, (query_fn)done, arg);
}

int comm_create_topic(struct comm *c, const char *topic, int n_partitions, int replication,
		      const struct comm_setting *settings, size_t n_settings)
{
	return comm_create_topic_async(c, topic, n_partitions, replication, settings, n_settings,
				       (comm_done_fn)query_wait, NULL);
}

static const struct query_kind alter_kind = {
	.method = COMM_METHOD_ALTER_TOPIC,
	.give = query_give_done,
};

int comm_alter_topic_async(struct comm *c, const char *topic, const struct comm_setting *settings,
			   size_t n_settings, comm_done_fn done, void *arg)
{
	struct settings s;
	struct comm_alter_topic_params params = {
		.topic = comm_bytes_of(topic),
		.settings = list_settings(&s, settings, n_settings),
	};

	return query_run(c, &alter_kind, &params, (query_fn)done, arg);
}

int comm_alter_topic(struct comm *c, const char *topic, const struct comm_setting *settings,
		     size_t n_settings)
{
	return comm_alter_topic_async(c, topic, settings, n_settings, (comm_done_fn)query_wait,
				      NULL);
}

static const struct query_kind add_kind = {
	.method = COMM_METHOD_ADD_PARTITIONS,
	.give = query_give_done,
};

int comm_add_partitions_async(struct comm *c, const char *topic, int n_partitions,
			      comm_done_fn done, void *arg)
{
	struct comm_add_partitions_params params = {
		.topic = comm_bytes_of(topic),
		.partitions = n_partitions,
	};

	return query_run(c, &add_kind, &params, (query_fn)done, arg);
}

int comm_add_partitions(struct comm *c, const char *topic, int n_partitions)
{
	return comm_add_partitions_async(c, topic, n_partitions, (comm_done_fn)query_wait, NULL);
}

static const struct query_kind delete_kind = {
	.method = COMM_METHOD_DELETE_TOPIC,
	.give = query_give_done,
};

int comm_delete_topic_async(struct comm *c, const char *topic, comm_done_fn done, void *arg)
{
	return query_run_named(c, &delete_kind, topic, (query_fn)done, arg);
}

int comm_delete_topic(struct comm *c, const char *topic)
{
	return comm_delete_topic_async(c, topic, (comm_done_fn)query_wait, NULL);
}
