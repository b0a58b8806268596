#include "daemon/acl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/config.h"
#include "proto/errors.h"
#include "tests/lib/main.h"

#define FILE_NAME "/etc/commd/commd.conf"

/* ---- a host of the test's own ---- */

static const struct {
	const char *name;
	unsigned int id;
} users[] = { { "alice", 1001 }, { "bob", 1002 }, { "carol", 1003 }, { "dave", 1004 } },
  groups[] = { { "analysts", 2001 }, { "watchers", 2002 }, { "commd-clients", 2003 } };

static int find_user(const char *name, uid_t *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(users); i++)
		if (!strcmp(users[i].name, name)) {
			*ret = users[i].id;
			return 0;
		}
	return !strcmp(name, "broken") ? -EIO : COMM_EINVALID;
}

static int find_group(const char *name, gid_t *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (!strcmp(groups[i].name, name)) {
			*ret = groups[i].id;
			return 0;
		}
	return !strcmp(name, "broken") ? -EIO : COMM_EINVALID;
}

static int find_none(const char *name, unsigned int *ret)
{
	(void)name;
	(void)ret;
	return COMM_EINVALID;
}

static int find_fails(const char *name, unsigned int *ret)
{
	(void)name;
	(void)ret;
	return -EIO;
}

#define COMMD_UID 900

static const struct acl_host host = { find_user, find_group, COMMD_UID };
static const struct acl_host empty = { find_none, find_none, COMMD_UID };
static const struct acl_host broken = { find_fails, find_fails, COMMD_UID };

static int load(const char *content, const struct acl_host *h, struct acl **ret,
		struct config_problem *ret_why)
{
	struct config c;
	struct text text;
	int r;

	ck_assert_int_eq(text_init(&text, content, strlen(content)), 0);
	ck_assert_msg(config_parse(FILE_NAME, &text, &c, ret_why) == 0, "%s", ret_why->text);
	r = acl_load(&c, h, ret, ret_why);
	config_fini(&c);
	text_fini(&text);
	return r;
}

static struct acl *load_good(const char *content, const struct acl_host *h)
{
	struct config_problem why;
	struct acl *a;

	ck_assert_msg(load(content, h, &a, &why) == 0, "%s", why.text);
	return a;
}

static bool may(const struct acl *a, const struct acl_identity *who, unsigned int any_of,
		enum acl_object object, const char *name, const char *profile)
{
	const struct acl_question q = { any_of, object, comm_bytes_of(name), profile };

	return acl_check(a, who, &q).is_allowed;
}

static bool may_topic(const struct acl *a, uid_t uid, enum acl_operation operation,
		      const char *topic)
{
	const struct acl_identity who = { .uid = uid, .gid = uid };

	return may(a, &who, ACL_BIT(operation), ACL_TOPIC, topic, "default");
}

/* ---- the table ---- */

static const char rules[] = "[rule operators]\n"
			    "users = root @commd\n"
			    "allow = produce consume administer status\n"
			    "[rule no-secrets]\n"
			    "users = *\n"
			    "topics = secret*\n"
			    "deny = produce consume\n"
			    "[rule alice]\n"
			    "users = alice\n"
			    "topics = orders-* secret-of-alice\n"
			    "allow = produce consume\n"
			    "[rule readers]\n"
			    "groups = analysts\n"
			    "topics = *-public log?\n"
			    "allow = consume\n"
			    "[rule team]\n"
			    "users = bob\n"
			    "groups = 2000\n"
			    "topics = team-[ab]-*\n"
			    "allow = produce consume administer\n"
			    "[rule watch]\n"
			    "groups = watchers\n"
			    "allow = status\n";

static const gid_t carols[] = { 100, 2001 }, daves[] = { 2000, 3000 };

/* One for each pattern, and one for none; p, c, a: may produce, consume, administer. */
static const char *const topics[] = { "orders-1", "secret-of-alice", "eu-public",
				      "log1",     "team-b-1",        "team-c-1" };

static const struct {
	struct acl_identity who;
	const char *status;
	const char *cells[ARRAY_SIZE(topics)];
} table[] = {
	{ { .uid = 0, .gid = 0 }, "s", { "pca", "pca", "pca", "pca", "pca", "pca" } },
	{ { .uid = 1001, .gid = 1001 }, "-", { "pc-", "---", "---", "---", "---", "---" } },
	{ { .uid = 1002, .gid = 1002 }, "-", { "---", "---", "---", "---", "pca", "---" } },
	{ { .uid = 1003, .gid = 1003, .groups = carols, .n_groups = 2 },
	  "-",
	  { "---", "---", "-c-", "-c-", "---", "---" } },
	{ { .uid = 1004, .gid = 2002, .groups = daves, .n_groups = 2 },
	  "s",
	  { "---", "---", "---", "---", "pca", "---" } },
	{ { .uid = 1005, .gid = 1005 }, "-", { "---", "---", "---", "---", "---", "---" } },
};

