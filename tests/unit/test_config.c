#include "daemon/config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/errors.h"
#include "tests/lib/main.h"

#define LINE_190 \
	"path = /" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "12"
#define TEN "1234567890"

/* Lines that begin a rule, besides those with keys. */
#define N_RULES_BUILT_IN 2

/* Everything is read under this name; complaints begin with it. */
#define FILE_NAME "/etc/commd/commd.conf"

static int parse(const char *bytes, size_t len, struct config *ret, struct config_problem *ret_why)
{
	struct text text;
	int r;

	ck_assert_int_eq(text_init(&text, bytes, len), 0);
	r = config_parse(FILE_NAME, &text, ret, ret_why);
	text_fini(&text);
	return r;
}

static struct config parse_good(const char *content)
{
	struct config_problem why;
	struct config c;

	ck_assert_msg(parse(content, strlen(content), &c, &why) == 0, "%s", why.text);
	return c;
}

static void assert_refused(const char *bytes, size_t len, const char *expected)
{
	struct config c, untouched;
	struct config_problem why;

	memset(&c, 0x5a, sizeof c);
	memcpy(&untouched, &c, sizeof c);
	ck_assert_msg(parse(bytes, len, &c, &why) == COMM_EINVALID, "taken: %s", bytes);
	ck_assert_str_eq(why.text, expected);
	ck_assert_mem_eq(&c, &untouched, sizeof c);
}

static void assert_same(const struct config *a, const struct config *b)
{
	for (size_t i = 0; i < CONFIG_N_KEYS; i++) {
		const struct config_key *key = &config_keys[i];
		const void *x = (const char *)a + key->offset, *y = (const char *)b + key->offset;

		if (config_is_text(key))
			ck_assert_str_eq(*(char *const *)x, *(char *const *)y);
		else if (key->kind == CONFIG_SIZE)
			ck_assert_uint_eq(*(const uint64_t *)x, *(const uint64_t *)y);
		else
			ck_assert_uint_eq(*(const unsigned int *)x, *(const unsigned int *)y);
	}
}

#define BOTH                                                                                   \
	"it is a path of at most 107 bytes, beside this file unless it begins with \"/\", or " \
	"\"@\" and an "                                                                        \
	"abstract name"
#define NUMBER   "it is a whole number from 1 to 1000000"
#define OCTAL    "it is an octal number from 0 to 0777"
#define IN_BYTES ", in bytes or with K, M or G"
#define LIMITS                                                                           \
	"connections, requests-per-connection, subscriptions-per-connection, "           \
	"inflight-bytes-per-connection, inflight-bytes, inflight-records, message-max, " \
	"outbox-high, consumers, shared-bytes, idle-message-timeout-ms"

#define SECTIONS  "[socket], [limits], [quota], [timeouts], [kafka], [metrics], [rule NAME]"
#define RULE_KEYS "users, groups, profiles, topics, consumer-groups, allow, deny"

