#pragma once

/*
 * Words: parameters that are one of a few words.
 */

#include "daemon/kafka.h"

struct word {
	const char *word;
	int value;
};

/*
 * The value of @word among @n words, or @absent for nil. Returns 0, or COMM_EBAD_VALUE with @ret_why
 * naming @parameter and the words allowed.
 */
int words_find(const struct word *words, size_t n, struct comm_bytes word, int absent,
	       const char *parameter, int *ret, struct kafka_failure *ret_why);

/* The same for the word of an enum kafka_start, the parameter "start". */
int words_find_start(struct comm_bytes word, enum kafka_start absent, enum kafka_start *ret,
		     struct kafka_failure *ret_why);
