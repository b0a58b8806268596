#include "daemon/expression.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "proto/util.h"

/*
 * The characters that an expression may stand for, once its repetitions are written out: the C library
 * does write them out, and a few characters could be gigabytes.
 */
#define WEIGHT_MAX 1024

#define NESTING_MAX 32

/* What was read of a group that is open, or of the whole. */
struct group {
	size_t weight;
	bool is_empty; /* what was read of its last branch may stand for nothing, but for the atom */
	bool has_an_empty; /* one of its other branches may */
};

/* Where the scan of an expression is. */
struct scale {
	const char *next;
	struct group groups[NESTING_MAX + 1];
	size_t depth;
	size_t atom;        /* weight of what a repetition would repeat; 0: there is nothing */
	bool is_atom_empty; /* it may stand for nothing */
	bool is_repeated;   /* it is repeated already */
};

/* Behind a bracket expression that begins at @s. */
static const char *skip_bracket(const char *s)
{
	s++;
	s += *s == '^';
	s += *s == ']';
	while (*s && *s != ']') {
		const char *end = NULL;

		if (*s == '[' && s[1] && strchr(":.=", s[1]))
			end = strchr(s + 2, ']');
		s = end ? end + 1 : s + 1;
	}
	return s + (*s == ']');
}

struct repetition {
	size_t count; /* how often it is there once it is written out; 0: this is no repetition */
	bool may_be_none;
	const char *end;
};

static struct repetition read_repetition(const char *s)
{
	unsigned long low, high;
	char *end;

	if (*s == '*' || *s == '?')
		return (struct repetition){ 1, true, s + 1 };
	if (*s == '+')
		return (struct repetition){ 2, false, s + 1 };
	if (*s != '{' || !strchr("0123456789,", s[1]))
		return (struct repetition){ 0 };
	low = strtoul(s + 1, &end, 10);
	high = low;
	if (*end == ',')
		high = strtoul(end + 1, &end, 10);
	return (struct repetition){ MIN(MAX(low + 1, high), (unsigned long)WEIGHT_MAX + 1), !low,
				    end + (*end == '}') };
}

/* Nothing will repeat the last atom any more. */
static void settle(struct scale *s)
{
	struct group *g = &s->groups[s->depth];

	g->is_empty = g->is_empty && (!s->atom || s->is_atom_empty);
	s->atom = 0;
}

static void add(struct scale *s, size_t weight, bool may_be_empty)
{
	settle(s);
	s->atom = weight;
	s->is_atom_empty = may_be_empty;
	s->is_repeated = false;
	s->groups[s->depth].weight += weight;
}

/*
 * To write out what is repeated takes memory; and the time that glibc takes for what may be empty, repeated,
 * doubles with each repetition.
 */
static const char *repeat(struct scale *s, const struct repetition *r)
{
	s->next = r->end;
	if (s->is_repeated)
		return "it repeats a repetition";
	if (s->is_atom_empty)
		return "it repeats what may be empty";
	s->groups[s->depth].weight += s->atom * (r->count - 1);
	s->atom *= r->count;
	s->is_atom_empty = r->may_be_none;
	s->is_repeated = true;
	return NULL;
}

static const char *open_group(struct scale *s)
{
	if (s->depth == NESTING_MAX)
		return "its groups are nested too deeply";
	settle(s);
	s->groups[++s->depth] = (struct group){ .is_empty = true };
	s->next++;
	return NULL;
}

static void close_group(struct scale *s)
{
	const struct group *g = &s->groups[s->depth];

	settle(s);
	s->depth--;
	/* Also with nothing in it it is something that can be repeated. */
	add(s, g->weight + 1, g->is_empty || g->has_an_empty);
	s->next++;
}

static void end_branch(struct scale *s)
{
	struct group *g = &s->groups[s->depth];

	settle(s);
	g->has_an_empty = g->has_an_empty || g->is_empty;
	g->is_empty = true;
	g->weight++;
	s->next++;
}

static const char *step(struct scale *s)
{
	struct repetition r = read_repetition(s->next);
	const char *problem = NULL;

	if (r.count && s->atom) {
		problem = repeat(s, &r);
	} else if (*s->next == '(') {
		problem = open_group(s);
	} else if (*s->next == ')' && s->depth) {
		close_group(s);
	} else if (*s->next == '|') {
		end_branch(s);
	} else if (*s->next == '[') {
		s->next = skip_bracket(s->next);
		add(s, 1, false);
	} else if (*s->next == '\\' && s->next[1] >= '1' && s->next[1] <= '9') {
		problem = "it refers back to a part of itself, which may take for ever to match";
	} else {
		add(s, 1, *s->next == '^' || *s->next == '$');
		s->next += *s->next == '\\' && s->next[1] ? 2 : 1;
	}
	if (!problem && MAX(s->groups[s->depth].weight, s->atom) > WEIGHT_MAX)
		problem = "its repetitions stand for too many characters";
	return problem;
}

const char *expression_weigh(const char *expression)
{
	struct scale s = { .next = expression, .groups[0].is_empty = true };
	const char *problem = NULL;

	while (*s.next && !problem)
		problem = step(&s);
	return problem;
}