static const struct {
	const char *content;
	const char *expected; /* after the file's name */
} broken[] = {
	/* unknown words */
	{ "[limits]\nconections = 5\n",
	  ":2: unknown key \"conections\" in [limits]; did you mean \"connections\"?" },
	{ "[limits]\nConnections = 5\n",
	  ":2: unknown key \"Connections\" in [limits]; did you mean \"connections\"?" },
	{ "[limits]\ninflight_bytes = 5\n",
	  ":2: unknown key \"inflight_bytes\" in [limits]; did you mean \"inflight-bytes\"?" },
	{ "[timeouts]\nrequest = 5\n",
	  ":2: unknown key \"request\" in [timeouts]; did you mean \"request-ms\"?" },
	{ "[kafka]\nprofile = x\n",
	  ":2: unknown key \"profile\" in [kafka]; did you mean \"profiles\"?" },
	{ "[socket]\nport = 9092\n",
	  ":2: unknown key \"port\" in [socket], whose keys are path, mode, group, backlog" },
	{ "[socket]\nzookeeper = x\n",
	  ":2: unknown key \"zookeeper\" in [socket], whose keys are path, mode, group, backlog" },
	{ "[limits]\nspool = x\n",
	  ":2: unknown key \"spool\" in [limits], whose keys are " LIMITS },
	{ "[kafka]\nbootstrap.servers = x\n",
	  ":2: unknown key \"bootstrap.servers\" in [kafka], whose keys are profiles" },
	{ "[limits]\npath = /x\n", ":2: key \"path\" does not belong in [limits] but in [socket]" },
	{ "[limits]\nshutdown-ms = 1\n",
	  ":2: key \"shutdown-ms\" does not belong in [limits] but in [timeouts]" },
	{ "[sockets]\n", ":1: unknown section [sockets]; did you mean [socket]?" },
	{ "\n\n[Limits]\n", ":3: unknown section [Limits]; did you mean [limits]?" },
	{ "[ limits ]\n", ":1: unknown section [ limits ]; did you mean [limits]?" },
	{ "[timeout]\n", ":1: unknown section [timeout]; did you mean [timeouts]?" },
	{ "[spool]\nx = 1\n", ":1: unknown section [spool]; the sections are " SECTIONS },
	{ "[]\n", ":1: unknown section []; the sections are " SECTIONS },
	{ "[" TEN TEN TEN TEN TEN TEN TEN "]\n",
	  ":1: unknown section [" TEN TEN TEN TEN TEN TEN "1234]; the sections are " SECTIONS },

	/* sections with names */
	{ "[rule]\n", ":1: [rule] has no name; it is [rule NAME]" },
	{ "[rule  ]\n", ":1: [rule] has no name; it is [rule NAME]" },
	{ "[rules clients]\n",
	  ":1: unknown section [rules clients]; did you mean [rule clients]?" },
	{ "[Rule x]\n", ":1: unknown section [Rule x]; did you mean [rule x]?" },
	{ "[rules]\n", ":1: unknown section [rules]; did you mean [rule NAME]?" },
	{ "[clients]\n", ":1: unknown section [clients]; the sections are " SECTIONS },
	{ "[limits x]\n", ":1: unknown section [limits x]; did you mean [limits]?" },
	{ "[rule a b]\n",
	  ":1: [rule a b] cannot have this name; it is 1 to 32 of A-Z a-z 0-9 . _ -" },
	{ "[rule " TEN TEN TEN "123]\n",
	  ":1: [rule " TEN TEN TEN "123] cannot have this name; it is 1 "
	  "to 32 of A-Z a-z 0-9 . _ -" },
	{ "[rule a]\nusers = b\n[rule c]\n[rule  a]\n",
	  ":4: section [rule a] has begun before, in line 1" },
	{ "[rule a] users = b\n",
	  ":1: \"users = b\" stands after [rule a]; it needs a line of its own" },
	{ "[rule a]\nuser = b\n", ":2: unknown key \"user\" in [rule a]; did you mean \"users\"?" },
	{ "[rule a]\npermit = b\n",
	  ":2: unknown key \"permit\" in [rule a], whose keys are " RULE_KEYS },
	{ "[rule a]\nmode = 0600\n",
	  ":2: key \"mode\" does not belong in [rule a] but in [socket]" },
	{ "[limits]\ndeny = produce\n",
	  ":2: key \"deny\" does not belong in [limits] but in [rule NAME]" },
	{ "deny = produce\n",
	  ":1: key \"deny\" stands before any section; it belongs in [rule NAME]" },
	{ "[rule a]\nusers = b\nusers = c\n", ":3: key \"users\" is set before, in line 2" },
	{ "[rule a]\nusers =\n",
	  ":2: \"users\" cannot be \"\"; it is one or more words, with spaces between them" },
	{ "[rule a]\ntopics = # all\n",
	  ":2: \"topics\" cannot be \"\"; it is one or more words, with spaces between them" },

	/* structure */
	{ "path = /x\n", ":1: key \"path\" stands before any section; it belongs in [socket]" },
	{ "# c\nfoo = /x\n", ":2: key \"foo\" stands before any section" },
	{ "[socket]\nmode\n", ":2: \"mode\" is not key = value" },
	{ "[socket]\nmode 0660\n\n# the end\n", ":2: \"mode 0660\" is not key = value" },
	{ "[socket]\nnonsense\nmode = 999\n", ":2: \"nonsense\" is not key = value" },
	{ "[socket]\n= 0660\n", ":2: \"= 0660\" is not key = value" },
	{ "[socket]\n]\n", ":2: \"]\" is not key = value" },
	{ "[socket\npath = /x\n", ":1: \"[socket\" begins a section and has no \"]\"" },
	{ "[socket] path = /x\n",
	  ":1: \"path = /x\" stands after [socket]; it needs a line of its own" },
	{ "[socket]]\n", ":1: \"]\" stands after [socket]; it needs a line of its own" },
	{ "[socket]\nmode = 0600\n[kafka]\n[socket]\ngroup = x\n",
	  ":4: section [socket] has begun before, in line 1" },
	{ "[socket]\nmode = 0600\n\nmode = 0660\n", ":4: key \"mode\" is set before, in line 2" },
	{ "[socket]\nmode = 0600\nmode = 0600\n", ":3: key \"mode\" is set before, in line 2" },
	{ "[socket]\n" LINE_190 "3\n", ":2: the line is longer than 190 bytes" },

	/* values: paths and names */
	{ "[socket]\npath =\n", ":2: \"path\" cannot be \"\"; " BOTH },
	{ "[socket]\npath = # none\n", ":2: \"path\" cannot be \"\"; " BOTH },
	{ "[socket]\npath = @\n", ":2: \"path\" cannot be \"@\"; " BOTH },
	{ "[socket]\npath = /" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "1234567\n",
	  ":2: \"path\" cannot be \"/" TEN TEN TEN TEN TEN TEN "123\"; " BOTH },
	{ "[socket]\npath = " TEN TEN TEN TEN TEN TEN TEN TEN TEN "1234567\n",
	  ":2: \"path\" cannot be \"" TEN TEN TEN TEN TEN TEN "1234\"; " BOTH },
	{ "[socket]\ngroup = " TEN TEN TEN "123\n",
	  ":2: \"group\" cannot be \"" TEN TEN TEN
	  "123\"; it is a name of at most 32 bytes, or nothing" },
	{ "[kafka]\nprofiles =\n",
	  ":2: \"profiles\" cannot be \"\"; it is a path of at most 4095 bytes, beside this file "
	  "unless it begins with \"/\"" },

	/* values: octal */
	{ "[socket]\nmode = 0680\n", ":2: \"mode\" cannot be \"0680\"; " OCTAL },
	{ "[socket]\nmode = 1777\n", ":2: \"mode\" cannot be \"1777\"; " OCTAL },
	{ "[socket]\nmode = rw-rw----\n", ":2: \"mode\" cannot be \"rw-rw----\"; " OCTAL },
	{ "[socket]\nmode = 0x1b0\n", ":2: \"mode\" cannot be \"0x1b0\"; " OCTAL },
	{ "[socket]\nmode = -1\n", ":2: \"mode\" cannot be \"-1\"; " OCTAL },
	{ "[socket]\nmode =\n", ":2: \"mode\" cannot be \"\"; " OCTAL },

	/* values: numbers */
	{ "[limits]\nconnections = 0\n", ":2: \"connections\" cannot be \"0\"; " NUMBER },
	{ "[limits]\nconnections = 1000001\n",
	  ":2: \"connections\" cannot be \"1000001\"; " NUMBER },
	{ "[limits]\nconnections = many\n", ":2: \"connections\" cannot be \"many\"; " NUMBER },
	{ "[limits]\nconnections = 10.5\n", ":2: \"connections\" cannot be \"10.5\"; " NUMBER },
	{ "[limits]\nconnections = +5\n", ":2: \"connections\" cannot be \"+5\"; " NUMBER },
	{ "[limits]\nconnections = -5\n", ":2: \"connections\" cannot be \"-5\"; " NUMBER },
	{ "[limits]\nconnections = 5 6\n", ":2: \"connections\" cannot be \"5 6\"; " NUMBER },
	{ "[limits]\nconnections = 4K\n", ":2: \"connections\" cannot be \"4K\"; " NUMBER },
	{ "[limits]\nconnections = \"5\"\n", ":2: \"connections\" cannot be \"\"5\"\"; " NUMBER },
	{ "[limits]\nconnections = 4294967297\n",
	  ":2: \"connections\" cannot be \"4294967297\"; " NUMBER },
	{ "[limits]\nconnections = 18446744073709551617\n",
	  ":2: \"connections\" cannot be \"18446744073709551617\"; " NUMBER },
	{ "[socket]\nbacklog = 65536\n",
	  ":2: \"backlog\" cannot be \"65536\"; it is a whole number from 1 to 65535" },
	{ "[limits]\nconsumers = 0\n",
	  ":2: \"consumers\" cannot be \"0\"; it is a whole number from 1 to 10000" },

	/* values: sizes */
	{ "[limits]\nmessage-max = 17M\n",
	  ":2: \"message-max\" cannot be \"17M\"; it is a size from 1K to 16M" IN_BYTES },
	{ "[limits]\nmessage-max = 1023\n",
	  ":2: \"message-max\" cannot be \"1023\"; it is a size from 1K to 16M" IN_BYTES },
	{ "[limits]\nmessage-max = 8MB\n",
	  ":2: \"message-max\" cannot be \"8MB\"; it is a size from 1K to 16M" IN_BYTES },
	{ "[limits]\nmessage-max = 8 M\n",
	  ":2: \"message-max\" cannot be \"8 M\"; it is a size from 1K to 16M" IN_BYTES },
	{ "[limits]\nmessage-max = 8m\n",
	  ":2: \"message-max\" cannot be \"8m\"; it is a size from 1K to 16M" IN_BYTES },
	{ "[limits]\nmessage-max = M\n",
	  ":2: \"message-max\" cannot be \"M\"; it is a size from 1K to 16M" IN_BYTES },
	{ "[limits]\noutbox-high = 2G\n",
	  ":2: \"outbox-high\" cannot be \"2G\"; it is a size from 1K to 1G" IN_BYTES },
	{ "[limits]\ninflight-bytes = 17179869185G\n",
	  ":2: \"inflight-bytes\" cannot be \"17179869185G\"; it is a size from 1K to "
	  "64G" IN_BYTES },

	/* values: times */
	{ "[timeouts]\nrequest-ms = 30s\n",
	  ":2: \"request-ms\" cannot be \"30s\"; it is a time from 1 to 3600000 milliseconds" },
	{ "[timeouts]\nrequest-ms = 0\n",
	  ":2: \"request-ms\" cannot be \"0\"; it is a time from 1 to 3600000 milliseconds" },
	{ "[timeouts]\nshutdown-ms = 3600001\n", ":2: \"shutdown-ms\" cannot be \"3600001\"; it is "
						 "a time from 0 to 3600000 milliseconds" },
	{ "[limits]\nidle-message-timeout-ms = 9\n",
	  ":2: \"idle-message-timeout-ms\" cannot be \"9\"; it is a time from 10 to 3600000 "
	  "milliseconds" },

	/* whatever the file holds, the sentence can be shown */
	{ "[limits]\nconn\x1b[31m = 5\n",
	  ":2: unknown key \"conn?[31m\" in [limits], whose keys are " LIMITS },
	{ "[limits]\n\xff\xc3\xa4\xc2\x9b = 5\n",
	  ":2: unknown key \"?\xc3\xa4??\" in [limits], whose keys are " LIMITS },
	{ "[s\xc3\xb6"
	  "cket]\r\n",
	  ":1: unknown section [s\xc3\xb6"
	  "cket]; did you mean [socket]?" },
};

