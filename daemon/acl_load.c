#include "daemon/acl_rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"
#include "proto/errors.h"
#include "proto/suggest.h"
#include "proto/util.h"

/* What separates words. */
#define BLANKS " \t"

/* The users that need no asking: what the kernel calls root, and who commd itself is. */
#define ROOT "root"
#define SELF "@commd"

#define EVERYBODY "*"

#define QUOTE CONFIG_PROBLEM_QUOTE_MAX

/* One rule that is being made. */
struct loader {
	struct acl *acl;
	const struct acl_host *host;
	const struct config_rule *from;
	struct acl_rule *rule;
	struct config_problem *why;
};

/* A sentence about @key, or about the rule as a whole. */
#define line_of(l, key) ((l)->from->named.key_lines[CONFIG_RULE_##key])
#define refuse_key(l, key, ...) \
	config_problem_set((l)->why, (l)->acl->file, line_of(l, key), __VA_ARGS__)
#define refuse_rule(l, ...) \
	config_problem_set((l)->why, (l)->acl->file, (l)->from->named.line, __VA_ARGS__)

/* Call @each for every word of @text. */
static int for_each(struct loader *l, const char *text,
		    int (*each)(struct loader *l, char *word, void *arg), void *arg)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest, *word;
	int r = copy ? 0 : -ENOMEM;

	for (word = r ? NULL : strtok_r(copy, BLANKS, &rest); word && !r;
	     word = strtok_r(NULL, BLANKS, &rest))
		r = each(l, word, arg);
	return r;
}

/* ---- users and groups ---- */

static bool is_number(const char *word)
{
	return !word[strspn(word, "0123456789")];
}

/* The kernel uses the highest number for nobody in particular. */
static bool parse_id(const char *word, unsigned int *ret)
{
	unsigned long long n;

	errno = 0;
	n = strtoull(word, NULL, 10);
	if (errno || n >= UINT32_MAX)
		return false;
	*ret = (unsigned int)n;
	return true;
}

static int add_id(struct acl_ids *ids, unsigned int id)
{
	unsigned int *grown = reallocarray(ids->items, ids->n + 1, sizeof *grown);

	if (!grown)
		return -ENOMEM;
	grown[ids->n++] = id;
	ids->items = grown;
	return 0;
}

static int remember_user(struct acl *a, uid_t uid, const char *name)
{
	struct acl_user *grown = reallocarray(a->users, a->n_users + 1, sizeof *grown);

	if (!grown)
		return -ENOMEM;
	a->users = grown;
	grown[a->n_users].uid = uid;
	(void)snprintf(grown[a->n_users].name, sizeof grown->name, "%s", name);
	a->n_users++;
	return 0;
}

/* The lookup of a name has come to @r. */
static int refuse_name(const struct loader *l, int line, const char *kind, const char *name, int r)
{
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return config_problem_set(l->why, l->acl->file, line,
					  "%s \"%.*s\" cannot be looked up: %s", kind, QUOTE, name,
					  strerror(-r));
	return config_problem_set(
		l->why, l->acl->file, line, "there is no %s \"%.*s\" on this host%s", kind, QUOTE,
		name, strchr(name, ',') ? "; names have spaces between them, not commas" : "");
}

static int find_user(struct loader *l, const char *word, uid_t *ret)
{
	int r = 0;

	if (!strcmp(word, ROOT))
		*ret = 0;
	else if (!strcmp(word, SELF))
		*ret = l->host->uid;
	else if (*word == '@')
		return refuse_key(l, users, "there is no \"%.*s\"; did you mean \"" SELF "\"?",
				  QUOTE, word);
	else
		r = l->host->find_user(word, ret);
	if (r)
		return refuse_name(l, line_of(l, users), "user", word, r);
	return *word == '@' ? 0 : remember_user(l->acl, *ret, word);
}

static int take_user(struct loader *l, char *word, void *arg)
{
	unsigned int uid;
	int r;

	(void)arg;
	if (!strcmp(word, EVERYBODY)) {
		l->rule->is_for_all = true;
		return 0;
	}
	if (!is_number(word)) {
		r = find_user(l, word, &uid);
		return r ? r : add_id(&l->rule->users, uid);
	}
	if (!parse_id(word, &uid))
		return refuse_key(l, users, "\"%.*s\" is no number of a user; they are below %u",
				  QUOTE, word, UINT32_MAX);
	return add_id(&l->rule->users, uid);
}

static int remark_group(struct acl *a, const char *rule, const char *group)
{
	(void)snprintf(
		a->remark, sizeof a->remark,
		"there is no group %s on this host: rule \"%s\", which is built in, is about "
		"nobody; create the group, or write rules into %s",
		group, rule, a->file);
	return 0;
}

static int take_group(struct loader *l, char *word, void *arg)
{
	unsigned int gid;
	int r;

	(void)arg;
	if (!strcmp(word, EVERYBODY))
		return refuse_key(l, groups, "everybody is users = " EVERYBODY);
	if (!is_number(word)) {
		r = l->host->find_group(word, &gid);
		if (r == COMM_EINVALID && !l->from->named.line)
			return remark_group(l->acl, l->rule->name, word);
		return r ? refuse_name(l, line_of(l, groups), "group", word, r)
			 : add_id(&l->rule->groups, gid);
	}
	if (!parse_id(word, &gid))
		return refuse_key(l, groups, "\"%.*s\" is no number of a group; they are below %u",
				  QUOTE, word, UINT32_MAX);
	return add_id(&l->rule->groups, gid);
}

