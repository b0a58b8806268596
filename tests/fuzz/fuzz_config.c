/*
 * Fuzz target: a file, as commd.conf with its rules, and as a profile.
 *
 * What is refused is refused in one sentence of plain text, without a secret in it. What is accepted is
 * within the bounds that are documented, says the same again when it is shown and set, and its rules have
 * an answer to every question.
 */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/acl.h"
#include "daemon/changes.h"
#include "daemon/config.h"
#include "daemon/profile.h"
#include "daemon/profile_secret.h"
#include "daemon/text.h"
#include "proto/errors.h"
#include "proto/utf8.h"
#include "proto/util.h"
#include "tests/fuzz/fuzz.h"

#define CONFIG_NAME  "/etc/commd/commd.conf"
#define PROFILE_FILE "/etc/commd/profiles/p.conf"

/* As a value it is one of those that nobody may see. */
#define SECRET "hunter2"

/* ---- what the host has ---- */

/* Files that a profile names are read from here, by the end of their names. */
int __wrap_text_load(struct text *t, const char *file);

int __wrap_text_load(struct text *t, const char *file)
{
	size_t len = strlen(file);
	char last = len ? file[len - 1] : '\0';
	int r = last == 'x'   ? -ENOENT
		: last == '2' ? text_init(t, "1\n2\n", 4)
		: last == '0' ? text_init(t, "", 0)
			      : text_init(t, SECRET "\n", strlen(SECRET) + 1);

	if (!r)
		t->mode = last == 'o' ? 0644 : 0600;
	return r;
}

/* Names of some letters are known; some cannot be looked up. */
static int find_number(const char *name, unsigned int *ret)
{
	if (*name == '!')
		return -EIO;
	if (*name < 'a' || *name > 'o')
		return COMM_EINVALID;
	*ret = (unsigned int)(*name - 'a');
	return 0;
}

static int find_user(const char *name, uid_t *ret)
{
	return find_number(name, ret);
}

static int find_group(const char *name, gid_t *ret)
{
	return find_number(name, ret);
}

static const struct acl_host host = { find_user, find_group, 5 };

/* ---- sentences ---- */

static void check_sentence(const char *s)
{
	MUST(*s && comm_utf8_is_valid(comm_bytes_of(s)));
	for (; *s; s++)
		MUST((unsigned char)*s >= ' ' && *s != 0x7f);
}

static void check_problem(int r, const struct config_problem *why, const char *file)
{
	MUST(r == COMM_EINVALID);
	MUST(memchr(why->text, '\0', sizeof why->text));
	MUST(why->line >= 0);
	MUST(!strncmp(why->text, file, strlen(file)));
	check_sentence(why->text);
}

/* ---- commd.conf ---- */

static void check_bounds(const struct config *c, const struct config_key *key)
{
	const void *p = (const char *)c + key->offset;
	uint64_t value;

	switch (key->kind) {
	case CONFIG_MODE:
	case CONFIG_COUNT:
	case CONFIG_MS:
		value = *(const unsigned int *)p;
		break;
	case CONFIG_SIZE:
		value = *(const uint64_t *)p;
		break;
	default:
		MUST(*(char *const *)p);
		value = strlen(*(char *const *)p);
		break;
	}
	MUST(value >= key->min && value <= key->max);
}

/* What is shown of @c means the same. */
static void check_shown(const struct config *c, const struct config_key *key)
{
	struct config again = { .file = c->file };
	char text[8192], what[256];

	config_describe(key, what, sizeof what);
	check_sentence(what);
	config_show(c, key, text, sizeof text);
	MUST(!config_set(&again, key, c->file, text));
	MUST(config_equals(c, &again, key));
	if (config_is_text(key))
		free(*(char **)((char *)&again + key->offset));
}

static void check_changes(const struct config *c)
{
	struct config defaults;
	struct changes changes;

	MUST(!config_init_defaults(&defaults));
	MUST(!changes_init(&changes, &defaults, c, false));
	for (size_t i = 0; i < changes.n; i++) {
		MUST(memchr(changes.items[i].what, '\0', sizeof changes.items[i].what));
		MUST(memchr(changes.items[i].how, '\0', sizeof changes.items[i].how));
		MUST(*changes.items[i].what && *changes.items[i].how);
	}
	changes_fini(&changes);
	config_fini(&defaults);
}

/* ---- rules ---- */

