#include "daemon/profile.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/check.h"
#include "daemon/config.h"
#include "daemon/profile_set.h"
#include "proto/errors.h"
#include "tests/lib/keeper.h"
#include "tests/lib/main.h"

#define FILE_NAME "/etc/commd/profiles/p.conf"
#define BROKERS   "bootstrap.servers=b:9092\n"

static int parse(const char *bytes, size_t len, mode_t mode, struct profile **ret,
		 struct config_problem *ret_why)
{
	struct text text;
	int r;

	ck_assert_int_eq(text_init(&text, bytes, len), 0);
	text.mode = mode;
	r = profile_parse(FILE_NAME, "p", &text, ret, ret_why);
	text_fini(&text);
	return r;
}

static struct profile *parse_good(const char *content)
{
	struct config_problem why;
	struct profile *p;

	ck_assert_msg(parse(content, strlen(content), 0600, &p, &why) == 0, "%s", why.text);
	return p;
}

static void assert_refused(const char *bytes, size_t len, mode_t mode, const char *expected)
{
	struct profile *p = NULL;
	struct config_problem why;
	char sentence[CONFIG_PROBLEM_MAX];

	(void)snprintf(sentence, sizeof sentence, "%s%s", FILE_NAME, expected);
	ck_assert_msg(parse(bytes, len, mode, &p, &why) == COMM_EINVALID, "taken: %s", bytes);
	ck_assert_str_eq(why.text, sentence);
	ck_assert_ptr_null(p);
}

#define NO "\" cannot be set in a profile: "

#define ACKNOWLEDGED "commd commits what a subscription has acknowledged; see its parameter ack"
#define PROGRAMMED   "it is not text but a part of a program, and commd sets its own"