START_TEST(test_broken_files_are_refused_with_a_sentence)
{
	char expected[CONFIG_PROBLEM_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		(void)snprintf(expected, sizeof expected, "%s%s", FILE_NAME, broken[i].expected);
		assert_refused(broken[i].content, strlen(broken[i].content), expected);
	}
}
END_TEST

START_TEST(test_a_nul_byte_is_refused)
{
	static const char in_value[] = "[socket]\npath = /x\0y\n";
	static const char in_comment[] = "\n# \0\n";

	assert_refused(in_value, sizeof in_value - 1,
		       FILE_NAME ":2: the line holds a NUL byte; the file has to be text in UTF-8");
	assert_refused(in_comment, sizeof in_comment - 1,
		       FILE_NAME ":2: the line holds a NUL byte; the file has to be text in UTF-8");
}
END_TEST

START_TEST(test_every_prefix_of_a_file_is_taken_or_refused)
{
	static const char content[] =
		"\xef\xbb\xbf[socket]\r\npath = /x ; c\n[limits]\nconsumers=7";

	for (size_t len = 0; len < sizeof content; len++) {
		struct config_problem why;
		struct config c;
		int r = parse(content, len, &c, &why);

		if (!r)
			config_fini(&c);
		else
			ck_assert_int_eq(r, COMM_EINVALID);
	}
}
END_TEST

