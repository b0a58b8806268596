#include <string.h>

#include "client/commctl/candidates.h"
#include "client/commctl/completion_scripts.h"
#include "client/commctl/ctl.h"
#include "client/commctl/grammar.h"
#include "client/commctl/options.h"
#include "client/commctl/verb.h"

/* The words of a command line up to the one that is being typed. */
struct typed {
	struct ctl *ctl;
	struct grammar grammar;
	const struct verb *verb;              /* NULL: there is none yet */
	const struct grammar_option *pending; /* its value is the next word */
	size_t n_words;                       /* behind the verb, without options */
	bool is_only_words;                   /* after -- */
};

static const struct grammar_text nothing = { "", 0 };

/* What is asked from commd is asked from the one that is meant. */
static void note_value(struct typed *t, const struct grammar_option *o, const char *value)
{
	if (grammar_is(o->name, "--socket"))
		t->ctl->socket = value;
	else if (grammar_is(o->name, "--profile"))
		t->ctl->profile = value;
}

static void read_long(struct typed *t, const char *word)
{
	size_t len = strcspn(word, "=");
	const struct grammar_option *o = grammar_find(&t->grammar, word, len);

	if (o && word[len])
		note_value(t, o, word + len + 1);
	else if (o && o->argument.len && !o->is_optional)
		t->pending = o;
}

/* One letter or more; the first that takes a value takes the rest. */
static void read_letters(struct typed *t, const char *word)
{
	for (const char *c = word + 1; *c; c++) {
		const char name[] = { '-', *c };
		const struct grammar_option *o = grammar_find(&t->grammar, name, sizeof name);

		if (!o || !o->argument.len)
			continue;
		t->pending = c[1] ? NULL : o;
		return;
	}
}

/* Returns false for a verb that there is not: nothing sensible can follow. */
static bool read_word(struct typed *t, const char *word)
{
	if (t->pending) {
		note_value(t, t->pending, word);
		t->pending = NULL;
	} else if (!t->is_only_words && !strcmp(word, "--")) {
		t->is_only_words = t->verb != NULL;
	} else if (!t->is_only_words && !strncmp(word, "--", 2)) {
		read_long(t, word);
	} else if (!t->is_only_words && *word == '-' && word[1]) {
		read_letters(t, word);
	} else if (t->verb) {
		t->n_words++;
	} else {
		t->verb = verb_find(word);
		grammar_read(&t->grammar, t->verb);
		return t->verb != NULL;
	}
	return true;
}

static void add_options(struct typed *t, const char *word)
{
	for (size_t i = 0; i < t->grammar.n_options; i++) {
		const struct grammar_option *o = &t->grammar.options[i];

		/* Of those that a verb has in its own way the others are not told. */
		if (grammar_find(&t->grammar, o->name.at, o->name.len) == o)
			candidates_add(t->ctl, o->name, word, o->meaning);
	}
}

static void add_verbs(struct typed *t, const char *word)
{
	for (size_t i = 0; verbs[i]; i++)
		candidates_add(t->ctl,
			       (struct grammar_text){ verbs[i]->name, strlen(verbs[i]->name) },
			       word,
			       (struct grammar_text){ verbs[i]->summary,
						      strcspn(verbs[i]->summary, ":.") });
}

/* Returns false if it is the name of a file. */
static bool complete(struct typed *t, const char *word)
{
	size_t len = strcspn(word, "=");
	const struct grammar_option *o = grammar_find(&t->grammar, word, len);

	if (t->pending)
		return candidates_print(t->ctl, t->pending->argument, word, nothing);
	if (o && word[len] && !t->is_only_words)
		return candidates_print(t->ctl, o->argument, word + len + 1,
					(struct grammar_text){ word, len + 1 });
	if (*word == '-' && !t->is_only_words)
		add_options(t, word);
	else if (t->verb)
		return candidates_print(t->ctl, grammar_word(t->verb, t->n_words), word, nothing);
	else
		add_verbs(t, word);
	return true;
}

static int print_words(struct ctl *ctl, int argc, char **argv)
{
	struct typed t = { .ctl = ctl };

	ctl->timeout_ms = CANDIDATES_PATIENCE_MS;
	grammar_read(&t.grammar, NULL);
	for (int i = 0; i + 1 < argc; i++)
		if (!read_word(&t, argv[i]))
			return CTL_OK;
	if (argc && !complete(&t, argv[argc - 1]))
		out_text(&ctl->out, "files\n");
	return CTL_OK;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	const char *what;
	struct options o;

	options_init(&o, ctl, &verb_completion, argc, argv, "", NULL);
	if (options_next(&o) == OPTIONS_STOP)
		return o.exit_code;
	what = optind < argc ? argv[optind++] : "";
	if (!strcmp(what, "words"))
		return print_words(ctl, argc - optind, argv + optind);
	if (!options_at_most(&o, 0))
		return o.exit_code;
	if (!strcmp(what, "bash"))
		out_text(&ctl->out, completion_bash);
	else if (!strcmp(what, "zsh"))
		out_text(&ctl->out, completion_zsh);
	else
		options_wrong(&o, "needs the name of a shell, bash or zsh");
	return o.exit_code;
}

const struct verb verb_completion = {
	.name = "completion",
	.arguments = "bash|zsh|words [-- WORD...]",
	.summary = "Print what completes the words of commctl in a shell.",
	.help = "It is installed with commctl. Where it is not, this has it in one shell, with "
		"bash or "
		"zsh:\n"
		"  source <(commctl completion bash)\n"
		"\n"
		"With words, prints what the last WORD, which may be empty, can become: a line for "
		"each,\n"
		"and behind a tab what it means; or the line files, for names of files. Topics, "
		"groups "
		"and\n"
		"profiles are asked from commd, which has a second to tell them.\n"
		"\n",
	.examples = "  source <(commctl completion bash)\n"
		    "  commctl completion zsh >~/.zfunc/_commctl\n"
		    "  commctl completion words -- receive -g ''\n",
	.run = run,
};