static const struct {
	const char *content;
	const char *expected; /* after the file's name */
} broken[] = {
	/* lines */
	{ BROKERS "acks\n", ":2: the line is not key=value" },
	{ "sasl.password=abc\\\nhunter2\n" BROKERS, ":2: the line is not key=value" },
	{ "! a comment of Java's\n", ":1: the line is not key=value" },
	{ "[kafka]\n" BROKERS, ":1: the line is not key=value" },
	{ "acks: all\n", ":1: the line is not key=value" },
	{ BROKERS "\n\n = all\n", ":4: there is no key before \"=\"" },
	{ "=\n", ":1: there is no key before \"=\"" },
	{ "bootstrap servers=b\n", ":1: what stands before \"=\" is not the name of a property, "
				   "which has A-Z a-z 0-9 . _ - only" },
	{ "hunter2;\xff=b\n", ":1: what stands before \"=\" is not the name of a property, which "
			      "has A-Z a-z 0-9 . _ - only" },
	{ "; comment=1\n", ":1: what stands before \"=\" is not the name of a property, which has "
			   "A-Z a-z 0-9 . _ - only" },
	{ BROKERS "acks=all\n# c\nacks=1\n", ":4: \"acks\" is set before, in line 2" },
	{ BROKERS BROKERS, ":2: \"bootstrap.servers\" is set before, in line 1" },
	{ BROKERS "sasl.password=a\nsasl.password=b\n",
	  ":3: \"sasl.password\" is set before, in line 2" },

	/* commd's own keys */
	{ BROKERS "commd.desciption=x\n",
	  ":2: unknown key \"commd.desciption\"; did you mean \"commd.description\"?" },
	{ BROKERS "commd.Description=x\n",
	  ":2: unknown key \"commd.Description\"; did you mean \"commd.description\"?" },
	{ BROKERS "commd.acl=x\n",
	  ":2: unknown key \"commd.acl\"; commd's own keys are commd.description, "
	  "commd.sasl.password.file, commd.sasl.oauthbearer.client.secret.file, "
	  "commd.ssl.key.password.file, commd.ssl.keystore.password.file" },
	{ BROKERS "commd.=x\n", ":2: unknown key \"commd.\"; did you mean \"commd.description\"?" },
	{ BROKERS "commd.description=a\ncommd.description=b\n",
	  ":3: \"commd.description\" is set before, in line 2" },
	{ BROKERS "commd.description=\xff\n", ":2: \"commd.description\" is not valid UTF-8" },

	/* what the gateway sets */
	{ "group.id=g\n", ":1: \"group.id" NO "each subscription names its group" },
	{ "topic.group.id=g\n", ":1: \"topic.group.id" NO "each subscription names its group" },
	{ "enable.auto.commit=true\n", ":1: \"enable.auto.commit" NO ACKNOWLEDGED },
	{ "topic.enable.auto.commit=true\n", ":1: \"topic.enable.auto.commit" NO ACKNOWLEDGED },
	{ "auto.commit.enable=true\n", ":1: \"auto.commit.enable" NO ACKNOWLEDGED },
	{ "enable.auto.offset.store=true\n", ":1: \"enable.auto.offset.store" NO ACKNOWLEDGED },
	{ "auto.offset.reset=latest\n",
	  ":1: \"auto.offset.reset" NO
	  "each subscription says where it starts; see its parameter start" },
	{ "topic.auto.offset.reset=latest\n",
	  ":1: \"topic.auto.offset.reset" NO
	  "each subscription says where it starts; see its parameter start" },
	{ "allow.auto.create.topics=true\n",
	  ":1: \"allow.auto.create.topics" NO
	  "commd creates topics only by its method create_topic" },
	{ "enable.partition.eof=true\n",
	  ":1: \"enable.partition.eof" NO "commd sets it; see the parameter until_end of receive" },
	{ "transactional.id=t\n",
	  ":1: \"transactional.id" NO "one producer serves many programs, so they cannot have "
	  "transactions; it is idempotent, and each send tells its outcome" },
	{ "delivery.report.only.error=true\n",
	  ":1: \"delivery.report.only.error" NO "commd tells the outcome of every record" },
	{ "log.queue=false\n",
	  ":1: \"log.queue" NO
	  "commd reads librdkafka's log; say what is logged with debug and log_level" },
	{ "plugin.library.paths=/tmp/x.so\n",
	  ":1: \"plugin.library.paths" NO "commd loads no code that a profile names" },
	{ "enabled_events=0\n", ":1: \"enabled_events" NO PROGRAMMED },
	{ "opaque=x\n", ":1: \"opaque" NO PROGRAMMED },
	{ "topic.opaque=x\n", ":1: \"topic.opaque" NO PROGRAMMED },
	{ "interceptors=x\n", ":1: \"interceptors" NO PROGRAMMED },
	{ "default_topic_conf=x\n", ":1: \"default_topic_conf" NO PROGRAMMED },
	{ "msg_order_cmp=x\n", ":1: \"msg_order_cmp" NO PROGRAMMED },
	{ "ssl_engine_callback_data=x\n", ":1: \"ssl_engine_callback_data" NO PROGRAMMED },
	{ "dr_msg_cb=x\n", ":1: \"dr_msg_cb" NO PROGRAMMED },
	{ "ssl.certificate.verify_cb=x\n", ":1: \"ssl.certificate.verify_cb" NO PROGRAMMED },

	/* brokers */
	{ "", ": \"bootstrap.servers\" is missing: the brokers to connect to" },
	{ "# bootstrap.servers=b\n",
	  ": \"bootstrap.servers\" is missing: the brokers to connect to" },
	{ "acks=all\nbootstrap.servers=\n",
	  ":2: \"bootstrap.servers\" is empty: the brokers to connect to" },
	{ "acks=all\nbootstrap.server=b\n",
	  ":2: unknown property \"bootstrap.server\"; did you mean \"bootstrap.servers\"?" },
};

START_TEST(test_broken_files_are_refused_with_a_sentence)
{
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++)
		assert_refused(broken[i].content, strlen(broken[i].content), 0640,
			       broken[i].expected);
}
END_TEST

