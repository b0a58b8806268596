#pragma once

/*
 * Fuzz: a target is one file with this function, for libFuzzer or for replay.c.
 */

#include <stddef.h>
#include <stdint.h>

/* Returns 0; anything that must not happen aborts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
