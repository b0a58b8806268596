#pragma once

/*
 * Why a broker's certificate is not trusted. librdkafka itself has the same words for every reason.
 */

#include "daemon/kafka_internal.h"

/*
 * Have handles of @conf tell in their log what is wrong with a broker's certificate. What is trusted
 * stays as it is.
 */
void kafka_certificate_watch(rd_kafka_conf_t *conf);

/* What was told so, in a line of librdkafka's log; or NULL if the line is about something else. */
const char *kafka_certificate_words(const char *facility, const char *line);
