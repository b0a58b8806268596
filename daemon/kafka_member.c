/*
 * Static members
 *
 * A profile may give its consumers a group.instance.id. A commd that ends does not leave its groups then:
 * the next one that comes with the same id, before the session times out, gets the same partitions, and
 * no other member notices. Two that are there at once fence each other off, so that there is no such
 * id unless a profile asks for it: nothing that is found on a host is certainly its alone, and containers
 * share what they are made of.
 *
 * When the last reader of a group has gone, however, nobody is going to come soon: the member leaves.
 * librdkafka does not do that for a static one that is closed, but for one that unsubscribes.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/kafka_member.h"
#include "daemon/profile.h"
#include "proto/util.h"

#define KEY "group.instance.id"

/* Kafka's rule, the same as for topics. */
#define ID_MAX COMM_TOPIC_NAME_MAX

/* What @placeholder stands for, into @out; NULL: nothing. */
static const char *meaning(const struct profile *p, char placeholder, char *out, size_t size)
{
	if (placeholder == 'p')
		return p->name;
	if (placeholder != 'h' || gethostname(out, size))
		return NULL;
	out[size - 1] = '\0';
	return out;
}

static bool is_id(const char *id)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";

	return *id && !id[strspn(id, allowed)] && strcmp(id, ".") != 0 && strcmp(id, "..") != 0;
}

const char *kafka_member_expand(const struct profile *p, const char *pattern, char *ret,
				size_t size)
{
	char host[ID_MAX + 1];
	size_t n = 0;

	for (const char *s = pattern; *s; s++) {
		char plain[2] = { *s, '\0' };
		const char *part = plain;

		if (*s == '%' && *++s)
			part = meaning(p, *s, host, sizeof host);
		if (!part || !*s)
			return "% is followed by h, for the host's name, or p, for the profile's";
		n += (size_t)snprintf(ret + n, size - n, "%s", part);
		if (n >= size || n > ID_MAX)
			return "it is too long: Kafka allows 249 characters";
	}
	ret[n] = '\0';
	return is_id(ret) ? NULL : "Kafka allows letters, digits, \".\", \"_\" and \"-\"";
}

/* Into @ret; "" for one that is none. */
static void get_id(const rd_kafka_conf_t *conf, char ret[ID_MAX + 1])
{
	size_t size = ID_MAX + 1;

	if (rd_kafka_conf_get(conf, KEY, ret, &size))
		*ret = '\0';
}

bool kafka_member_is_static(const struct kafka_consumer *c)
{
	char id[ID_MAX + 1];

	get_id(rd_kafka_conf(c->rk), id);
	return *id;
}

bool kafka_member_stays(const struct kafka_consumer *c)
{
	const struct kafka_client *client = c->client;
	char id[ID_MAX + 1], new_id[ID_MAX + 1];
	struct kafka_failure ignored;
	rd_kafka_conf_t *conf;

	get_id(rd_kafka_conf(c->rk), id);
	if (!*id ||
	    kafka_conf_new(client->kafka, client->profile, RD_KAFKA_CONSUMER, &conf, &ignored))
		return false;
	get_id(conf, new_id);
	rd_kafka_conf_destroy(conf);
	return !strcmp(id, new_id);
}

bool kafka_member_has_left(const struct kafka_consumer *c)
{
	char *id = rd_kafka_memberid(c->rk);
	bool has_left = !id || !*id;

	if (id)
		rd_kafka_mem_free(c->rk, id);
	return has_left;
}