static const struct {
	const char *line;
	const char *key; /* NULL: not secret */
} secrets[] = {
	{ "sasl.password=x", "sasl.password" },
	{ "ssl.key.password=x", "ssl.key.password" },
	{ "ssl.keystore.password=x", "ssl.keystore.password" },
	{ "sasl.oauthbearer.client.secret=x", "sasl.oauthbearer.client.secret" },
	{ "ssl.key.pem=x", "ssl.key.pem" },
	{ "ssl.key.location=/etc/commd/client.key", NULL },
	{ "ssl.certificate.pem=x", NULL },
	{ "sasl.username=x", NULL },
	{ "sasl.password=", NULL },
	{ "# sasl.password=x", NULL },
};

START_TEST(test_secrets_in_a_file_that_everyone_may_read_are_refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
		char content[256], expected[512];
		struct profile *p;
		struct config_problem why;

		(void)snprintf(content, sizeof content, BROKERS "%s\n", secrets[i].line);
		(void)snprintf(expected, sizeof expected,
			       ":2: \"%s\" is a secret and everyone may read this file; "
			       "run: chgrp commd " FILE_NAME " && chmod 640 " FILE_NAME,
			       secrets[i].key ? secrets[i].key : "");
		if (secrets[i].key)
			assert_refused(content, strlen(content), 0644, expected);
		ck_assert_msg(
			!parse(content, strlen(content), secrets[i].key ? 0640 : 0644, &p, &why),
			"%s", why.text);
		profile_free(p);
	}
}
END_TEST

/* A profile's line of @len bytes. The caller frees it. */
static char *line_of(size_t len)
{
	char *content = malloc(sizeof BROKERS + len);

	ck_assert_ptr_nonnull(content);
	memset(content, 'x', sizeof BROKERS + len);
	memcpy(content, BROKERS, sizeof BROKERS - 1);
	memcpy(content + sizeof BROKERS - 1, "ssl.ca.pem=", strlen("ssl.ca.pem="));
	content[sizeof BROKERS - 1 + len] = '\0';
	return content;
}

START_TEST(test_lines_may_be_long_but_not_longer)
{
	char *content = line_of(PROFILE_LINE_MAX);
	struct profile *p = parse_good(content);

	ck_assert_uint_eq(strlen(p->properties[1].value), PROFILE_LINE_MAX - 11);
	profile_free(p);
	free(content);
	content = line_of(PROFILE_LINE_MAX + 1);
	assert_refused(content, strlen(content), 0600, ":2: the line is longer than 65536 bytes");
	free(content);
}
END_TEST

START_TEST(test_a_nul_byte_is_refused)
{
	static const char content[] = BROKERS "sasl.password=a\0b\n";

	assert_refused(content, sizeof content - 1, 0600,
		       ":2: the line holds a NUL byte; the file has to be text in UTF-8");
}
END_TEST

START_TEST(test_the_number_of_properties_is_bounded)
{
	size_t size = (PROFILE_PROPERTIES_MAX + 2) * 16;
	char *content = calloc(1, size);
	struct profile *p;

	ck_assert_ptr_nonnull(content);
	(void)strcpy(content, BROKERS);
	for (int i = 1; i < PROFILE_PROPERTIES_MAX; i++)
		(void)sprintf(content + strlen(content), "p%d=1\n", i);
	p = parse_good(content);
	ck_assert_uint_eq(p->n_properties, PROFILE_PROPERTIES_MAX);
	profile_free(p);
	(void)strcat(content, "one.more=1\n");
	assert_refused(content, strlen(content), 0600,
		       ":1001: there are more than 1000 properties");
	free(content);
}
END_TEST

