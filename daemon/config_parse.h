#pragma once

/*
 * A configuration file while it is read: config_parse.c splits it into lines, config_section.c knows
 * which sections and keys there are.
 */

#include "daemon/config.h"

/* The section that is being read. */
struct config_target {
	char title[64]; /* "limits", "rule clients" */
	const struct config_key *keys;
	size_t n_keys;
	int *key_lines; /* where each was set; 0: nowhere */
	void *base;     /* what the keys' offsets count from */
};

/* One file on its way through libinih. */
struct config_parse {
	const char *file;
	struct text *text;
	struct config *config;
	struct config_problem *why;
	struct config_target target;      /* without keys before the first section */
	const char *unhandled;            /* the line that libinih has and has not reported yet */
	int key_lines[CONFIG_N_KEYS];     /* of the sections that have no name */
	int section_lines[CONFIG_N_KEYS]; /* where those began, at the index of the first key */
	int result;
};

/* A sentence about the line that was read last. */
#define config_refuse(p, ...) \
	((p)->result = config_problem_set((p)->why, (p)->file, (p)->text->line, __VA_ARGS__))

/* For texts of the file: as much of them as is shown. */
#define QUOTE CONFIG_PROBLEM_QUOTE_MAX

/* Begin the section of @line, "[...", which is changed. What is wrong is in the result. */
void config_begin_section(struct config_parse *p, char *line);

/* Set the key of the section that has begun. The same. */
void config_set_key(struct config_parse *p, const char *name, const char *value);