START_TEST(six_users_four_operations_six_patterns)
{
	static const char letters[] = "pca";
	struct acl *a = load_good(rules, &host);

	for (size_t u = 0; u < ARRAY_SIZE(table); u++) {
		const struct acl_identity *who = &table[u].who;

		for (size_t t = 0; t < ARRAY_SIZE(topics); t++)
			for (size_t o = 0; o < strlen(letters); o++) {
				bool expected = table[u].cells[t][o] == letters[o];

				ck_assert_msg(may(a, who, ACL_BIT(o), ACL_TOPIC, topics[t],
						  "default") == expected,
					      "uid %u, %c on %s", who->uid, letters[o], topics[t]);
			}
		ck_assert_msg(may(a, who, ACL_BIT(ACL_STATUS), ACL_DAEMON, NULL, NULL) ==
				      (*table[u].status == 's'),
			      "uid %u, status", who->uid);
	}
	acl_free(a);
}
END_TEST

START_TEST(the_first_rule_that_matches_decides)
{
	struct acl *a = load_good("[rule a]\nusers = alice\ntopics = x\ndeny = produce\n"
				  "[rule b]\nusers = alice\nallow = produce\n"
				  "[rule c]\nusers = alice\ntopics = y\ndeny = produce\n",
				  &host);

	ck_assert(!may_topic(a, 1001, ACL_PRODUCE, "x"));
	ck_assert(may_topic(a, 1001, ACL_PRODUCE, "y"));
	ck_assert(!may_topic(a, 1001, ACL_CONSUME, "y"));
	acl_free(a);
}
END_TEST

START_TEST(profiles_and_groups_are_matched_too)
{
	const struct acl_identity alice = { .uid = 1001, .gid = 1001 };
	struct acl *a = load_good("[rule a]\nusers = alice\nprofiles = test-*\n"
				  "consumer-groups = shop-*\nallow = consume administer\n",
				  &host);

	ck_assert(may(a, &alice, ACL_BIT(ACL_CONSUME), ACL_TOPIC, "x", "test-1"));
	ck_assert(!may(a, &alice, ACL_BIT(ACL_CONSUME), ACL_TOPIC, "x", "default"));
	ck_assert(!may(a, &alice, ACL_BIT(ACL_CONSUME), ACL_TOPIC, "x", NULL));
	ck_assert(may(a, &alice, ACL_BIT(ACL_CONSUME), ACL_GROUP, "shop-1", "test-1"));
	ck_assert(!may(a, &alice, ACL_BIT(ACL_CONSUME), ACL_GROUP, "logs", "test-1"));
	ck_assert(!may(a, &alice, ACL_BIT(ACL_ADMINISTER), ACL_DAEMON, NULL, NULL));
	acl_free(a);
}
END_TEST

/* What is asked of no profile is about all of them. */
START_TEST(a_denial_for_one_profile_is_one_for_all_together)
{
	const struct acl_identity alice = { .uid = 1001, .gid = 1001 };
	struct acl *a = load_good("[rule a]\nusers = alice\nprofiles = prod\ndeny = status\n"
				  "[rule b]\nusers = alice\nallow = status\n",
				  &host);

	ck_assert(may(a, &alice, ACL_BIT(ACL_STATUS), ACL_TOPIC, "x", "test"));
	ck_assert(!may(a, &alice, ACL_BIT(ACL_STATUS), ACL_TOPIC, "x", "prod"));
	ck_assert(!may(a, &alice, ACL_BIT(ACL_STATUS), ACL_TOPIC, "x", NULL));
	ck_assert(!may(a, &alice, ACL_BIT(ACL_STATUS), ACL_DAEMON, NULL, NULL));
	acl_free(a);
}
END_TEST

