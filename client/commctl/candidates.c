#include "client/commctl/candidates.h"

#include <ctype.h>
#include <string.h>

#include "client/commctl/ctl.h"
#include "client/commctl/host.h"
#include "proto/util.h"

static struct grammar_text text_of(const char *s)
{
	return (struct grammar_text){ s, strlen(s) };
}

void candidates_add(struct ctl *ctl, struct grammar_text word, const char *prefix,
		    struct grammar_text meaning)
{
	size_t len = strlen(prefix);

	if (word.len >= len && !memcmp(word.at, prefix, len))
		out_printf(&ctl->out, "%.*s\t%.*s\n", (int)word.len, word.at, (int)meaning.len,
			   meaning.at);
}

/* What is no part of such a word in a shell would be for it to understand: somebody else has chosen it. */
static bool is_plain(const char *name)
{
	static const char others[] = "._:@%+,/-";

	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr(others, *p))
			return false;
	return true;
}

/* One of those that commd tells, with @before, which the shell takes for a part of the word. */
static void add_name(struct ctl *ctl, const char *name, const char *prefix,
		     struct grammar_text before)
{
	if (strncmp(name, prefix, strlen(prefix)) || !is_plain(name))
		return;
	out_printf(&ctl->out, "%.*s%s\t\n", (int)before.len, before.at, name);
}

static void add_topics(struct ctl *ctl, const char *prefix, struct grammar_text before)
{
	struct comm_topics *topics;

	if (comm_list_topics(ctl->c, NULL, &topics))
		return;
	for (size_t i = 0; i < topics->n_topics; i++)
		add_name(ctl, topics->topics[i].name, prefix, before);
	comm_topics_free(topics);
}

static void add_groups(struct ctl *ctl, const char *prefix, struct grammar_text before)
{
	struct comm_groups *groups;

	if (comm_list_groups(ctl->c, &groups))
		return;
	for (size_t i = 0; i < groups->n_groups; i++)
		add_name(ctl, groups->groups[i].group, prefix, before);
	comm_groups_free(groups);
}

static void add_profiles(struct ctl *ctl, const char *prefix, struct grammar_text before)
{
	struct comm_status *status;

	/* Whatever stands on the command line may be half a name yet. */
	ctl->profile = NULL;
	if (ctl_open(ctl, COMM_ACK_BROKER) || comm_status(ctl->c, &status))
		return;
	for (size_t i = 0; i < status->n_profiles; i++)
		add_name(ctl, status->profiles[i].name, prefix, before);
	comm_status_free(status);
}

static void add_methods(struct ctl *ctl, const char *prefix, struct grammar_text before)
{
	json_t *help, *method;
	size_t i;

	if (host_ask(ctl, "help", NULL, 0, &help))
		return;
	json_array_foreach(json_object_get(help, "methods"), i, method) {
		const char *name = json_string_value(json_object_get(method, "name"));

		if (name)
			add_name(ctl, name, prefix, before);
	}
	json_decref(help);
}

/* What a help text says in a word more than it names. */
static const struct {
	const char *what;
	const char *words[4];
} choices[] = {
	{ "LEVEL", { "broker", "queued" } },
	{ "MODE", { "auto", "none" } },
	{ "OFFSET", { "beginning", "end", "stored" } },
};

/* "bash|zsh" stands for the one or the other. */
static void add_alternatives(struct ctl *ctl, struct grammar_text what, const char *prefix)
{
	for (size_t i = 0, len; i < what.len; i += len + 1) {
		const char *bar = memchr(what.at + i, '|', what.len - i);

		len = bar ? (size_t)(bar - what.at) - i : what.len - i;
		candidates_add(ctl, (struct grammar_text){ what.at + i, len }, prefix, text_of(""));
	}
}

/* The name alone of what can be more, such as TOPIC[:PARTITION]. */
static struct grammar_text first_name(struct grammar_text what)
{
	size_t len = 0;

	while (len < what.len && (isalpha((unsigned char)what.at[len]) || what.at[len] == '|'))
		len++;
	return (struct grammar_text){ what.at, len };
}

bool candidates_print(struct ctl *ctl, struct grammar_text what, const char *prefix,
		      struct grammar_text before)
{
	struct grammar_text name = first_name(what);

	if (grammar_is(name, "FILE") || grammar_is(name, "PATH"))
		return false;
	if (grammar_is(what, "NAME"))
		add_profiles(ctl, prefix, before);
	else if (grammar_is(name, "TOPIC") && !ctl_open(ctl, COMM_ACK_BROKER))
		add_topics(ctl, prefix, before);
	else if (grammar_is(name, "GROUP") && !ctl_open(ctl, COMM_ACK_BROKER))
		add_groups(ctl, prefix, before);
	else if (grammar_is(name, "METHOD"))
		add_methods(ctl, prefix, before);
	else if (name.len && islower((unsigned char)*name.at))
		add_alternatives(ctl, name, prefix);
	for (size_t i = 0; i < ARRAY_SIZE(choices); i++)
		for (size_t j = 0; grammar_is(what, choices[i].what) && choices[i].words[j]; j++)
			add_name(ctl, choices[i].words[j], prefix, before);
	return true;
}