START_TEST(test_a_missing_file_is_an_error_only_when_it_was_named)
{
	struct config_problem why;
	struct config c, defaults;

	ck_assert_int_eq(config_load("/nonexistent/commd.conf", &c, &why), COMM_EINVALID);
	ck_assert_str_eq(why.text,
			 "/nonexistent/commd.conf: cannot be read: No such file or directory");
	ck_assert_int_eq(why.line, 0);
	ck_assert_int_eq(config_load("/", &c, &why), COMM_EINVALID);
	ck_assert_str_eq(why.text, "/: cannot be read: Is a directory");

	if (access(CONFIG_FILE_DEFAULT, F_OK) == 0)
		return;
	ck_assert_int_eq(config_load(NULL, &c, &why), 0);
	ck_assert_int_eq(config_init_defaults(&defaults), 0);
	assert_same(&c, &defaults);
	config_fini(&c);
	config_fini(&defaults);
}
END_TEST

START_TEST(test_a_file_that_is_none_is_not_read_forever)
{
	struct config_problem why;
	struct config c;

	ck_assert_int_eq(config_load("/dev/zero", &c, &why), COMM_EINVALID);
	ck_assert_str_eq(why.text, "/dev/zero: cannot be read: File too large");
	ck_assert_int_eq(config_load("/dev/null", &c, &why), 0);
	config_fini(&c);
}
END_TEST

