#pragma once

/*
 * Demand: a send, measured and judged by what can be said without asking anyone: whether its records
 * are such that they can be sent at all, and how much room they take.
 */

#include <stddef.h>
#include <stdint.h>

#include "daemon/kafka.h"

struct kafka_producer;

struct kafka_demand {
	const struct comm_wire_record *records; /* borrowed */
	size_t n;
	size_t n_bytes; /* keys and values */
	size_t n_header_bytes;
	int64_t max_partition; /* named by a record; -1: none is */
	size_t max_index;      /* of that record */
};

/*
 * Measure @d, whose records are set, max_partition being -1 and all else 0.
 *
 * Returns 0, COMM_EBAD_VALUE or COMM_ETOO_BIG with @ret_why.
 */
int kafka_demand_measure(const struct kafka_producer *p, struct kafka_demand *d,
			 struct kafka_failure *ret_why);

/* Refuse record @index for its @member: @sentence follows the path. Returns @code. */
int kafka_demand_refuse(struct kafka_failure *f, int code, size_t index, const char *member,
			const char *sentence);
