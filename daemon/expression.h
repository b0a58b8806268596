#pragma once

/*
 * Expression: what a regular expression of somebody else's costs, before the C library compiles it.
 *
 * regcomp() writes repetitions out, and the time it takes for some that are shorter than a line has no bound.
 */

/* Returns a sentence about why @expression costs too much, or NULL. Whether it is one at all is not looked at. */
const char *expression_weigh(const char *expression);