START_TEST(test_the_defaults_are_the_documented_ones)
{
	struct config c;

	ck_assert_int_eq(config_init_defaults(&c), 0);
	ck_assert_str_eq(c.socket_path, "/run/commd/commd.sock");
	ck_assert_uint_eq(c.socket_mode, 0660);
	ck_assert_str_eq(c.socket_group, "");
	ck_assert_uint_eq(c.socket_backlog, 1024);
	ck_assert_uint_eq(c.limits_connections, 4096);
	ck_assert_uint_eq(c.limits_requests_per_connection, 1024);
	ck_assert_uint_eq(c.limits_subscriptions_per_connection, 64);
	ck_assert_uint_eq(c.limits_inflight_bytes_per_connection, 8 << 20);
	ck_assert_uint_eq(c.limits_inflight_bytes, 64 << 20);
	ck_assert_uint_eq(c.limits_inflight_records, 60000);
	ck_assert_uint_eq(c.limits_message_max, 16 << 20);
	ck_assert_uint_eq(c.limits_outbox_high, 1 << 20);
	ck_assert_uint_eq(c.limits_consumers, 64);
	ck_assert_uint_eq(c.limits_idle_message_timeout_ms, 30000);
	ck_assert_uint_eq(c.quota_connections, 3072);
	ck_assert_uint_eq(c.quota_held_bytes, 48 << 20);
	ck_assert_uint_eq(c.quota_requests, 16384);
	ck_assert_uint_eq(c.quota_records_per_second, 0);
	ck_assert_uint_eq(c.quota_subscriptions, 1024);
	ck_assert_uint_eq(c.quota_consumers, 10000);
	ck_assert_uint_eq(c.quota_wait_ms, 10000);
	ck_assert_uint_eq(c.timeouts_request_ms, 30000);
	ck_assert_uint_eq(c.timeouts_shutdown_ms, 20000);
	ck_assert_str_eq(c.kafka_profiles, "/etc/commd/profiles");
	ck_assert_str_eq(c.metrics_textfile, "");
	ck_assert_uint_eq(c.metrics_interval_ms, 15000);
	config_fini(&c);
}
END_TEST