static int take_subjects(struct loader *l)
{
	int r = 0;

	if (!l->from->users && !l->from->groups)
		return refuse_rule(l,
				   "rule \"%s\" is about nobody; it needs users or groups, and "
				   "users = " EVERYBODY " is everybody",
				   l->rule->name);
	if (l->from->users)
		r = for_each(l, l->from->users, take_user, NULL);
	if (!r && l->from->groups)
		r = for_each(l, l->from->groups, take_group, NULL);
	return r;
}

/* ---- operations ---- */

struct operations {
	const char *key;
	int line;
};

static int take_operation(struct loader *l, char *word, void *arg)
{
	const struct operations *o = arg;
	enum acl_operation operation = acl_operation_find(word);
	char all[128];
	struct suggest s;

	if (operation != ACL_N_OPERATIONS) {
		l->rule->operations |= ACL_BIT(operation);
		return 0;
	}
	suggest_init(&s, word);
#define OFFER(NAME, word, topic, group, daemon) suggest_offer(&s, word);
	ACL_OPERATIONS(OFFER)
#undef OFFER
	if (s.best)
		return config_problem_set(l->why, l->acl->file, o->line,
					  "\"%s\" cannot be \"%.*s\"; did you mean \"%s\"?", o->key,
					  QUOTE, word, s.best);
	acl_operations_list(all, sizeof all);
	return config_problem_set(l->why, l->acl->file, o->line,
				  "\"%s\" cannot be \"%.*s\"; it is some of %s", o->key, QUOTE,
				  word, all);
}

static int take_operations(struct loader *l)
{
	const struct config_rule *from = l->from;
	const int *lines = from->named.key_lines;
	struct operations o = {
		.key = from->allow ? "allow" : "deny",
		.line = lines[from->allow ? CONFIG_RULE_allow : CONFIG_RULE_deny],
	};
	int r;

	if (from->allow && from->deny)
		return refuse_rule(l,
				   "rule \"%s\" has both allow (line %d) and deny (line %d); make "
				   "two rules of it",
				   l->rule->name, lines[CONFIG_RULE_allow],
				   lines[CONFIG_RULE_deny]);
	if (!from->allow && !from->deny)
		return refuse_rule(l, "rule \"%s\" decides nothing; it needs allow or deny",
				   l->rule->name);
	l->rule->allows = from->allow;
	r = for_each(l, from->allow ? from->allow : from->deny, take_operation, &o);
	if (!r && l->rule->operations & ACL_BIT(ACL_STATUS) &&
	    (lines[CONFIG_RULE_topics] || lines[CONFIG_RULE_consumer_groups]))
		return config_problem_set(
			l->why, l->acl->file, o.line,
			"status is not about topics or consumer groups; make a rule "
			"of its own for it");
	return r;
}

/* ---- patterns ---- */

/* A list of patterns of the configuration. */
struct source {
	const char *key;
	int line;
	bool is_plain; /* names have COMM_NAME_CHARACTERS only */
	struct acl_patterns *to;
};

static int take_pattern(struct loader *l, char *word, void *arg)
{
	const struct source *source = arg;
	const char *problem = acl_pattern_check(word, source->is_plain);

	if (problem)
		return config_problem_set(l->why, l->acl->file, source->line,
					  "\"%s\": \"%.*s\" matches nothing: %s", source->key,
					  QUOTE, word, problem);
	return acl_patterns_add(source->to, word);
}

/*
 * Who is allowed to read a topic may be a member of any group unless the rule says which; but a rule that
 * denies topics does not mean all groups, nor the other way round.
 */
static int take_patterns(struct loader *l)
{
	const struct config_rule *from = l->from;
	const int *lines = from->named.key_lines;
	struct acl_rule *rule = l->rule;
	struct source profiles = { "profiles", lines[CONFIG_RULE_profiles], true, &rule->profiles };
	struct source topics = { "topics", lines[CONFIG_RULE_topics], true, &rule->topics };
	struct source groups = { "consumer-groups", lines[CONFIG_RULE_consumer_groups], false,
				 &rule->consumer_groups };
	bool only_topics = from->deny && topics.line && !groups.line;
	bool only_groups = from->deny && groups.line && !topics.line;
	int r = for_each(l, from->profiles, take_pattern, &profiles);

	if (!r && !only_groups)
		r = for_each(l, from->topics, take_pattern, &topics);
	if (!r && !only_topics)
		r = for_each(l, from->consumer_groups, take_pattern, &groups);
	return r;
}

/* ---- all of it ---- */

static int load_rule(struct acl *a, const struct config_rule *from, const struct acl_host *host,
		     struct config_problem *ret_why)
{
	struct loader l = { a, host, from, &a->rules[a->n_rules++], ret_why };
	int r;

	l.rule->line = from->named.line;
	l.rule->name = strdup(from->named.name);
	if (!l.rule->name)
		return -ENOMEM;
	r = take_subjects(&l);
	if (!r)
		r = take_operations(&l);
	return r ? r : take_patterns(&l);
}

int acl_load(const struct config *c, const struct acl_host *host, struct acl **ret,
	     struct config_problem *ret_why)
{
	size_t n = c->named[CONFIG_NAMED_RULE].n;
	struct acl *a = calloc(1, sizeof *a);
	int r = 0;

	if (!a)
		return -ENOMEM;
	a->file = strdup(c->file);
	a->rules = calloc(n, sizeof *a->rules);
	if (!a->file || !a->rules)
		r = -ENOMEM;
	for (size_t i = 0; i < n && !r; i++)
		r = load_rule(a, config_rule(c, i), host, ret_why);
	if (r)
		acl_free(a);
	else
		*ret = a;
	return r;
}