START_TEST(test_what_kcat_and_confluent_kafka_take_is_taken)
{
	static const struct property expected[] = {
		{ (char *)"bootstrap.servers", (char *)"a:9092,b:9092", 2, 0 },
		{ (char *)"security.protocol", (char *)"SASL_SSL", 4, 0 },
		{ (char *)"sasl.password", (char *)"p#a;s\\s = \"w \xe4", 5, 0 },
		{ (char *)"client.id", (char *)"\"quoted\"", 6, 0 },
		{ (char *)"topic.acks", (char *)"", 7, 0 },
		{ (char *)"linger.ms", (char *)"5", 9, 0 },
	};
	struct profile *p = parse_good("\xef\xbb\xbf# brokers\r\n"
				       "bootstrap.servers=a:9092,b:9092\r\n"
				       "\t # indented\n"
				       "  security.protocol\t = \tSASL_SSL \t\r\n"
				       "sasl.password=p#a;s\\s = \"w \xe4\n"
				       "client.id = \"quoted\"\n"
				       "topic.acks =\n"
				       "commd.description = T\xc3\xa4st; # of all\n"
				       "linger.ms=5");

	ck_assert_str_eq(p->name, "p");
	ck_assert_str_eq(p->file, FILE_NAME);
	ck_assert_str_eq(p->description, "T\xc3\xa4st; # of all");
	ck_assert_uint_eq(p->n_properties, ARRAY_SIZE(expected));
	for (size_t i = 0; i < p->n_properties; i++) {
		ck_assert_str_eq(p->properties[i].key, expected[i].key);
		ck_assert_str_eq(p->properties[i].value, expected[i].value);
		ck_assert_int_eq(p->properties[i].line, expected[i].line);
	}
	profile_free(p);
}
END_TEST

START_TEST(test_brokers_may_be_named_in_other_words)
{
	profile_free(parse_good("metadata.broker.list=b\n"));
	profile_free(parse_good("test.mock.num.brokers=3\n"));
}
END_TEST

START_TEST(test_names_are_no_paths)
{
	static const char *const good[] = {
		"default",
		"a",
		"A-1_b.c",
		"-",
		"0123456789012345678901234567890123456789012345678901234567890123",
	};
	static const char *const bad[] = {
		"",
		".",
		"..",
		".hidden",
		"../default",
		"a/b",
		"a b",
		"a\n",
		"\xc3\xa4",
		"a%2fb",
		"01234567890123456789012345678901234567890123456789012345678901234",
	};
	struct profile *p;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		ck_assert_msg(profile_is_name(comm_bytes_of(good[i])), "%s", good[i]);
		ck_assert_int_eq(profile_new(good[i], &p), 0);
		ck_assert_str_eq(p->name, good[i]);
		ck_assert_uint_eq(p->n_properties, 0);
		profile_free(p);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_msg(!profile_is_name(comm_bytes_of(bad[i])), "%s", bad[i]);
		ck_assert_int_eq(profile_new(bad[i], &p), COMM_EINVALID);
	}
	ck_assert(!profile_is_name((struct comm_bytes){ "a\0b", 3 }));
	ck_assert(!profile_is_name(comm_bytes_of(NULL)));
}
END_TEST

/* ---- directories ---- */

/* A directory of this test's own. */
struct scratch {
	struct keeper *keeper; /* owned */
	char dir[64];
};

static void scratch_init(struct scratch *s)
{
	s->keeper = keeper_new(s->dir, sizeof s->dir);
}

static void scratch_write(const struct scratch *s, const char *name, const char *content,
			  mode_t mode)
{
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", s->dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	(void)fputs(content, f);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(path, mode), 0);
}

static void scratch_fini(struct scratch *s)
{
	s->keeper = keeper_free(s->keeper);
}

START_TEST(test_the_shipped_profile_is_good_with_and_without_its_examples)
{
	const char *root = getenv("COMMD_SOURCE_ROOT");
	struct scratch credentials;
	char path[4096];
	struct text text, examples;
	struct config_problem why;
	struct profile *p;
	size_t n_examples = 0;

	ck_assert_ptr_nonnull(root);
	scratch_init(&credentials);
	scratch_write(&credentials, "kafka-password", "secret\n", 0600);
	ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", credentials.dir, 1), 0);
	(void)snprintf(path, sizeof path, "%s/etc/profiles/default.conf", root);
	ck_assert_msg(profile_load(path, "default", &p, &why) == 0, "%s", why.text);
	ck_assert_uint_eq(p->n_properties, 1);
	ck_assert_str_eq(p->properties[0].key, "bootstrap.servers");
	ck_assert_str_eq(p->properties[0].value, "localhost:9092");
	profile_free(p);

	/* each paragraph's examples alone, for two of them set the same property */
	ck_assert_int_eq(text_load(&text, path), 0);
	for (char *at = text.bytes; at; at = strstr(at + 1, "\n\n")) {
		ck_assert_int_eq(text_init(&examples, text.bytes, text.len), 0);
		for (char *c = examples.bytes + (at - text.bytes) + 2; *c && strncmp(c, "\n\n", 2);
		     c++)
			if (c[0] == '#' && c[1] != ' ' && c[1] != '\n') {
				c[0] = ' ';
				n_examples++;
			}
		ck_assert_msg(!profile_parse(path, "default", &examples, &p, &why), "%s", why.text);
		profile_free(p);
		text_fini(&examples);
	}
	ck_assert_uint_ge(n_examples, 9);
	text_fini(&text);
	scratch_fini(&credentials);
}
END_TEST