START_TEST(test_every_key_is_taken)
{
	struct config c = parse_good(
		"[kafka]\nprofiles = /srv/profiles\n"
		"[socket]\npath=/tmp/s\nmode = 600\ngroup = kafka\nbacklog: 1\n"
		"[limits]\nconnections = 1\nrequests-per-connection = 2\n"
		"subscriptions-per-connection = 3\n"
		"inflight-bytes-per-connection = 4K\ninflight-bytes = 64G\n"
		"inflight-records = 6\nmessage-max = 16777216\n"
		"outbox-high = 1G\nconsumers = 9\nshared-bytes = 0\n"
		"idle-message-timeout-ms = 10\n"
		"[metrics]\ntextfile = m.prom\ninterval-ms = 100\n"
		"[quota]\nconnections = 11\nheld-bytes = 12K\nrequests = 13\n"
		"records-per-second = 14\nsubscriptions = 15\nconsumers = 17\nwait-ms = 16\n"
		"[timeouts]\nrequest-ms = 3600000\nshutdown-ms = 0");

	ck_assert_str_eq(c.kafka_profiles, "/srv/profiles");
	ck_assert_str_eq(c.socket_path, "/tmp/s");
	ck_assert_uint_eq(c.socket_mode, 0600);
	ck_assert_str_eq(c.socket_group, "kafka");
	ck_assert_uint_eq(c.socket_backlog, 1);
	ck_assert_uint_eq(c.limits_connections, 1);
	ck_assert_uint_eq(c.limits_requests_per_connection, 2);
	ck_assert_uint_eq(c.limits_subscriptions_per_connection, 3);
	ck_assert_uint_eq(c.limits_inflight_bytes_per_connection, 4096);
	ck_assert_uint_eq(c.limits_inflight_bytes, UINT64_C(64) << 30);
	ck_assert_uint_eq(c.limits_inflight_records, 6);
	ck_assert_uint_eq(c.limits_message_max, 16 << 20);
	ck_assert_uint_eq(c.limits_outbox_high, 1 << 30);
	ck_assert_uint_eq(c.limits_consumers, 9);
	ck_assert_uint_eq(c.limits_shared_bytes, 0);
	ck_assert_uint_eq(c.limits_idle_message_timeout_ms, 10);
	ck_assert_uint_eq(c.quota_connections, 11);
	ck_assert_uint_eq(c.quota_held_bytes, 12 << 10);
	ck_assert_uint_eq(c.quota_requests, 13);
	ck_assert_uint_eq(c.quota_records_per_second, 14);
	ck_assert_uint_eq(c.quota_subscriptions, 15);
	ck_assert_uint_eq(c.quota_consumers, 17);
	ck_assert_uint_eq(c.quota_wait_ms, 16);
	ck_assert_uint_eq(c.timeouts_request_ms, 3600000);
	ck_assert_uint_eq(c.timeouts_shutdown_ms, 0);
	ck_assert_ptr_nonnull(strstr(c.metrics_textfile, "/m.prom"));
	ck_assert_uint_eq(c.metrics_interval_ms, 100);
	config_fini(&c);
}
END_TEST

START_TEST(test_rules_are_kept_in_their_order)
{
	struct config c = parse_good("[rule b]\nusers = alice  bob\nallow = produce\n"
				     "[kafka]\nprofiles = p\n"
				     "[rule a]\ngroups = x\ntopics = a* b*\ndeny = consume\n");
	const struct config_rule *first, *second;

	ck_assert_uint_eq(c.named[CONFIG_NAMED_RULE].n, 2);
	first = config_rule(&c, 0);
	second = config_rule(&c, 1);
	ck_assert_str_eq(first->named.name, "b");
	ck_assert_int_eq(first->named.line, 1);
	ck_assert_str_eq(first->users, "alice  bob");
	ck_assert_int_eq(first->named.key_lines[0], 2);
	ck_assert_ptr_null(first->groups);
	ck_assert_str_eq(first->profiles, "*");
	ck_assert_str_eq(first->allow, "produce");
	ck_assert_ptr_null(first->deny);
	ck_assert_str_eq(second->named.name, "a");
	ck_assert_int_eq(second->named.line, 6);
	ck_assert_str_eq(second->topics, "a* b*");
	ck_assert_str_eq(second->consumer_groups, "*");
	ck_assert_str_eq(second->deny, "consume");
	config_fini(&c);
}
END_TEST

