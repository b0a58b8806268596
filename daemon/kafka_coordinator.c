#include "daemon/kafka_coordinator.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_consumer.h"
#include "proto/util.h"

/* Members that a refusal names. */
#define NAMED_MAX 5

int kafka_coordinator_new(const struct kafka_errand_kind *kind, struct kafka_client *c,
			  struct comm_bytes group, struct kafka_coordinator **ret,
			  struct kafka_failure *ret_why)
{
	struct kafka_coordinator *co;
	int error = kafka_ask_group(group, ret_why);

	if (error)
		return error;
	if (c->kafka->dev)
		return kafka_failure_refuse(ret_why, kind->code, NULL,
					    "the mock cluster of --dev cannot be asked about "
					    "groups; this needs a real Kafka");
	co = kafka_errand_new(kind, group);
	if (!co)
		return -ENOMEM;
	error = kafka_conf_new(c->kafka, c->profile, RD_KAFKA_CONSUMER, &co->conf, ret_why);
	if (error) {
		kafka_errand_free(&co->errand);
		return error;
	}
	kafka_consumer_configure(co->conf, co->errand.name, KAFKA_EARLIEST);
	*ret = co;
	return 0;
}

static void forget_members(struct kafka_coordinator *co)
{
	if (co->description)
		rd_kafka_event_destroy(co->description);
	co->description = NULL;
	co->described = NULL;
}

void kafka_coordinator_fini(struct kafka_errand *e)
{
	struct kafka_coordinator *co = container_of(e, struct kafka_coordinator, errand);

	forget_members(co);
	if (co->commits)
		rd_kafka_event_destroy(co->commits);
	for (size_t i = 0; i < co->n_leaving; i++)
		rd_kafka_mem_free(NULL, co->leaving[i]);
	free(co->leaving);
	if (co->conf)
		rd_kafka_conf_destroy(co->conf);
}

/* ---- this daemon's own members, on the loop ---- */

static bool is_of(const struct kafka_consumer *c, const char *group)
{
	return c->queue && c->group && !strcmp(c->group, group);
}

/*
 * The id that the coordinator has given to it, or NULL; rd_kafka_mem_free() frees it. A thread of
 * librdkafka that does not wait for anything is asked, which takes some 20 us.
 */
static char *id_of(const struct kafka_consumer *c)
{
	return rd_kafka_memberid(c->rk);
}

/* Without memory it is taken for one that stays. */
static void note_leaving(struct kafka_coordinator *co, char *id)
{
	char **leaving = reallocarray(co->leaving, co->n_leaving + 1, sizeof *leaving);

	if (!leaving) {
		rd_kafka_mem_free(NULL, id);
		return;
	}
	co->leaving = leaving;
	co->leaving[co->n_leaving++] = id;
}

void kafka_coordinator_leave(struct kafka_coordinator *co, struct kafka_client *client)
{
	struct kafka_consumer *c;

	LIST_FOREACH(c, &client->consumers, entry) {
		char *id;

		if (c->n_readers || !is_of(c, co->errand.name))
			continue;
		id = id_of(c);
		if (id)
			note_leaving(co, id);
		kafka_consumer_close(c, NULL);
	}
}

static void mark(const struct kafka_consumer *c, struct comm_wire_member *members, size_t n)
{
	char *id = id_of(c);

	for (size_t i = 0; i < n && id; i++)
		members[i].here = members[i].here || comm_bytes_is(members[i].member, id);
	if (id)
		rd_kafka_mem_free(NULL, id);
}

void kafka_coordinator_mark_here(const struct kafka_coordinator *co,
				 struct comm_wire_member *members, size_t n)
{
	const struct kafka_client *client;
	const struct kafka_consumer *c;

	LIST_FOREACH(client, &co->errand.job.client->kafka->clients, entry)
		LIST_FOREACH(c, &client->consumers, entry)
			if (is_of(c, co->errand.name))
				mark(c, members, n);
}

/* ---- the coordinator, in the thread ---- */

/* Whether another attempt may find a coordinator that is ready. */
static bool may_pass(rd_kafka_resp_err_t err)
{
	return err == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS ||
	       err == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE ||
	       err == RD_KAFKA_RESP_ERR_NOT_COORDINATOR;
}