/* As who renews certificates does it: the file is replaced. */
static void replace_file(const struct scratch *s, const char *name, const char *content)
{
	char from[512], to[512];

	scratch_write(s, "new", content, 0644);
	(void)snprintf(from, sizeof from, "%s/new", s->dir);
	(void)snprintf(to, sizeof to, "%s/%s", s->dir, name);
	ck_assert_int_eq(rename(from, to), 0);
}

/* That is how a reload knows that connections with the old one have to go. */
START_TEST(test_a_renewed_certificate_makes_another_profile)
{
	struct profile *first, *same, *renewed;
	struct scratch s;
	char content[512];

	scratch_init(&s);
	scratch_write(&s, "ca.pem", "one", 0644);
	(void)snprintf(content, sizeof content, BROKERS "ssl.ca.location=%s/ca.pem\n", s.dir);
	first = parse_good(content);
	same = parse_good(content);
	ck_assert(profile_equals(first, same));
	replace_file(&s, "ca.pem", "two");
	renewed = parse_good(content);
	ck_assert(!profile_equals(first, renewed));
	profile_free(first);
	profile_free(same);
	profile_free(renewed);
	scratch_fini(&s);
}
END_TEST

static void assert_problem(const struct config_problem *why, const struct scratch *s,
			   const char *expected)
{
	char sentence[CONFIG_PROBLEM_MAX];

	(void)snprintf(sentence, sizeof sentence, expected, s->dir, s->dir, s->dir);
	ck_assert_str_eq(why->text, sentence);
}

START_TEST(test_a_bad_profile_leaves_the_others_alone)
{
	struct config_problem why;
	struct profile_set set;
	struct scratch s;
	char path[512];
	int r;

	scratch_init(&s);
	scratch_write(&s, "good.conf", BROKERS "sasl.password=x\n", 0640);
	scratch_write(&s, "also-good.conf", BROKERS, 0644);
	scratch_write(&s, "bad.conf", "group.id=x\n", 0644);
	scratch_write(&s, "open.conf", BROKERS "sasl.password=x\n", 0644);
	scratch_write(&s, "bad name\xff.conf", BROKERS, 0644);
	scratch_write(&s, "good.conf~", "an editor's copy", 0644);
	scratch_write(&s, "good.conf.dpkg-old", "a package's copy", 0644);
	scratch_write(&s, ".hidden.conf", "hidden", 0644);
	scratch_write(&s, "README", "not a profile", 0644);
	(void)snprintf(path, sizeof path, "%s/dir.conf", s.dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof path, "%s/dangling.conf", s.dir);
	ck_assert_int_eq(symlink("/nonexistent", path), 0);
	r = profile_set_load_dir(s.dir, &set, &why);
	scratch_fini(&s);

	ck_assert_int_eq(r, 0);
	ck_assert_uint_eq(set.n_entries, 7);
	for (size_t i = 1; i < set.n_entries; i++)
		ck_assert_str_lt(set.entries[i - 1].name, set.entries[i].name);
	ck_assert_str_eq(profile_set_find(&set, comm_bytes_of("good"))->profile->name, "good");
	ck_assert_ptr_nonnull(profile_set_find(&set, comm_bytes_of("also-good"))->profile);
	ck_assert_ptr_null(profile_set_find(&set, comm_bytes_of("bad"))->profile);
	assert_problem(&profile_set_find(&set, comm_bytes_of("bad"))->problem, &s,
		       "%s/bad.conf:1: \"group.id\" cannot be set in a profile: each subscription "
		       "names its group");
	assert_problem(&profile_set_find(&set, comm_bytes_of("open"))->problem, &s,
		       "%s/open.conf:2: \"sasl.password\" is a secret and everyone may read this "
		       "file; run: chgrp commd %s/open.conf && chmod 640 %s/open.conf");
	assert_problem(&profile_set_find(&set, comm_bytes_of("dir"))->problem, &s,
		       "%s/dir.conf: cannot be read: Is a directory");
	assert_problem(&profile_set_find(&set, comm_bytes_of("dangling"))->problem, &s,
		       "%s/dangling.conf: cannot be read: No such file or directory");
	assert_problem(&profile_set_find(&set, comm_bytes_of("bad?name?"))->problem, &s,
		       "%s/bad name?.conf: \"bad name?\" cannot be the name of a profile; it is 1 "
		       "to 64 of A-Z a-z 0-9 . _ - and does not begin with a dot");
	ck_assert_ptr_null(profile_set_find(&set, comm_bytes_of("README")));
	ck_assert_ptr_null(profile_set_find(&set, comm_bytes_of("../good")));
	ck_assert_ptr_null(profile_set_find(&set, (struct comm_bytes){ "good\0", 5 }));
	ck_assert_ptr_null(profile_set_find(&set, comm_bytes_of(NULL)));
	profile_set_fini(&set);
}
END_TEST

