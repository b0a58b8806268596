#include "client/commctl/partitions.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/commclient.h"
#include "client/commctl/json.h"
#include "client/commctl/table.h"
#include "proto/util.h"

static const char *const titles[] = { "PARTITION", "LEADER", "REPLICAS", "IN SYNC" };

/* Broker ids as 1,2,3, in a string freed by the caller. */
static char *ids(const int32_t *id, size_t n)
{
	char *text = calloc(n + 1, 12), *p = text;

	for (size_t i = 0; text && i < n; i++)
		p += sprintf(p, "%s%" PRId32, i ? "," : "", id[i]);
	return text;
}

static json_t *ids_json(const int32_t *id, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_integer(id[i]));
	return list;
}

json_t *partitions_json(const struct comm_topic_info *t)
{
	json_t *partitions = json_array();

	for (size_t i = 0; i < t->n_partitions; i++) {
		const struct comm_partition_info *p = &t->partitions[i];

		(void)json_array_append_new(
			partitions, json_pack("{s:i, s:o, s:o, s:o}", "partition",
					      (int)p->partition, "leader", json_number(p->leader),
					      "replicas", ids_json(p->replicas, p->n_replicas),
					      "isr", ids_json(p->isr, p->n_isr)));
	}
	return partitions;
}

void partitions_print(const struct comm_topic_info *topic, bool human, const char *kind,
		      struct out *out)
{
	struct table t;

	table_init(&t, titles, ARRAY_SIZE(titles));
	t.of = kind ? topic->name : NULL;
	for (size_t i = 0; i < topic->n_partitions; i++) {
		const struct comm_partition_info *p = &topic->partitions[i];
		_cleanup_free_ char *replicas = ids(p->replicas, p->n_replicas);
		_cleanup_free_ char *isr = ids(p->isr, p->n_isr);

		table_add(&t, "%" PRId32, p->partition);
		table_add(&t, "%" PRId32, p->leader);
		table_add(&t, "%s", replicas ? replicas : "");
		table_add(&t, "%s", isr ? isr : "");
	}
	table_print(&t, human, kind, out);
	table_fini(&t);
}
