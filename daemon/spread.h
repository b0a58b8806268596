#pragma once

/*
 * Spread: which reader is to have which partition.
 *
 * As even as what the readers have subscribed to allows, and with few changes: a partition moves
 * only where that makes the numbers more even. Pure: numbers in, numbers out.
 */

#include <stdbool.h>
#include <stddef.h>

#define SPREAD_NONE (-1)

/* Readers, topics and partitions go by their numbers, from 0. */
struct spread {
	size_t n_readers;
	size_t n_topics;
	size_t n_partitions;
	const size_t *topics;   /* of each partition */
	const bool *subscribed; /* [reader * n_topics + topic] */
	int *owners; /* of each partition: in, who has it; out, who is to have it; or SPREAD_NONE */
};

/* Decide on @s->owners. Returns 0, or -ENOMEM with the owners as they were. */
int spread_evenly(const struct spread *s);
