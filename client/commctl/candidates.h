#pragma once

/*
 * Candidates: what a word of a command line can be, such as the name of a topic, asked from commd.
 */

#include "client/commctl/grammar.h"

struct ctl;

/* Who types waits for each of two answers no longer than twice that: for ctl::timeout_ms. */
#define CANDIDATES_PATIENCE_MS 1000

/*
 * Print those that begin with @prefix of what @what stands for in a help text, each on a line behind
 * @before. What commd does not answer soon has none. Returns false if they are files, which the shell
 * knows better; then nothing was printed.
 */
bool candidates_print(struct ctl *ctl, struct grammar_text what, const char *prefix,
		      struct grammar_text before);

/* One candidate, and what it means (empty: nothing), if it begins with @prefix. */
void candidates_add(struct ctl *ctl, struct grammar_text word, const char *prefix,
		    struct grammar_text meaning);