/* As commd.conf(5) says. */
START_TEST(patterns_know_bytes)
{
	const struct acl_identity alice = { .uid = 1001, .gid = 1001 };
	const unsigned int consume = ACL_BIT(ACL_CONSUME);
	struct acl *a = load_good("[rule a]\nusers = alice\nconsumer-groups = g?x h??x j*x\n"
				  "allow = consume\n",
				  &host);

	ck_assert(may(a, &alice, consume, ACL_GROUP, "gax", "default"));
	ck_assert(!may(a, &alice, consume, ACL_GROUP, "g\xc3\xa4x", "default"));
	ck_assert(may(a, &alice, consume, ACL_GROUP, "h\xc3\xa4x", "default"));
	ck_assert(may(a, &alice, consume, ACL_GROUP, "j\xc3\xa4x", "default"));
	acl_free(a);
}
END_TEST

/* "consume from secret topics" is not "consume as a member of any group". */
START_TEST(what_denies_topics_does_not_deny_groups)
{
	const struct acl_identity alice = { .uid = 1001, .gid = 1001 };
	const unsigned int consume = ACL_BIT(ACL_CONSUME);
	struct acl *a = load_good("[rule a]\nusers = *\ntopics = secret\ndeny = consume\n"
				  "[rule b]\nusers = *\nconsumer-groups = shop\ndeny = consume\n"
				  "[rule c]\nusers = *\nallow = consume\n",
				  &host);

	ck_assert(!may(a, &alice, consume, ACL_TOPIC, "secret", "default"));
	ck_assert(may(a, &alice, consume, ACL_TOPIC, "shop", "default"));
	ck_assert(!may(a, &alice, consume, ACL_GROUP, "shop", "default"));
	ck_assert(may(a, &alice, consume, ACL_GROUP, "secret", "default"));
	acl_free(a);
	a = load_good("[rule a]\nusers = *\ndeny = consume\n"
		      "[rule c]\nusers = *\nallow = consume\n",
		      &host);
	ck_assert(!may(a, &alice, consume, ACL_TOPIC, "t", "default"));
	ck_assert(!may(a, &alice, consume, ACL_GROUP, "g", "default"));
	acl_free(a);
}
END_TEST

START_TEST(the_daemon_is_administered_by_who_may_administer_everything)
{
	const struct acl_identity alice = { .uid = 1001, .gid = 1001 };
	struct acl *a = load_good("[rule a]\nusers = alice\nallow = administer\n", &host);

	ck_assert(may(a, &alice, ACL_BIT(ACL_ADMINISTER), ACL_DAEMON, NULL, NULL));
	acl_free(a);
	a = load_good("[rule a]\nusers = alice\ntopics = x*\nallow = administer\n", &host);
	ck_assert(!may(a, &alice, ACL_BIT(ACL_ADMINISTER), ACL_DAEMON, NULL, NULL));
	acl_free(a);
}
END_TEST

START_TEST(one_of_several_operations_is_enough)
{
	const struct acl_identity carol = table[3].who;
	struct acl *a = load_good(rules, &host);

	ck_assert(may(a, &carol, ACL_BIT(ACL_PRODUCE) | ACL_BIT(ACL_CONSUME), ACL_TOPIC, "log1",
		      "default"));
	ck_assert(!may(a, &carol, ACL_BIT(ACL_PRODUCE) | ACL_BIT(ACL_ADMINISTER), ACL_TOPIC, "log1",
		       "default"));
	acl_free(a);
}
END_TEST

START_TEST(who_is_not_known_may_nothing)
{
	const struct acl_identity root = { .problem = "SO_PEERGROUPS: Cannot allocate memory" };
	const struct acl_question q = { ACL_BIT(ACL_PRODUCE), ACL_TOPIC, comm_bytes_of("t"),
					"default" };
	struct acl *a = load_good("[rule a]\nusers = * root\nallow = produce\n", &host);
	struct acl_verdict verdict = acl_check(a, &root, &q);
	char text[1024];

	ck_assert(!verdict.is_allowed);
	acl_explain(a, &root, &q, &verdict, text, sizeof text);
	ck_assert_str_eq(text, "nobody may produce to topic \"t\" without an identity, and that of "
			       "this connection could not be read (SO_PEERGROUPS: Cannot allocate "
			       "memory); connect again");
	acl_free(a);
}
END_TEST

/* No topic has such a name. A group may have, and no rule must be evaded by one. */
START_TEST(a_name_that_is_too_long_is_not_let_through_by_a_pattern)
{
	char name[300];
	struct acl *a = load_good("[rule a]\nusers = alice\ntopics = x*\nallow = produce\n"
				  "[rule b]\nusers = alice\ntopics = y*\ndeny = consume\n"
				  "[rule c]\nusers = alice\nallow = consume\n",
				  &host);

	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	ck_assert(!may_topic(a, 1001, ACL_PRODUCE, name));
	ck_assert(!may_topic(a, 1001, ACL_CONSUME, name));
	ck_assert(may_topic(a, 1001, ACL_CONSUME, "x"));
	acl_free(a);
}
END_TEST