START_TEST(test_there_are_rules_without_any_in_the_file)
{
	struct config c = parse_good("[rule a]\n");

	ck_assert_uint_eq(c.named[CONFIG_NAMED_RULE].n, 1);
	config_fini(&c);
	c = parse_good("");
	ck_assert_uint_eq(c.named[CONFIG_NAMED_RULE].n, 2);
	ck_assert_str_eq(config_rule(&c, 0)->named.name, "administrators");
	ck_assert_int_eq(config_rule(&c, 0)->named.line, 0);
	ck_assert_str_eq(config_rule(&c, 0)->users, "root @commd");
	ck_assert_str_eq(config_rule(&c, 1)->groups, "commd-clients");
	config_fini(&c);
}
END_TEST

START_TEST(test_there_are_not_too_many_rules)
{
	char content[257 * 16] = "";
	struct config c;

	for (int i = 0; i < 256; i++)
		(void)snprintf(content + strlen(content), sizeof content - strlen(content),
			       "[rule r%d]\n", i);
	c = parse_good(content);
	config_fini(&c);
	strcat(content, "[rule more]\n");
	assert_refused(content, strlen(content),
		       FILE_NAME ":257: there are more than 256 sections [rule NAME]");
}
END_TEST

START_TEST(test_layout_is_free)
{
	static const char long_comment[] =
		"; " LINE_190 LINE_190 "\n[limits]\n\t consumers\t=\t7\t# " LINE_190 LINE_190 "\n";
	struct config c = parse_good(long_comment);

	ck_assert_uint_eq(c.limits_consumers, 7);
	config_fini(&c);
	/* an indented line is not the continuation of the one before */
	c = parse_good(
		"\xef\xbb\xbf[limits] # c\r\n consumers = 7 ; c\r\n  connections = 8\r\n\r\n");
	ck_assert_uint_eq(c.limits_consumers, 7);
	ck_assert_uint_eq(c.limits_connections, 8);
	config_fini(&c);
	/* only after white space does a comment begin */
	c = parse_good("[socket]\n"
		       "path = /tmp/a#b;c=d:e");
	ck_assert_str_eq(c.socket_path, "/tmp/a#b;c=d:e");
	config_fini(&c);
	c = parse_good("[kafka]\nprofiles ="
		       "/" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
		       "123456789");
	ck_assert_uint_eq(strlen(c.kafka_profiles), 180);
	config_fini(&c);
}
END_TEST

START_TEST(test_relative_paths_are_beside_the_file)
{
	struct config c = parse_good("[socket]\npath = run/s\n[kafka]\nprofiles = ../p\n");

	ck_assert_str_eq(c.socket_path, "/etc/commd/run/s");
	ck_assert_str_eq(c.kafka_profiles, "/etc/commd/../p");
	config_fini(&c);
}
END_TEST

/* Which only sockets have. */
START_TEST(test_an_abstract_name_is_beside_no_file)
{
	struct config c = parse_good("[socket]\npath = @commd\n[kafka]\nprofiles = @p\n");

	ck_assert_str_eq(c.socket_path, "@commd");
	ck_assert_str_eq(c.kafka_profiles, "/etc/commd/@p");
	config_fini(&c);
}
END_TEST

/* The shipped file, as text. */
static struct text load_shipped(void)
{
	const char *root = getenv("COMMD_SOURCE_ROOT");
	char path[4096];
	struct text text;

	ck_assert_ptr_nonnull(root);
	(void)snprintf(path, sizeof path, "%s/etc/commd.conf", root);
	ck_assert_int_eq(text_load(&text, path), 0);
	return text;
}