/* Returns what the coordinator says of the group; without an answer the errand has failed. */
static rd_kafka_resp_err_t describe(struct kafka_coordinator *co)
{
	struct kafka_errand *e = &co->errand;
	const char *group = co->errand.name;
	const rd_kafka_ConsumerGroupDescription_t **groups;
	const rd_kafka_error_t *error;
	rd_kafka_AdminOptions_t *options;
	size_t n;

	options = kafka_errand_options(e, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
	rd_kafka_DescribeConsumerGroups(e->rk, &group, 1, options, e->queue);
	rd_kafka_AdminOptions_destroy(options);
	co->description = kafka_errand_await(e);
	if (!co->description)
		return RD_KAFKA_RESP_ERR_NO_ERROR;
	groups = rd_kafka_DescribeConsumerGroups_result_groups(
		rd_kafka_event_DescribeConsumerGroups_result(co->description), &n);
	co->described = groups[0];
	error = rd_kafka_ConsumerGroupDescription_error(co->described);
	return error ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR_NO_ERROR;
}

int kafka_coordinator_ask(struct kafka_coordinator *co)
{
	struct kafka_errand *e = &co->errand;
	rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR_NO_ERROR;

	/* Each attempt has a handle that looks for the coordinator anew. */
	do {
		forget_members(co);
		if ((err || !e->own) && kafka_errand_open(e, co->conf))
			return e->why.code;
		err = describe(co);
	} while (may_pass(err) && kafka_errand_may_retry(e));
	if (err && err != RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND)
		(void)kafka_errand_fail(
			e, err,
			rd_kafka_error_string(
				rd_kafka_ConsumerGroupDescription_error(co->described)));
	return e->why.code;
}

bool kafka_coordinator_is_dead(const struct kafka_coordinator *co)
{
	return rd_kafka_ConsumerGroupDescription_error(co->described) ||
	       rd_kafka_ConsumerGroupDescription_state(co->described) ==
		       RD_KAFKA_CONSUMER_GROUP_STATE_DEAD;
}

static bool is_leaving(const struct kafka_coordinator *co,
		       const rd_kafka_MemberDescription_t *member)
{
	const char *id = rd_kafka_MemberDescription_consumer_id(member);

	for (size_t i = 0; i < co->n_leaving; i++)
		if (!strcmp(co->leaving[i], id))
			return true;
	return false;
}

/* Name those that are in the way. */
static int refuse_active(struct kafka_coordinator *co, size_t n)
{
	struct kafka_failure *why = &co->errand.why;
	size_t len, n_named = MIN(n, NAMED_MAX);

	(void)kafka_failure_refuse(why, COMM_EGROUP_ACTIVE, "group",
				   "group \"%s\" has %zu member%s:", co->errand.name, n,
				   n == 1 ? "" : "s");
	for (size_t i = 0; i < n_named; i++) {
		const rd_kafka_MemberDescription_t *member =
			rd_kafka_ConsumerGroupDescription_member(co->described, i);

		len = strlen(why->message);
		(void)snprintf(why->message + len, sizeof why->message - len,
			       "%s client %.60s on %.60s%s", i ? "," : "",
			       rd_kafka_MemberDescription_client_id(member),
			       rd_kafka_MemberDescription_host(member),
			       is_leaving(co, member) ? " (this daemon, which is leaving)" : "");
	}
	len = strlen(why->message);
	(void)snprintf(why->message + len, sizeof why->message - len, "%s; stop %s and try again",
		       n > n_named ? " and others" : "", n == 1 ? "it" : "them");
	return why->code;
}

static size_t count_leaving(const struct kafka_coordinator *co, size_t n_members)
{
	size_t n = 0;

	for (size_t i = 0; i < n_members; i++)
		n += is_leaving(co, rd_kafka_ConsumerGroupDescription_member(co->described, i));
	return n;
}

int kafka_coordinator_await_none(struct kafka_coordinator *co)
{
	for (;;) {
		int error = kafka_coordinator_ask(co);
		size_t n;

		if (error)
			return error;
		n = rd_kafka_ConsumerGroupDescription_member_count(co->described);
		if (!n)
			return 0;
		if (count_leaving(co, n) < n || !kafka_errand_may_retry(&co->errand))
			return refuse_active(co, n);
	}
}

int kafka_coordinator_ask_committed(struct kafka_coordinator *co)
{
	struct kafka_errand *e = &co->errand;
	rd_kafka_ListConsumerGroupOffsets_t *question =
		rd_kafka_ListConsumerGroupOffsets_new(co->errand.name, NULL);
	const rd_kafka_group_result_t **groups;
	rd_kafka_AdminOptions_t *options;
	size_t n;

	options = kafka_errand_options(e, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
	rd_kafka_ListConsumerGroupOffsets(e->rk, &question, 1, options, e->queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_ListConsumerGroupOffsets_destroy(question);
	co->commits = kafka_errand_await(e);
	if (!co->commits)
		return e->why.code;
	groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
		rd_kafka_event_ListConsumerGroupOffsets_result(co->commits), &n);
	co->committed = rd_kafka_group_result_partitions(groups[0]);
	if (rd_kafka_group_result_error(groups[0]))
		return kafka_errand_fail(
			e, rd_kafka_error_code(rd_kafka_group_result_error(groups[0])), NULL);
	return 0;
}