START_TEST(test_a_missing_directory_is_told)
{
	struct config_problem why;
	struct profile_set set;

	ck_assert_int_eq(profile_set_load_dir("/nonexistent/profiles", &set, &why), COMM_EINVALID);
	ck_assert_str_eq(why.text,
			 "/nonexistent/profiles: cannot be read: No such file or directory");
}
END_TEST

START_TEST(test_a_set_can_be_of_one_profile_without_a_file)
{
	struct profile_set set;
	struct profile *p;

	ck_assert_int_eq(profile_new("default", &p), 0);
	ck_assert_int_eq(profile_set_init_one(&set, p), 0);
	ck_assert_ptr_eq(profile_set_find(&set, comm_bytes_of("default"))->profile, p);
	ck_assert_ptr_null(p->file);
	profile_set_fini(&set);
}
END_TEST

/* ---- the whole configuration ---- */

struct told {
	struct config_problem problems[8];
	size_t n;
};

static void on_problem(void *arg, const struct config_problem *problem)
{
	struct told *t = arg;

	ck_assert_uint_lt(t->n, ARRAY_SIZE(t->problems));
	t->problems[t->n++] = *problem;
}

/* Stands in for librdkafka, which has an opinion of its own. */
static int refuse_bogus(const struct profile *p, struct config_problem *ret_why)
{
	for (size_t i = 0; i < p->n_properties; i++)
		if (!strcmp(p->properties[i].key, "bogus"))
			return config_problem_set(ret_why, p->file, p->properties[i].line,
						  "No such configuration property: \"bogus\"");
	return 0;
}

static int check_scratch(const struct scratch *s, struct told *ret)
{
	char file[128];

	*ret = (struct told){ 0 };
	(void)snprintf(file, sizeof file, "%s/commd.conf", s->dir);
	return check_config(file, refuse_bogus, on_problem, ret);
}

