#pragma once

/*
 * Verb: one thing that commctl can be told to do; each has a file of its own.
 */

#include <stddef.h>

struct ctl;
struct out;

struct verb {
	const char *name;
	const char *arguments; /* after the name, on the usage line */
	const char *summary;   /* one line */
	const char *help;      /* options, in full lines */
	const char *examples;  /* three lines to copy */

	/* Do it; argv[0] is the verb. Returns the exit code, after having said what went wrong. */
	int (*run)(struct ctl *ctl, int argc, char **argv);
};

extern const struct verb verb_send, verb_receive, verb_tail;
extern const struct verb verb_topics, verb_describe, verb_offsets, verb_create_topic,
	verb_add_partitions, verb_alter_topic, verb_delete_topic;
extern const struct verb verb_groups, verb_lag, verb_reset, verb_delete_group;
extern const struct verb verb_check;
extern const struct verb verb_status, verb_top, verb_clients, verb_consumers, verb_brokers,
	verb_trace, verb_metrics, verb_ping, verb_bench, verb_reload, verb_call, verb_completion,
	verb_methods;

/* Every verb, in the order of the overview; ended by NULL. */
extern const struct verb *const verbs[];

/* The options of every verb, in full lines. */
extern const char verb_common_options[];

/* Returns NULL for a name that no verb has. */
const struct verb *verb_find(const char *name);

void verb_print_help(const struct verb *v, struct out *out);
void verb_print_overview(struct out *out);
