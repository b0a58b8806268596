#pragma once

/*
 * Broker: a Kafka broker in the test's own process, librdkafka's mock, that goes and comes back when
 * the test says so. To those who connect it is a broker like another, but for requests of
 * administration, which it does not know.
 */

#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

struct broker {
	rd_kafka_t *rk;                   /* owned; what it runs on */
	rd_kafka_mock_cluster_t *cluster; /* owned */
	char properties[256];             /* of a profile for it */
};

/* Start it; @more properties are added to those of the profile. */
void broker_init(struct broker *b, const char *more);

/* The first of a cluster of several, with the numbers from 1 on. */
void broker_init_many(struct broker *b, int n_brokers, const char *more);
void broker_fini(struct broker *b);

void broker_create_topic(struct broker *b, const char *topic, int n_partitions);

/* Its connections are closed, and new ones refused. */
void broker_set_down(struct broker *b);

/* It listens where it did before, with all that it had. */
void broker_set_up(struct broker *b);
