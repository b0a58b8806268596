#include "daemon/profile_secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/profile_set.h"
#include "proto/errors.h"
#include "tests/lib/keeper.h"
#include "tests/lib/main.h"

/* A directory with a profile and the file of its password. */
struct scratch {
	struct keeper *keeper; /* owned */
	char dir[64];
	char profile[96];
	char password[96];
};

static void write_file(const char *path, const char *content, size_t len, mode_t mode)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(content, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(path, mode), 0);
}

static void scratch_init(struct scratch *s, const char *line)
{
	char content[256];

	s->keeper = keeper_new(s->dir, sizeof s->dir);
	(void)snprintf(s->profile, sizeof s->profile, "%s/p.conf", s->dir);
	(void)snprintf(s->password, sizeof s->password, "%s/password", s->dir);
	(void)snprintf(content, sizeof content, "bootstrap.servers=b\n%s\n", line);
	write_file(s->profile, content, strlen(content), 0644);
	write_file(s->password, "hunter2\n", strlen("hunter2\n"), 0600);
}

static void scratch_fini(struct scratch *s)
{
	s->keeper = keeper_free(s->keeper);
}

static void assert_password(const struct scratch *s)
{
	struct config_problem why;
	struct profile *p;

	ck_assert_msg(!profile_load(s->profile, "p", &p, &why), "%s", why.text);
	ck_assert_uint_eq(p->n_properties, 2);
	ck_assert_str_eq(p->properties[1].key, "sasl.password");
	ck_assert_str_eq(p->properties[1].value, "hunter2");
	ck_assert_int_eq(p->properties[1].line, 2);
	profile_free(p);
}

START_TEST(test_a_password_from_beside_the_profile)
{
	struct scratch s;

	scratch_init(&s, "commd.sasl.password.file=password");
	assert_password(&s);
	write_file(s.password, "hunter2", strlen("hunter2"), 0440);
	assert_password(&s);
	write_file(s.password, "hunter2\r\n", strlen("hunter2\r\n"), 0400);
	assert_password(&s);
	scratch_fini(&s);
}
END_TEST

START_TEST(test_a_password_from_systemd)
{
	struct config_problem why;
	struct profile *p;
	struct scratch s;

	scratch_init(&s, "commd.sasl.password.file=%d/password");
	ck_assert_int_eq(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	ck_assert_int_eq(profile_load(s.profile, "p", &p, &why), COMM_EINVALID);
	ck_assert_ptr_nonnull(strstr(why.text, ":2: \"commd.sasl.password.file\": there are no "
					       "credentials of systemd; hand it over by "
					       "LoadCredential=password:FILE in commd.service"));
	ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", s.dir, 1), 0);
	assert_password(&s);
	scratch_fini(&s);
}
END_TEST

START_TEST(test_files_that_are_refused)
{
	static const struct {
		const char *content;
		size_t len;
		mode_t mode;
		const char *why;
	} cases[] = {
		{ "hunter2\n", 8, 0604, "everyone may read it; run: chgrp commd /" },
		{ "", 0, 0600, "there is nothing in it" },
		{ "\nhunter2\n", 9, 0600, "there is nothing in it" },
		{ "hunter2\nhunter3\n", 16, 0600, "it has more than one line" },
		{ "hunter2\0x\n", 10, 0600, "it is no line of text" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct config_problem why;
		struct profile *p;
		struct scratch s;

		scratch_init(&s, "commd.sasl.password.file=password");
		write_file(s.password, cases[i].content, cases[i].len, cases[i].mode);
		ck_assert_int_eq(profile_load(s.profile, "p", &p, &why), COMM_EINVALID);
		ck_assert_ptr_nonnull(strstr(why.text, ":2: \"commd.sasl.password.file\": "));
		ck_assert_ptr_nonnull(strstr(why.text, s.password));
		ck_assert_msg(strstr(why.text, cases[i].why) != NULL, "%s", why.text);
		ck_assert_ptr_null(strstr(why.text, "hunter"));
		scratch_fini(&s);
	}
}
END_TEST

START_TEST(test_a_file_that_is_not_there)
{
	struct config_problem why;
	struct profile *p;
	struct scratch s;

	scratch_init(&s, "commd.ssl.key.password.file=/nowhere/password");
	ck_assert_int_eq(profile_load(s.profile, "p", &p, &why), COMM_EINVALID);
	ck_assert_ptr_nonnull(strstr(why.text, ":2: \"commd.ssl.key.password.file\": "
					       "/nowhere/password cannot be read: No such file"));
	scratch_fini(&s);
}
END_TEST

START_TEST(test_one_place_only)
{
	struct config_problem why;
	struct profile *p;
	struct scratch s;

	scratch_init(&s, "commd.sasl.password.file=password\nsasl.password=other");
	ck_assert_int_eq(chmod(s.profile, 0600), 0);
	ck_assert_int_eq(profile_load(s.profile, "p", &p, &why), COMM_EINVALID);
	ck_assert_ptr_nonnull(strstr(why.text, ":2: \"sasl.password\" is set before, in line 3"));
	scratch_fini(&s);
}
END_TEST

START_TEST(test_words_without_secrets)
{
	char words[] = "login of bob with hunter2-long, cut to hunter2-l; key k, hunter";
	struct property properties[] = {
		{ (char[]){ "sasl.username" }, (char[]){ "bob" }, 1, 0 },
		{ (char[]){ "sasl.password" }, (char[]){ "hunter2-long" }, 2, 0 },
		{ (char[]){ "ssl.key.password" }, (char[]){ "" }, 3, 0 },
	};
	const struct profile p = { .properties = properties, .n_properties = 3 };

	profile_secret_hide(&p, words);
	ck_assert_str_eq(words, "login of bob with ************, cut to ************ey k, hunter");
}
END_TEST

static int dumpable_with(const char *key)
{
	struct property property = { (char *)(uintptr_t)key, (char[]){ "x" }, 1, 0 };
	struct profile p = { .properties = &property, .n_properties = 1 };
	struct profile_entry entries[] = { { .profile = NULL }, { .profile = &p } };
	const struct profile_set set = { entries, 2 };

	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
	profile_secret_protect(&set);
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
}

START_TEST(test_no_core_holds_a_password)
{
	ck_assert_int_eq(unsetenv("COMMD_DEBUG_CORE"), 0);
	ck_assert_int_eq(dumpable_with("sasl.username"), 1);
	ck_assert_int_eq(dumpable_with("sasl.password"), 0);
	ck_assert_int_eq(dumpable_with("ssl.key.pem"), 0);
	ck_assert_int_eq(setenv("COMMD_DEBUG_CORE", "1", 1), 0);
	ck_assert_int_eq(dumpable_with("sasl.password"), 1);
}
END_TEST

TEST_MAIN("profile_secret", test_a_password_from_beside_the_profile, test_a_password_from_systemd,
	  test_files_that_are_refused, test_a_file_that_is_not_there, test_one_place_only,
	  test_words_without_secrets, test_no_core_holds_a_password)