/* A client chooses the name, and all others wait meanwhile. */
START_TEST(no_name_takes_long_to_match)
{
	char name[250];
	struct acl *a = load_good("[rule a]\nusers = alice\n"
				  "topics = *-*-*-*-*-*-*-*-*-*-*-*-*-*-*-*x *a*a*a*a*a*a*a*a*b\n"
				  "allow = produce\n",
				  &host);
	clock_t start = clock();

	memset(name, '-', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	ck_assert(!may_topic(a, 1001, ACL_PRODUCE, name));
	memset(name, 'a', sizeof name - 1);
	ck_assert(!may_topic(a, 1001, ACL_PRODUCE, name));
	ck_assert_msg(clock() - start < CLOCKS_PER_SEC, "it took %g s",
		      (double)(clock() - start) / CLOCKS_PER_SEC);
	acl_free(a);
}
END_TEST

/* ---- what is built in ---- */

START_TEST(without_rules_there_are_administrators_and_clients)
{
	static const gid_t clients[] = { 2003 };
	const struct acl_identity alice = {
		.uid = 1001, .gid = 1001, .groups = clients, .n_groups = 1
	};
	struct acl *a = load_good("", &host);
	const unsigned int status = ACL_BIT(ACL_STATUS);

	ck_assert_ptr_null(acl_remark(a));
	for (int o = 0; o < ACL_STATUS; o++) {
		ck_assert(may_topic(a, 0, (enum acl_operation)o, "t"));
		ck_assert(may_topic(a, COMMD_UID, (enum acl_operation)o, "t"));
		ck_assert(!may_topic(a, 1002, (enum acl_operation)o, "t"));
		ck_assert(may(a, &alice, ACL_BIT(o), ACL_TOPIC, "t", "default") ==
			  (o != ACL_ADMINISTER));
	}
	ck_assert(!may(a, &alice, status, ACL_DAEMON, NULL, NULL));
	ck_assert(may(a, &(struct acl_identity){ .uid = 0 }, status, ACL_DAEMON, NULL, NULL));
	acl_free(a);
}
END_TEST

START_TEST(a_host_without_the_group_is_told)
{
	struct acl *a = load_good("", &empty);

	ck_assert_str_eq(acl_remark(a),
			 "there is no group commd-clients on this host: rule \"clients\", which is "
			 "built in, is about nobody; create the group, or write rules into "
			 "" FILE_NAME);
	ck_assert(may_topic(a, 0, ACL_PRODUCE, "t"));
	ck_assert(!may_topic(a, 2003, ACL_PRODUCE, "t"));
	acl_free(a);
}
END_TEST

/* ---- what is wrong ---- */

#define RULE(lines) "[rule x]\n" lines

static const struct {
	const char *content;
	const char *expected; /* after the file's name */
} mistakes[] = {
	{ "\n" RULE("allow = produce\n"),
	  ":2: rule \"x\" is about nobody; it needs users or groups, "
	  "and users = * is everybody" },
	{ RULE("users = alice\n"), ":1: rule \"x\" decides nothing; it needs allow or deny" },
	{ RULE("users = alice\nallow = produce\ndeny = consume\n"),
	  ":1: rule \"x\" has both allow (line 3) and deny (line 4); make two rules of it" },
	{ RULE("users = alice\nallow = produce write\n"),
	  ":3: \"allow\" cannot be \"write\"; it is some of produce, consume, administer, status" },
	{ RULE("users = alice\ndeny = produces\n"),
	  ":3: \"deny\" cannot be \"produces\"; did you mean \"produce\"?" },
	{ RULE("users = alice\nallow = admin\n"),
	  ":3: \"allow\" cannot be \"admin\"; did you mean \"administer\"?" },
	{ RULE("users = alice\nallow = produce, consume\n"),
	  ":3: \"allow\" cannot be \"produce,\"; did you mean \"produce\"?" },
	{ RULE("topics = t*\nallow = consume status\nusers = alice\n"),
	  ":3: status is not about topics or consumer groups; make a rule of its own for it" },

	/* users and groups */
	{ RULE("users = bob alcie\nallow = produce\n"),
	  ":2: there is no user \"alcie\" on this host" },
	{ RULE("users = alice,bob\nallow = produce\n"),
	  ":2: there is no user \"alice,bob\" on this host; names have spaces between them, not "
	  "commas" },
	{ RULE("users = @comd\nallow = produce\n"),
	  ":2: there is no \"@comd\"; did you mean \"@commd\"?" },
	{ RULE("users = 4294967295\nallow = produce\n"),
	  ":2: \"4294967295\" is no number of a user; they are below 4294967295" },
	{ RULE("users = 99999999999999999999\nallow = produce\n"),
	  ":2: \"99999999999999999999\" is no number of a user; they are below 4294967295" },
	{ RULE("groups = staff\nallow = produce\n"),
	  ":2: there is no group \"staff\" on this host" },
	{ RULE("groups = *\nallow = produce\n"), ":2: everybody is users = *" },
	{ RULE("groups = 4294967295\nallow = produce\n"),
	  ":2: \"4294967295\" is no number of a group; they are below 4294967295" },

	/* what cannot be looked up is not taken for missing */
	{ RULE("users = broken\nallow = produce\n"),
	  ":2: user \"broken\" cannot be looked up: Input/output error" },
	{ RULE("users = alice\ngroups = broken\ndeny = produce\n"),
	  ":3: group \"broken\" cannot be looked up: Input/output error" },

	/* patterns */
	{ RULE("users = alice\nallow = produce\ntopics = a[b\n"),
	  ":4: \"topics\": \"a[b\" matches nothing: its \"[\" has no \"]\"" },
	{ RULE("users = alice\nallow = produce\ntopics = a []b\n"),
	  ":4: \"topics\": \"[]b\" matches nothing: its \"[\" has no \"]\"" },
	{ RULE("users = alice\nallow = produce\ntopics = a\\\n"),
	  ":4: \"topics\": \"a\\\" matches nothing: nothing follows its last \"\\\"" },
	{ RULE("users = alice\nallow = produce\ntopics = a,b\n"),
	  ":4: \"topics\": \"a,b\" matches nothing: patterns have spaces between them, not "
	  "commas" },
	{ RULE("users = alice\nallow = produce\ntopics = ^logs-\n"),
	  ":4: \"topics\": \"^logs-\" matches nothing: names have only A-Z a-z 0-9 . _ -, and "
	  "patterns * ? [ ] besides" },
	{ RULE("users = alice\nallow = produce\nprofiles = a/b\n"),
	  ":4: \"profiles\": \"a/b\" matches nothing: names have only A-Z a-z 0-9 . _ -, and "
	  "patterns * ? [ ] besides" },
	{ RULE("users = alice\nallow = produce\nconsumer-groups = [\n"),
	  ":4: \"consumer-groups\": \"[\" matches nothing: its \"[\" has no \"]\"" },
};

START_TEST(mistakes_are_refused_with_a_sentence)
{
	char expected[CONFIG_PROBLEM_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		struct config_problem why;
		struct acl *a = NULL;

		(void)snprintf(expected, sizeof expected, "%s%s", FILE_NAME, mistakes[i].expected);
		ck_assert_msg(load(mistakes[i].content, &host, &a, &why) == COMM_EINVALID,
			      "taken: %s", mistakes[i].content);
		ck_assert_str_eq(why.text, expected);
		ck_assert_ptr_null(a);
	}
}
END_TEST

/* Also of what is built in: a server that does not answer is not a host without the group. */
START_TEST(lookups_that_fail_let_nobody_in)
{
	struct config_problem why;
	struct acl *a = NULL;

	ck_assert_int_eq(load("", &broken, &a, &why), COMM_EINVALID);
	ck_assert_str_eq(why.text, FILE_NAME
			 ": group \"commd-clients\" cannot be looked up: Input/output error");
	ck_assert_ptr_null(a);
}
END_TEST

START_TEST(numbers_and_root_need_no_lookup)
{
	struct acl *a = load_good(
		"[rule a]\nusers = root @commd 1001\ngroups = 7\nallow = produce\n", &broken);

	ck_assert(may_topic(a, 0, ACL_PRODUCE, "t"));
	ck_assert(may_topic(a, COMMD_UID, ACL_PRODUCE, "t"));
	ck_assert(may_topic(a, 1001, ACL_PRODUCE, "t"));
	ck_assert(may_topic(a, 7, ACL_PRODUCE, "t"));
	ck_assert(!may_topic(a, 8, ACL_PRODUCE, "t"));
	acl_free(a);
}
END_TEST

/* ---- what is said ---- */

static void expect_sentence(const char *content, uid_t uid, const struct acl_question *q,
			    const char *expected)
{
	const struct acl_identity who = { .uid = uid, .gid = uid };
	struct acl *a = load_good(content, &host);
	struct acl_verdict verdict = acl_check(a, &who, q);
	char text[1024];

	ck_assert(!verdict.is_allowed);
	acl_explain(a, &who, q, &verdict, text, sizeof text);
	ck_assert_str_eq(text, expected);
	acl_free(a);
}

START_TEST(a_refusal_names_the_rule)
{
	struct acl_question q = { ACL_BIT(ACL_PRODUCE), ACL_TOPIC, comm_bytes_of("orders"),
				  "default" };

	expect_sentence(
		"[rule clients]\nusers = alice\nallow = consume\n"
		"[rule readers]\nusers = alice 1005\ndeny = produce\n",
		1001, &q,
		"user alice (uid 1001) may not produce to topic \"orders\": rule \"readers\" "
		"(/etc/commd/commd.conf:4) denies it; an administrator can change that");
	expect_sentence("[rule clients]\nusers = alice\nallow = consume\n", 1005, &q,
			"uid 1005 may not produce to topic \"orders\": no rule of "
			"/etc/commd/commd.conf is about that; an administrator can add one");
	expect_sentence("", 1005, &q,
			"uid 1005 may not produce to topic \"orders\": members of group "
			"commd-clients may produce and consume, root and commd's own user may do "
			"everything; an administrator adds you to the group, or a [rule NAME] to "
			"/etc/commd/commd.conf");
	q = (struct acl_question){ ACL_BIT(ACL_CONSUME), ACL_GROUP, comm_bytes_of("shop"), "test" };
	expect_sentence(
		"[rule c]\nusers = 1\nallow = consume\n", 5, &q,
		"uid 5 may not consume as a member of consumer group \"shop\" through profile "
		"test: no rule of /etc/commd/commd.conf is about that; an administrator can "
		"add one");
	q = (struct acl_question){ ACL_BIT(ACL_CONSUME) | ACL_BIT(ACL_PRODUCE), ACL_TOPIC,
				   comm_bytes_of("t"), "default" };
	expect_sentence(
		"[rule c]\nusers = *\ndeny = consume\n", 5, &q,
		"uid 5 may not see topic \"t\": rule \"c\" (/etc/commd/commd.conf:1) denies "
		"it; an administrator can change that");
	q = (struct acl_question){ .any_of = ACL_BIT(ACL_STATUS), .object = ACL_DAEMON };
	expect_sentence(
		"[rule c]\nusers = 1\nallow = consume\n", 5, &q,
		"uid 5 may not see the status of others: no rule of /etc/commd/commd.conf is "
		"about that; an administrator can add one");
}
END_TEST

/* Or the journal, and whoever else wants text, would take the sentence for bytes. */
START_TEST(names_are_cut_between_characters)
{
	char name[300] = "x", wanted[512];
	struct acl_question q = { .any_of = ACL_BIT(ACL_PRODUCE), .object = ACL_TOPIC };

	for (size_t i = 1; i + 2 < sizeof name; i += 2)
		memcpy(name + i, "\xc3\xa4", 3);
	q.name = comm_bytes_of(name + 1);
	q.profile = name;
	(void)snprintf(wanted, sizeof wanted,
		       "uid 1005 may not produce to topic \"%.254s\" through profile %.63s: no "
		       "rule of /etc/commd/commd.conf is about that; an administrator can add one",
		       name + 1, name);
	expect_sentence("[rule a]\nusers = alice\nallow = consume\n", 1005, &q, wanted);
}
END_TEST

TEST_MAIN("acl", six_users_four_operations_six_patterns, the_first_rule_that_matches_decides,
	  profiles_and_groups_are_matched_too, a_denial_for_one_profile_is_one_for_all_together,
	  patterns_know_bytes, what_denies_topics_does_not_deny_groups,
	  the_daemon_is_administered_by_who_may_administer_everything,
	  one_of_several_operations_is_enough, who_is_not_known_may_nothing,
	  a_name_that_is_too_long_is_not_let_through_by_a_pattern, no_name_takes_long_to_match,
	  without_rules_there_are_administrators_and_clients, a_host_without_the_group_is_told,
	  mistakes_are_refused_with_a_sentence, lookups_that_fail_let_nobody_in,
	  numbers_and_root_need_no_lookup, a_refusal_names_the_rule,
	  names_are_cut_between_characters)
