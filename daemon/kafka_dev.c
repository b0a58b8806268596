/*
 * The mock cluster of --dev
 *
 * librdkafka's mock cluster creates every topic that it is asked about, has no administration, and
 * before 2.15 cannot delete a topic. So the topics that exist for us are kept here, and nothing is
 * asked about others.
 *
 * Without deletion a topic that is deleted only answers with an error. When it is created again, the
 * error is taken back and its old records are still there: each partition then begins, for us, where
 * it ended when it was deleted. Programs that use the mock cluster without us see the old records.
 */
#define HASH_NONFATAL_OOM 1

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include <uthash.h>

#include "daemon/kafka_internal.h"

#define PARTITIONS_DEFAULT 4

/* The mock cluster holds every partition in memory. */
#define PARTITIONS_MAX 1000

#define BROKERS 1

#define CAN_DELETE (RD_KAFKA_VERSION >= 0x020f00ff)

struct topic {
	UT_hash_handle hh;
	bool exists;
	size_t n_partitions;
	int64_t *first_offsets; /* owned; one per partition */
	char name[];
};

struct kafka_dev {
	rd_kafka_t *rk; /* what the cluster runs on */
	rd_kafka_mock_cluster_t *cluster;
	struct topic *topics; /* owned; by name */
};

int kafka_dev_new(struct kafka_dev **ret)
{
	struct kafka_dev *d = calloc(1, sizeof *d);
	rd_kafka_conf_t *conf;
	char why[256];

	if (!d)
		return -ENOMEM;
	conf = rd_kafka_conf_new();
	rd_kafka_conf_set_log_cb(conf, NULL);
	d->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
	if (!d->rk) {
		rd_kafka_conf_destroy(conf);
		free(d);
		return -EAGAIN;
	}
	d->cluster = rd_kafka_mock_cluster_new(d->rk, BROKERS);
	if (!d->cluster) {
		kafka_dev_free(d);
		return -EADDRNOTAVAIL;
	}
	*ret = d;
	return 0;
}

static void topic_free(struct kafka_dev *d, struct topic *t)
{
	HASH_DEL(d->topics, t);
	free(t->first_offsets);
	free(t);
}

struct kafka_dev *kafka_dev_free(struct kafka_dev *d)
{
	struct topic *t, *next;

	if (!d)
		return NULL;
	HASH_ITER(hh, d->topics, t, next)
		topic_free(d, t);
	if (d->cluster)
		rd_kafka_mock_cluster_destroy(d->cluster);
	rd_kafka_destroy(d->rk);
	free(d);
	return NULL;
}

const char *kafka_dev_servers(const struct kafka_dev *d)
{
	return rd_kafka_mock_cluster_bootstraps(d->cluster);
}

struct rd_kafka_mock_cluster_s *kafka_dev_cluster(const struct kafka_dev *d)
{
	return d->cluster;
}

static struct topic *find(const struct kafka_dev *d, struct comm_bytes name)
{
	struct topic *t;

	HASH_FIND(hh, d->topics, name.data, name.len, t);
	return t;
}

static struct topic *find_existing(const struct kafka_dev *d, struct comm_bytes name)
{
	struct topic *t = find(d, name);

	return t && t->exists ? t : NULL;
}

bool kafka_dev_has_topic(const struct kafka_dev *d, struct comm_bytes topic)
{
	return find_existing(d, topic);
}

size_t kafka_dev_n_partitions(const struct kafka_dev *d, struct comm_bytes topic)
{
	const struct topic *t = find_existing(d, topic);

	return t ? t->n_partitions : 0;
}

int64_t kafka_dev_first_offset(const struct kafka_dev *d, struct comm_bytes topic,
			       int32_t partition)
{
	const struct topic *t = find_existing(d, topic);

	return t && (size_t)partition < t->n_partitions ? t->first_offsets[partition] : 0;
}

static int refuse(struct kafka_failure *f, int code, rd_kafka_resp_err_t err,
		  struct comm_bytes name, const char *member, const char *more)
{
	char words[256];

