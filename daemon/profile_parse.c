#include "daemon/profile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/profile_secret.h"
#include "proto/errors.h"
#include "proto/limits.h"
#include "proto/suggest.h"
#include "proto/utf8.h"
#include "proto/util.h"

/* commd's own keys, told from librdkafka's by this. */
#define OWN_PREFIX "commd."

/* librdkafka takes a topic's properties with or without it. */
#define TOPIC_PREFIX "topic."

#define ACKNOWLEDGED "commd commits what a subscription has acknowledged; see its parameter ack"
#define PROGRAMMED   "it is not text but a part of a program, and commd sets its own"

/* What is not the administrator's to set, and who sets it. One that begins with '*' is an ending. */
static const struct refused {
	const char *key;
	const char *reason;
} refused[] = {
	{ "group.id", "each subscription names its group" },
	{ "enable.auto.commit", ACKNOWLEDGED },
	{ "auto.commit.enable", ACKNOWLEDGED },
	{ "enable.auto.offset.store", ACKNOWLEDGED },
	{ "auto.offset.reset", "each subscription says where it starts; see its parameter start" },
	{ "enable.partition.eof", "commd sets it; see the parameter until_end of receive" },
	{ "allow.auto.create.topics", "commd creates topics only by its method create_topic" },
	{ "transactional.id",
	  "one producer serves many programs, so they cannot have transactions; "
	  "it is idempotent, and each send tells its outcome" },
	{ "delivery.report.only.error", "commd tells the outcome of every record" },
	{ "log.queue",
	  "commd reads librdkafka's log; say what is logged with debug and log_level" },
	{ "plugin.library.paths", "commd loads no code that a profile names" },
	{ "enabled_events", PROGRAMMED },
	{ "opaque", PROGRAMMED },
	{ "interceptors", PROGRAMMED },
	{ "default_topic_conf", PROGRAMMED },
	{ "msg_order_cmp", PROGRAMMED },
	{ "ssl_engine_callback_data", PROGRAMMED },
	{ "*_cb", PROGRAMMED },
};

static const struct own_key {
	const char *name;
	size_t offset; /* in struct profile */
} own_keys[] = {
#define OWN_KEY(key, member, doc) { key, offsetof(struct profile, member) },
	PROFILE_KEYS(OWN_KEY)
#undef OWN_KEY
};

/* One file being read. */
struct parse {
	struct profile *profile;
	struct text *text;
	struct config_problem *why;
	size_t capacity; /* of profile->properties */
	bool has_brokers;
	int own_lines[ARRAY_SIZE(own_keys)]; /* where each was set, 0: nowhere */
};

#define refuse(p, ...) refuse_line(p, (p)->text->line, __VA_ARGS__)
#define refuse_line(p, line, ...) \
	config_problem_set((p)->why, (p)->profile->file, line, __VA_ARGS__)

static bool ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), end_len = strlen(end);

	return len >= end_len && !strcmp(s + len - end_len, end);
}

static const char *reason_to_refuse(const char *key)
{
	if (!strncmp(key, TOPIC_PREFIX, strlen(TOPIC_PREFIX)))
		key += strlen(TOPIC_PREFIX);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (*refused[i].key == '*' ? ends_with(key, refused[i].key + 1)
					   : !strcmp(key, refused[i].key))
			return refused[i].reason;
	return NULL;
}

/* What gives librdkafka brokers to connect to; the last is its own mock cluster. */
static bool names_brokers(const char *key)
{
	return !strcmp(key, "bootstrap.servers") || !strcmp(key, "metadata.broker.list") ||
	       !strcmp(key, "test.mock.num.brokers");
}

static int add_property(struct parse *p, const char *key, const char *value, int line)
{
	struct profile *profile = p->profile;
	struct property property = { .line = line, .stamp = profile_stamp(key, value) };

	for (size_t i = 0; i < profile->n_properties; i++)
		if (!strcmp(profile->properties[i].key, key))
			return refuse_line(p, line, "\"%s\" is set before, in line %d", key,
					   profile->properties[i].line);
	if (profile->n_properties == PROFILE_PROPERTIES_MAX)
		return refuse_line(p, line, "there are more than %d properties",
				   PROFILE_PROPERTIES_MAX);
	if (profile->n_properties == p->capacity) {
		size_t capacity = p->capacity ? 2 * p->capacity : 16;
		void *grown = reallocarray(profile->properties, capacity, sizeof property);

		if (!grown)
			return -ENOMEM;
		profile->properties = grown;
		p->capacity = capacity;
	}
	property.key = strdup(key);
	property.value = strdup(value);
	if (!property.key || !property.value) {
		free(property.key);
		free(property.value);
		return -ENOMEM;
	}
	profile->properties[profile->n_properties++] = property;
	return 0;
}

static int refuse_own(struct parse *p, const char *key)
{
	struct suggest s;
	char all[512] = "";

	suggest_init(&s, key);
	for (size_t i = 0; i < ARRAY_SIZE(own_keys); i++) {
		suggest_offer(&s, own_keys[i].name);
		(void)snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? ", " : "",
			       own_keys[i].name);
	}
	if (s.best)
		return refuse(p, "unknown key \"%.*s\"; did you mean \"%s\"?",
			      CONFIG_PROBLEM_QUOTE_MAX, key, s.best);
	return refuse(p, "unknown key \"%.*s\"; commd's own keys are %s", CONFIG_PROBLEM_QUOTE_MAX,
		      key, all);
}

