/*
 * allow BOOTSTRAP "USER KIND PREFIX OPERATION"...: ACLs on a broker, for everything whose name begins
 * with PREFIX; KIND is topic or group, OPERATION one of those below.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#define TIMEOUT_MS 20000

static const struct operation {
	const char *word;
	rd_kafka_AclOperation_t number;
} operations[] = {
	{ "read", RD_KAFKA_ACL_OPERATION_READ },
	{ "write", RD_KAFKA_ACL_OPERATION_WRITE },
	{ "create", RD_KAFKA_ACL_OPERATION_CREATE },
	{ "describe", RD_KAFKA_ACL_OPERATION_DESCRIBE },
};

static rd_kafka_AclOperation_t operation_of(const char *word)
{
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
		if (!strcmp(operations[i].word, word))
			return operations[i].number;
	return RD_KAFKA_ACL_OPERATION_UNKNOWN;
}

/* Returns NULL for what is no ACL. */
static rd_kafka_AclBinding_t *binding_of(const char *line)
{
	char user[64], kind[16], prefix[64], operation[16], principal[80], why[256];

	if (sscanf(line, "%63s %15s %63s %15s", user, kind, prefix, operation) != 4)
		return NULL;
	(void)snprintf(principal, sizeof principal, "User:%s", user);
	return rd_kafka_AclBinding_new(
		!strcmp(kind, "group") ? RD_KAFKA_RESOURCE_GROUP : RD_KAFKA_RESOURCE_TOPIC, prefix,
		RD_KAFKA_RESOURCE_PATTERN_PREFIXED, principal, "*", operation_of(operation),
		RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, why, sizeof why);
}

static rd_kafka_t *connect_to(const char *bootstrap)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[256];

	if (rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, why, sizeof why))
		abort();
	return rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
}

/* Whether all of them are there now. */
static int are_created(rd_kafka_event_t *e)
{
	const rd_kafka_acl_result_t **results;
	size_t n;

	if (!e || rd_kafka_event_error(e)) {
		fprintf(stderr, "allow: %s\n", e ? rd_kafka_event_error_string(e) : "no answer");
		return 0;
	}
	results = rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(e), &n);
	for (size_t i = 0; i < n; i++) {
		const rd_kafka_error_t *error = rd_kafka_acl_result_error(results[i]);

		if (error) {
			fprintf(stderr, "allow: %s\n", rd_kafka_error_string(error));
			return 0;
		}
	}
	return 1;
}

int main(int argc, char *argv[])
{
	rd_kafka_t *rk = argc > 2 ? connect_to(argv[1]) : NULL;
	rd_kafka_AclBinding_t *bindings[64];
	rd_kafka_queue_t *queue;
	rd_kafka_event_t *event;
	size_t n = 0;
	int done;

	for (int i = 2; rk && i < argc && n < 64; i++, n++) {
		bindings[n] = binding_of(argv[i]);
		if (!bindings[n])
			rk = NULL;
	}
	if (!rk) {
		fprintf(stderr, "usage: allow BOOTSTRAP \"USER KIND PREFIX OPERATION\"...\n");
		return 2;
	}
	queue = rd_kafka_queue_new(rk);
	rd_kafka_CreateAcls(rk, bindings, n, NULL, queue);
	event = rd_kafka_queue_poll(queue, TIMEOUT_MS);
	done = are_created(event);
	if (event)
		rd_kafka_event_destroy(event);
	rd_kafka_AclBinding_destroy_array(bindings, n);
	rd_kafka_queue_destroy(queue);
	rd_kafka_destroy(rk);
	return done ? 0 : 1;
}
