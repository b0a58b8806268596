#include "tests/lib/broker.h"

#include <check.h>
#include <stdio.h>

/* The first broker of its cluster, mostly the only one. */
#define ID 1

void broker_init(struct broker *b, const char *more)
{
	broker_init_many(b, 1, more);
}

void broker_init_many(struct broker *b, int n_brokers, const char *more)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[256];
	int n;

	rd_kafka_conf_set_log_cb(conf, NULL);
	b->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
	ck_assert_ptr_nonnull(b->rk);
	b->cluster = rd_kafka_mock_cluster_new(b->rk, n_brokers);
	ck_assert_ptr_nonnull(b->cluster);
	n = snprintf(b->properties, sizeof b->properties, "bootstrap.servers=%s\n%s",
		     rd_kafka_mock_cluster_bootstraps(b->cluster), more);
	ck_assert_uint_lt((size_t)n, sizeof b->properties);
}

void broker_fini(struct broker *b)
{
	rd_kafka_mock_cluster_destroy(b->cluster);
	rd_kafka_destroy(b->rk);
}

void broker_create_topic(struct broker *b, const char *topic, int n_partitions)
{
	ck_assert_int_eq(rd_kafka_mock_topic_create(b->cluster, topic, n_partitions, 1), 0);
}

void broker_set_down(struct broker *b)
{
	ck_assert_int_eq(rd_kafka_mock_broker_set_down(b->cluster, ID), 0);
}

void broker_set_up(struct broker *b)
{
	ck_assert_int_eq(rd_kafka_mock_broker_set_up(b->cluster, ID), 0);
}