	(void)kafka_error_words(err, words, sizeof words);
	return kafka_failure_refuse(f, code, member, "topic %.*s: %s%s%s", (int)name.len, name.data,
				    words, more[0] ? ": " : "", more);
}

static struct topic *add(struct kafka_dev *d, struct comm_bytes name, size_t n_partitions)
{
	struct topic *t = calloc(1, sizeof *t + name.len + 1);

	if (!t)
		return NULL;
	t->first_offsets = calloc(n_partitions, sizeof *t->first_offsets);
	t->n_partitions = n_partitions;
	memcpy(t->name, name.data, name.len);
	if (t->first_offsets)
		HASH_ADD_KEYPTR(hh, d->topics, t->name, name.len, t);
	if (!t->hh.tbl) {
		free(t->first_offsets);
		free(t);
		return NULL;
	}
	return t;
}

static int create(struct kafka_dev *d, struct comm_bytes name, size_t n_partitions,
		  struct kafka_failure *ret_why)
{
	struct topic *t = add(d, name, n_partitions);
	rd_kafka_resp_err_t err;

	if (!t)
		return -ENOMEM;
	err = rd_kafka_mock_topic_create(d->cluster, t->name, (int)n_partitions, BROKERS);
	if (err) {
		topic_free(d, t);
		return refuse(ret_why, COMM_ETOPIC_CREATE, err, name, "topic", "");
	}
	t->exists = true;
	return 0;
}

/* Only where it cannot really be deleted. */
static int create_again(struct kafka_dev *d, struct topic *t, int64_t n_partitions,
			struct kafka_failure *ret_why)
{
	if (n_partitions != COMM_NONE && (size_t)n_partitions != t->n_partitions)
		return refuse(ret_why, COMM_ETOPIC_CREATE, RD_KAFKA_RESP_ERR_INVALID_PARTITIONS,
			      comm_bytes_of(t->name), "partitions",
			      "the mock cluster of --dev can create a deleted topic again only "
			      "with as many partitions as it had; use another name");
	rd_kafka_mock_topic_set_error(d->cluster, t->name, RD_KAFKA_RESP_ERR_NO_ERROR);
	t->exists = true;
	return 0;
}

int kafka_dev_create_topic(struct kafka_dev *d, const struct comm_create_topic_params *p,
			   struct kafka_failure *ret_why)
{
	struct topic *t = find(d, p->topic);
	int64_t n = p->partitions;

	if (t && t->exists)
		return refuse(ret_why, COMM_ETOPIC_CREATE, RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS,
			      p->topic, "topic", "");
	if (p->replication != COMM_NONE && p->replication > BROKERS)
		return refuse(ret_why, COMM_ETOPIC_CREATE,
			      RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, p->topic, "replication",
			      "the mock cluster of --dev has 1 broker");
	if (n != COMM_NONE && n > PARTITIONS_MAX)
		return refuse(ret_why, COMM_ETOPIC_CREATE, RD_KAFKA_RESP_ERR_INVALID_PARTITIONS,
			      p->topic, "partitions",
			      "the mock cluster of --dev allows at most 1000");
	if (t)
		return create_again(d, t, n, ret_why);
	return create(d, p->topic, n == COMM_NONE ? PARTITIONS_DEFAULT : (size_t)n, ret_why);
}

void kafka_dev_set_first_offset(struct kafka_dev *d, struct comm_bytes topic, int32_t partition,
				int64_t offset)
{
	struct topic *t = find_existing(d, topic);

	if (t && (size_t)partition < t->n_partitions)
		t->first_offsets[partition] = offset;
}

int kafka_dev_delete_topic(struct kafka_dev *d, struct comm_bytes topic,
			   struct kafka_failure *ret_why)
{
	struct topic *t = find_existing(d, topic);

	if (!t)
		return refuse(ret_why, COMM_ETOPIC_DELETE, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
			      topic, "topic", "");
#if CAN_DELETE
	(void)rd_kafka_mock_topic_delete(d->cluster, t->name);
	topic_free(d, t);
#else
	rd_kafka_mock_topic_set_error(d->cluster, t->name, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
	t->exists = false;
#endif
	return 0;
}
