/* What may stand on a verb's command line, as its help says it. */

#include "client/commctl/grammar.h"

#include <string.h>

#include "client/commctl/verb.h"
#include "tests/lib/main.h"

static const struct verb verb = {
	.name = "mend",
	.arguments = "TOPIC [-x N] -y N [--dry-run] [FILE...]",
	.help = "  -k KEY          key of every record\n"
		"  -g, --group GROUP  share the topics; what was printed\n"
		"                     is acknowledged -z\n"
		"  --watch[=SEC]   again and again (default: 2)\n"
		"  -p PARTITION, -c COUNT, -e, --framed\n"
		"                  as another has them: see there\n"
		"  --ack LEVEL     broker: when the brokers have it; queued: sooner\n"
		"  -o OFFSET       only here, or there, wherever it is\n"
		"                  found\n"
		"\n"
		"FORMAT is:\n"
		"  %s value   -q is no option\n",
};

static void text_is(struct grammar_text got, const char *wanted)
{
	ck_assert_msg(grammar_is(got, wanted), "'%.*s' is not '%s'", (int)got.len, got.at, wanted);
}

static void option_is(const char *name, const char *argument, bool is_optional, const char *meaning)
{
	const struct grammar_option *o;
	struct grammar g;

	grammar_read(&g, &verb);
	o = grammar_find(&g, name, strlen(name));
	ck_assert_msg(o != NULL, "there is no %s", name);
	text_is(o->argument, argument);
	ck_assert_int_eq(o->is_optional, is_optional);
	text_is(o->meaning, meaning);
}

START_TEST(options)
{
	option_is("-k", "KEY", false, "key of every record");
	option_is("-g", "GROUP", false, "share the topics");
	option_is("--group", "GROUP", false, "share the topics");
	option_is("--watch", "SEC", true, "again and again");
	option_is("--ack", "LEVEL", false, "broker: when the brokers have it");
	option_is("-o", "OFFSET", false, "only here, or there");
}
END_TEST

START_TEST(each_has_its_own_value)
{
	option_is("-p", "PARTITION", false, "as another has them");
	option_is("-c", "COUNT", false, "as another has them");
	option_is("-e", "", false, "as another has them");
	option_is("--framed", "", false, "as another has them");
}
END_TEST

START_TEST(those_of_every_verb_come_last)
{
	struct grammar g;

	grammar_read(&g, NULL);
	ck_assert_ptr_nonnull(grammar_find(&g, "--socket", 8));
	ck_assert_ptr_null(grammar_find(&g, "-k", 2));
	grammar_read(&g, &verb);
	ck_assert_ptr_nonnull(grammar_find(&g, "--socket", 8));
	text_is(g.options[0].name, "-k");
	ck_assert_ptr_null(grammar_find(&g, "-q", 2));
	ck_assert_ptr_null(grammar_find(&g, "-z", 2));
	ck_assert_ptr_null(grammar_find(&g, "--gro", 5));
}
END_TEST

START_TEST(words)
{
	static const struct verb one = { .arguments = "[TOPIC]" }, none = { .arguments = "" };

	text_is(grammar_word(&verb, 0), "TOPIC");
	text_is(grammar_word(&verb, 1), "FILE");
	text_is(grammar_word(&verb, 7), "FILE");
	text_is(grammar_word(&one, 0), "TOPIC");
	text_is(grammar_word(&one, 1), "");
	text_is(grammar_word(&none, 0), "");
}
END_TEST

/* There is room for the options of all verbs that there are. */
START_TEST(all_fit)
{
	struct grammar g;

	for (size_t i = 0; verbs[i]; i++) {
		grammar_read(&g, verbs[i]);
		ck_assert_int_lt(g.n_options, GRAMMAR_OPTIONS_MAX);
		ck_assert_ptr_nonnull(grammar_find(&g, "--help", 6));
	}
}
END_TEST

TEST_MAIN("ctl_grammar", options, each_has_its_own_value, those_of_every_verb_come_last, words,
	  all_fit)
