#pragma once

/*
 * Wrapped: malloc(), calloc(), realloc() and strdup() of a program that is linked with --wrap for each of them.
 */

#include <stdbool.h>

/* Whether the allocation that is asked for now fails. For who links this to define. */
bool wrapped_is_refused(void);
