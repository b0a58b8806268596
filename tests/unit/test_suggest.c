#include "proto/suggest.h"

#include "tests/lib/main.h"

static const char *suggested(const char *word)
{
	static const char *const words[] = {
		"path",        "mode",           "group",       "backlog",
		"connections", "inflight-bytes", "message-max", "request-ms",
	};
	struct suggest s;

	suggest_init(&s, word);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		suggest_offer(&s, words[i]);
	return s.best;
}

static const struct {
	const char *word;
	const char *meant; /* NULL: no idea */
} cases[] = {
	{ "connections", "connections" },
	{ "conections", "connections" },   /* a letter missing */
	{ "connnections", "connections" }, /* a letter too many */
	{ "connektions", "connections" },  /* a wrong one */
	{ "connectiosn", "connections" },  /* two swapped */
	{ "Connections", "connections" },  /* another case */
	{ "inflight_bytes", "inflight-bytes" },
	{ "inflight.bytes", "inflight-bytes" },
	{ "INFLIGHT_BYTE", "inflight-bytes" },
	{ "request", "request-ms" }, /* the beginning */
	{ "inf", "inflight-bytes" },
	{ "max-message", NULL }, /* other words */
	{ "pth", "path" },
	{ "apth", "path" },
	{ "mod", "mode" },
	{ "node", "mode" },
	{ "gruop", "group" },
	{ "co", NULL }, /* too short to tell */
	{ "x", NULL },
	{ "", NULL },
	{ "zookeeper", NULL },
	{ "bootstrap.servers", NULL },
	{ "connectionsconnectionsconnectionsconnectionsconnectionsconnections", NULL },
};

START_TEST(test_the_word_that_was_meant)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *best = suggested(cases[i].word);

		if (cases[i].meant)
			ck_assert_msg(best && !strcmp(best, cases[i].meant), "\"%s\": %s, not %s",
				      cases[i].word, best ? best : "nothing", cases[i].meant);
		else
			ck_assert_msg(!best, "\"%s\": %s, not nothing", cases[i].word, best);
	}
}
END_TEST

START_TEST(test_the_nearest_wins_whatever_the_order)
{
	static const char *const words[] = { "requests", "request-ms", "request" };

	for (size_t first = 0; first < ARRAY_SIZE(words); first++) {
		struct suggest s;

		suggest_init(&s, "reqest");
		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			suggest_offer(&s, words[(first + i) % ARRAY_SIZE(words)]);
		ck_assert_str_eq(s.best, "request");
	}
}
END_TEST

TEST_MAIN("suggest", test_the_word_that_was_meant, test_the_nearest_wins_whatever_the_order)
