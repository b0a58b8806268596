#pragma once

/*
 * Grammar: what may stand on the command line of a verb, read from its help, which says it to people.
 */

#include <stdbool.h>
#include <stddef.h>

struct verb;

/* A part of a help text. */
struct grammar_text {
	const char *at; /* borrowed from the help; not ended by a NUL */
	size_t len;
};

struct grammar_option {
	struct grammar_text name;     /* with its dashes */
	struct grammar_text argument; /* what stands for its value; empty: it takes none */
	bool is_optional;             /* the value can be left out, and otherwise comes after "=" */
	struct grammar_text meaning;  /* the beginning of what is said about it */
};

/* More than any verb has, with those of all verbs. */
#define GRAMMAR_OPTIONS_MAX 64

struct grammar {
	struct grammar_option options[GRAMMAR_OPTIONS_MAX];
	size_t n_options;
};

/* The options of @verb and those of every verb; NULL: only these. */
void grammar_read(struct grammar *g, const struct verb *verb);

/* The option of the @len bytes at @name, dashes included. Returns NULL if there is none. */
const struct grammar_option *grammar_find(const struct grammar *g, const char *name, size_t len);

/*
 * What stands on @verb's usage line for the word @i of those that are no options, such as TOPIC; empty
 * if there may be none.
 */
struct grammar_text grammar_word(const struct verb *verb, size_t i);

bool grammar_is(struct grammar_text text, const char *word);