static int set_own(struct parse *p, const char *key, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(own_keys); i++) {
		char **member = (char **)((char *)p->profile + own_keys[i].offset);

		if (strcmp(own_keys[i].name, key))
			continue;
		if (p->own_lines[i])
			return refuse(p, "\"%s\" is set before, in line %d", key, p->own_lines[i]);
		if (!comm_utf8_is_valid(comm_bytes_of(value)))
			return refuse(p, "\"%s\" is not valid UTF-8", key);
		p->own_lines[i] = p->text->line;
		*member = strdup(value);
		return *member ? 0 : -ENOMEM;
	}
	return refuse_own(p, key);
}

static int set(struct parse *p, const char *key, const char *value)
{
	const char *reason;

	if (!strncmp(key, OWN_PREFIX, strlen(OWN_PREFIX)))
		return set_own(p, key, value);
	reason = reason_to_refuse(key);
	if (reason)
		return refuse(p, "\"%s\" cannot be set in a profile: %s", key, reason);
	if (profile_is_secret(key) && *value && p->text->mode & S_IROTH)
		return refuse(
			p, "\"%s\" is a secret and everyone may read this file; " PROFILE_FILE_CURE,
			key, p->profile->file, p->profile->file);
	if (names_brokers(key) && *value)
		p->has_brokers = true;
	return add_property(p, key, value, p->text->line);
}

/* The line itself is never quoted: it may be what follows a password. */
static int parse_line(struct parse *p, char *line, size_t len)
{
	char *value;

	if (strlen(line) != len)
		return refuse(p, "the line holds a NUL byte; the file has to be text in UTF-8");
	if (len > PROFILE_LINE_MAX)
		return refuse(p, "the line is longer than %d bytes", PROFILE_LINE_MAX);
	line = text_trim(line);
	if (!*line || *line == '#')
		return 0;
	value = strchr(line, '=');
	if (!value)
		return refuse(p, "the line is not key=value");
	*value++ = '\0';
	line = text_trim(line);
	if (!*line)
		return refuse(p, "there is no key before \"=\"");
	if (line[strspn(line, COMM_NAME_CHARACTERS)])
		return refuse(p, "what stands before \"=\" is not the name of a property, "
				 "which has A-Z a-z 0-9 . _ - only");
	return set(p, line, text_trim(value));
}

/* What own keys that end so are about stands between the prefix and this. */
#define FILE_SUFFIX ".file"

/* The properties whose values are in files of their own. */
static int read_secrets(struct parse *p)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(own_keys) && !r; i++) {
		const char *key = own_keys[i].name;
		const char *path = *(char **)((char *)p->profile + own_keys[i].offset);
		char property[64], *value;

		if (!path || !*path || !ends_with(key, FILE_SUFFIX))
			continue;
		(void)snprintf(property, sizeof property, "%.*s",
			       (int)(strlen(key) - strlen(OWN_PREFIX FILE_SUFFIX)),
			       key + strlen(OWN_PREFIX));
		r = profile_secret_read(p->profile->file, p->own_lines[i], key, path, &value,
					p->why);
		if (r)
			continue;
		r = add_property(p, property, value, p->own_lines[i]);
		explicit_bzero(value, strlen(value));
		free(value);
	}
	return r;
}

/* Without brokers. What may have been meant for them is told with its line. */
static int refuse_no_brokers(struct parse *p)
{
	const struct profile *profile = p->profile;

	for (size_t i = 0; i < profile->n_properties; i++) {
		const struct property *property = &profile->properties[i];
		struct suggest s;

		suggest_init(&s, property->key);
		suggest_offer(&s, "bootstrap.servers");
		if (s.best && !names_brokers(property->key))
			return config_problem_set(p->why, profile->file, property->line,
						  "unknown property \"%.*s\"; did you mean \"%s\"?",
						  CONFIG_PROBLEM_QUOTE_MAX, property->key, s.best);
		if (names_brokers(property->key))
			return config_problem_set(p->why, profile->file, property->line,
						  "\"%s\" is empty: the brokers to connect to",
						  property->key);
	}
	return config_problem_set(p->why, profile->file, 0,
				  "\"bootstrap.servers\" is missing: the brokers to connect to");
}

int profile_parse(const char *file, const char *name, struct text *text, struct profile **ret,
		  struct config_problem *ret_why)
{
	struct parse p = { .text = text, .why = ret_why };
	char *line;
	size_t len;
	int r = profile_new(name, &p.profile);

	if (r > 0)
		return config_problem_set(
			ret_why, file, 0,
			"\"%s\" cannot be the name of a profile; it is 1 to %d of "
			"A-Z a-z 0-9 . _ - and does not begin with a dot",
			name, PROFILE_NAME_MAX);
	if (r < 0)
		return r;
	p.profile->file = strdup(file);
	if (!p.profile->file)
		r = -ENOMEM;
	while (!r && text_next(text, &line, &len))
		r = parse_line(&p, line, len);
	if (!r)
		r = read_secrets(&p);
	if (!r && !p.has_brokers)
		r = refuse_no_brokers(&p);
	if (r)
		profile_free(p.profile);
	else
		*ret = p.profile;
	return r;
}

int profile_load(const char *file, const char *name, struct profile **ret,
		 struct config_problem *ret_why)
{
	struct text text;
	int r = text_load(&text, file);

	if (r == -ENOMEM)
		return r;
	if (r == -EACCES)
		return config_problem_set(ret_why, file, 0,
					  "cannot be read: %s; " PROFILE_FILE_CURE, strerror(-r),
					  file, file);
	if (r < 0)
		return config_problem_set(ret_why, file, 0, "cannot be read: %s", strerror(-r));
	r = profile_parse(file, name, &text, ret, ret_why);
	text_fini(&text);
	return r;
}
