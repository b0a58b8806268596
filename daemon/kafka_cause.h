#pragma once

/*
 * What it means that a broker cannot be used, and what to do about it. librdkafka has few codes for
 * that and says the rest in its sentences.
 */

#include "daemon/kafka_internal.h"

struct kafka_cause {
	bool is_distrust; /* the broker was reached; it or the profile was not trusted */
	char text[512];   /* librdkafka's words, then the next step */
};

/*
 * @words are librdkafka's about @err. @certificate is what was said last about a broker's certificate,
 * or "".
 */
void kafka_cause_find(const struct profile *p, rd_kafka_resp_err_t err, const char *words,
		      const char *certificate, struct kafka_cause *ret);
