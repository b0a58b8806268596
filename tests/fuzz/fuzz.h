#pragma once

/*
 * Fuzz: a target is one file with this function, for libFuzzer or for replay.c.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* What must not happen aborts. */
#define MUST(condition)                                                                 \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)

/* Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
