#pragma once

/*
 * Golden line: a golden request as people write it.
 */

struct golden;

/* One line of JSON, without its end, that asks for what @g, a request, does. The caller frees it. */
char *golden_line(const struct golden *g);