static void ask(const struct acl *a, const struct acl_identity *who, const struct acl_question *q)
{
	struct acl_verdict v = acl_check(a, who, q);
	char sentence[1024];

	MUST(!v.is_allowed || (v.rule && !who->problem));
	if (v.is_allowed)
		return;
	acl_explain(a, who, q, &v, sentence, sizeof sentence);
	MUST(*sentence && memchr(sentence, '\0', sizeof sentence));
}

static void ask_all(const struct acl *a, const struct acl_identity *who)
{
	static const char *const names[] = { "t", "orders-1", "salaries-\xff" };

	for (unsigned int op = 0; op < ACL_N_OPERATIONS; op++) {
		struct acl_question q = { .any_of = ACL_BIT(op) };

		q.object = ACL_DAEMON;
		ask(a, who, &q);
		q.profile = "default";
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			q.name = comm_bytes_of(names[i]);
			q.object = ACL_TOPIC;
			ask(a, who, &q);
			q.object = ACL_GROUP;
			ask(a, who, &q);
		}
	}
}

static void check_rules(const struct config *c)
{
	static const gid_t groups[] = { 1, 7 };
	const struct acl_identity who[] = {
		{ .uid = 0, .gid = 0 },
		{ .uid = 5, .gid = 3, .groups = groups, .n_groups = ARRAY_SIZE(groups) },
		{ .problem = "SO_PEERCRED: it is not known", .uid = (uid_t)-1, .gid = (gid_t)-1 },
	};
	struct config_problem why;
	struct acl *a;
	int r = acl_load(c, &host, &a, &why);

	if (r) {
		check_problem(r, &why, CONFIG_NAME);
		return;
	}
	(void)acl_remark(a);
	for (size_t i = 0; i < ARRAY_SIZE(who); i++)
		ask_all(a, &who[i]);
	acl_free(a);
}

static void read_config(const uint8_t *data, size_t size)
{
	struct config_problem why;
	struct config config;
	struct text text;
	int r;

	MUST(!text_init(&text, data, size));
	r = config_parse(CONFIG_NAME, &text, &config, &why);
	text_fini(&text);
	if (r) {
		check_problem(r, &why, CONFIG_NAME);
		return;
	}
	for (size_t i = 0; i < CONFIG_N_KEYS; i++) {
		check_bounds(&config, &config_keys[i]);
		check_shown(&config, &config_keys[i]);
	}
	check_changes(&config);
	check_rules(&config);
	config_fini(&config);
}

/* ---- profiles ---- */

/* Whether the secret stands nowhere in @data but as the value of a property that is one. */
static bool is_only_value(const uint8_t *data, size_t size)
{
	static const char line[] = "\nsasl.password=" SECRET;
	const size_t n_before = sizeof line - sizeof SECRET;
	const uint8_t *at = data, *end = data + size;

	while ((at = memmem(at, (size_t)(end - at), SECRET, strlen(SECRET)))) {
		if ((size_t)(at - data) < n_before || memcmp(at - n_before, line, n_before) != 0)
			return false;
		at++;
	}
	return true;
}

static void check_hidden(const struct profile *p)
{
	char words[] = "the broker says: " SECRET ", which is wrong";
	bool is_secret = false;

	for (size_t i = 0; i < p->n_properties; i++)
		is_secret |= profile_is_secret(p->properties[i].key) &&
			     !strcmp(p->properties[i].value, SECRET);
	profile_secret_hide(p, words);
	MUST(!is_secret || !strstr(words, SECRET));
	MUST(strlen(words) == sizeof words - 1);
}

static int parse_profile(const uint8_t *data, size_t size, struct profile **ret,
			 struct config_problem *why)
{
	struct text text;
	int r;

	MUST(!text_init(&text, data, size));
	text.mode = size % 2 ? 0600 : 0644;
	r = profile_parse(PROFILE_FILE, "p", &text, ret, why);
	text_fini(&text);
	return r;
}

static void read_profile(const uint8_t *data, size_t size)
{
	struct profile *p, *again;
	struct config_problem why;
	int r = parse_profile(data, size, &p, &why);

	if (r) {
		check_problem(r, &why, PROFILE_FILE);
		MUST(!strstr(why.text, SECRET) || !is_only_value(data, size));
		return;
	}
	for (size_t i = 0; i < p->n_properties; i++)
		MUST(*p->properties[i].key && p->properties[i].value && p->properties[i].line >= 0);
	MUST(!parse_profile(data, size, &again, &why));
	MUST(profile_equals(p, again));
	check_hidden(p);
	profile_free(p);
	profile_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_config(data, size);
	read_profile(data, size);
	return 0;
}