static void assert_same_rules(const struct config *a, const struct config *b)
{
	const struct config_named_type *type = &config_named_types[CONFIG_NAMED_RULE];

	ck_assert_uint_eq(a->named[CONFIG_NAMED_RULE].n, b->named[CONFIG_NAMED_RULE].n);
	for (size_t i = 0; i < a->named[CONFIG_NAMED_RULE].n; i++) {
		const struct config_rule *x = config_rule(a, i), *y = config_rule(b, i);

		ck_assert_str_eq(x->named.name, y->named.name);
		for (size_t k = 0; k < type->n_keys; k++)
			ck_assert_pstr_eq(*(char *const *)((const char *)x + type->keys[k].offset),
					  *(char *const *)((const char *)y + type->keys[k].offset));
	}
}

static void assert_defaults(struct text *text)
{
	struct config_problem why;
	struct config c, defaults;

	ck_assert_msg(config_parse(FILE_NAME, text, &c, &why) == 0, "%s", why.text);
	ck_assert_int_eq(config_init_defaults(&defaults), 0);
	assert_same(&c, &defaults);
	assert_same_rules(&c, &defaults);
	config_fini(&c);
	config_fini(&defaults);
}

START_TEST(test_the_shipped_file_changes_nothing)
{
	struct text text = load_shipped();

	assert_defaults(&text);
	text_fini(&text);
}
END_TEST

START_TEST(test_the_shipped_file_shows_every_default)
{
	struct text text = load_shipped();
	size_t n_keys = 0;

	for (char *c = text.bytes; c && *c; c = strchr(c, '\n') ? strchr(c, '\n') + 1 : NULL)
		if (c[0] == '#' && c[1] != ' ' && c[1] != '\n') {
			c[0] = ' ';
			n_keys++;
		}
#define COUNT(rule, key, value) +1
	ck_assert_uint_eq(n_keys, CONFIG_N_KEYS CONFIG_RULES_BUILT_IN(COUNT) + N_RULES_BUILT_IN);
#undef COUNT
	assert_defaults(&text);
	text_fini(&text);
}
END_TEST

START_TEST(test_the_shipped_file_explains_every_key)
{
	const struct config_named_type *type = &config_named_types[CONFIG_NAMED_RULE];
	struct text text = load_shipped();
	const char *at = text.bytes;

	for (size_t i = 0; i < CONFIG_N_KEYS; i++) {
		const struct config_key *key = &config_keys[i];
		char allowed[128], expected[512];

		config_describe(key, allowed, sizeof allowed);
		(void)snprintf(expected, sizeof expected, "\n# %s\n# It is %s.\n#%s =%s%s\n",
			       key->doc, allowed, key->name, *key->absent ? " " : "", key->absent);
		at = strstr(at, expected);
		ck_assert_msg(at, "etc/commd.conf has not, in this place:%s", expected);
	}
	for (size_t i = 0; i < type->n_keys; i++) {
		const struct config_key *key = &type->keys[i];
		char expected[512];

		(void)snprintf(expected, sizeof expected, "\n#   %-16s %s\n", key->name, key->doc);
		at = strstr(at, expected);
		ck_assert_msg(at, "etc/commd.conf has not, in this place:%s", expected);
	}
	text_fini(&text);
}
END_TEST

TEST_MAIN("config", test_broken_files_are_refused_with_a_sentence, test_a_nul_byte_is_refused,
	  test_every_prefix_of_a_file_is_taken_or_refused,
	  test_a_missing_file_is_an_error_only_when_it_was_named,
	  test_a_file_that_is_none_is_not_read_forever, test_the_defaults_are_the_documented_ones,
	  test_every_key_is_taken, test_rules_are_kept_in_their_order,
	  test_there_are_rules_without_any_in_the_file, test_there_are_not_too_many_rules,
	  test_layout_is_free, test_relative_paths_are_beside_the_file,
	  test_an_abstract_name_is_beside_no_file, test_the_shipped_file_changes_nothing,
	  test_the_shipped_file_shows_every_default, test_the_shipped_file_explains_every_key)