static void scratch_init_profiles(struct scratch *s)
{
	char path[128];

	scratch_init(s);
	(void)snprintf(path, sizeof path, "%s/profiles", s->dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

START_TEST(test_check_finds_nothing_in_a_good_configuration)
{
	struct scratch s;
	struct told told;
	int r;

	scratch_init_profiles(&s);
	scratch_write(&s, "commd.conf", "[limits]\nconsumers = 2\n", 0644);
	scratch_write(&s, "profiles/default.conf", BROKERS, 0644);
	r = check_scratch(&s, &told);
	scratch_fini(&s);
	ck_assert_int_eq(r, 0);
	ck_assert_uint_eq(told.n, 0);
}
END_TEST

START_TEST(test_check_tells_the_first_problem_of_every_file)
{
	struct scratch s;
	struct told told;
	int r;

	scratch_init_profiles(&s);
	scratch_write(&s, "commd.conf", "[limits]\nconsumer = 2\n[limit]\n", 0644);
	scratch_write(&s, "profiles/a.conf", BROKERS "\nbogus=1\n", 0644);
	scratch_write(&s, "profiles/b.conf", BROKERS, 0644);
	scratch_write(&s, "profiles/c.conf", "group.id=g\nopaque=1\n", 0644);
	r = check_scratch(&s, &told);
	scratch_fini(&s);
	ck_assert_int_eq(r, COMM_EINVALID);
	ck_assert_uint_eq(told.n, 3);
	assert_problem(&told.problems[0], &s,
		       "%s/commd.conf:2: unknown key \"consumer\" in [limits]; "
		       "did you mean \"consumers\"?");
	assert_problem(&told.problems[1], &s,
		       "%s/profiles/a.conf:3: No such configuration property: \"bogus\"");
	assert_problem(&told.problems[2], &s,
		       "%s/profiles/c.conf:1: \"group.id\" cannot be set in a profile: each "
		       "subscription names its group");
}
END_TEST

/* Who checks is not the service, and must not refuse what the service can read. */
START_TEST(test_check_does_not_count_credentials_of_systemd)
{
	struct scratch s;
	struct told told;
	int r;

	scratch_init_profiles(&s);
	scratch_write(&s, "commd.conf", "", 0644);
	scratch_write(&s, "profiles/p.conf", BROKERS "commd.sasl.password.file=%d/password\n",
		      0644);
	ck_assert_int_eq(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	r = check_scratch(&s, &told);
	ck_assert_int_eq(r, 0);
	ck_assert_uint_eq(told.n, 1);
	ck_assert(told.problems[0].is_unknown);
	ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", "/nowhere", 1), 0);
	r = check_scratch(&s, &told);
	scratch_fini(&s);
	ck_assert_int_eq(r, 0);
	ck_assert_uint_eq(told.n, 1);
	ck_assert(told.problems[0].is_unknown);
}
END_TEST

START_TEST(test_check_tells_a_missing_directory_once)
{
	struct scratch s;
	struct told named, guessed;
	int r_named, r_guessed;

	scratch_init(&s);
	scratch_write(&s, "commd.conf", "[kafka]\nprofiles = other\n", 0644);
	r_named = check_scratch(&s, &named);
	/* of a bad file it is not known which directory it would name */
	scratch_write(&s, "commd.conf", "[kafka]\nprofile = other\n", 0644);
	r_guessed = check_scratch(&s, &guessed);
	scratch_fini(&s);
	ck_assert_int_eq(r_named, COMM_EINVALID);
	ck_assert_uint_eq(named.n, 1);
	assert_problem(&named.problems[0], &s,
		       "%s/other: cannot be read: No such file or directory");
	ck_assert_int_eq(r_guessed, COMM_EINVALID);
	ck_assert_uint_eq(guessed.n, 1);
	assert_problem(&guessed.problems[0], &s,
		       "%s/commd.conf:2: unknown key \"profile\" in [kafka]; "
		       "did you mean \"profiles\"?");
}
END_TEST

TEST_MAIN("profile", test_broken_files_are_refused_with_a_sentence,
	  test_secrets_in_a_file_that_everyone_may_read_are_refused,
	  test_lines_may_be_long_but_not_longer, test_a_nul_byte_is_refused,
	  test_the_number_of_properties_is_bounded,
	  test_what_kcat_and_confluent_kafka_take_is_taken,
	  test_brokers_may_be_named_in_other_words, test_names_are_no_paths,
	  test_the_shipped_profile_is_good_with_and_without_its_examples,
	  test_a_renewed_certificate_makes_another_profile,
	  test_a_bad_profile_leaves_the_others_alone, test_a_missing_directory_is_told,
	  test_a_set_can_be_of_one_profile_without_a_file,
	  test_check_finds_nothing_in_a_good_configuration,
	  test_check_tells_the_first_problem_of_every_file,
	  test_check_does_not_count_credentials_of_systemd,
	  test_check_tells_a_missing_directory_once)
