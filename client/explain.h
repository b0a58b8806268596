#pragma once

/*
 * Explain: why the daemon could not be reached, in a sentence that says what to do next.
 */

#include <stddef.h>

/*
 * @error is what transport_set_address() or transport_connect() returned for @path.
 * Returns the COMM_E* number and writes a sentence of less than @size bytes.
 */
int explain_connect(const char *path, int error, char *ret_text, size_t size);
