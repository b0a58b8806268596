#include "daemon/profile_secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "daemon/profile.h"
#include "daemon/profile_set.h"
#include "proto/errors.h"

/* As much of a secret gives it away; whoever wrote the words may have cut off the rest. */
#define PREFIX_MAX 8

static bool ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);

	return len >= n && !strcmp(s + len - n, end);
}

bool profile_is_secret(const char *key)
{
	return strstr(key, "password") || strstr(key, "passphrase") || strstr(key, "secret") ||
	       ends_with(key, "key.pem") || !strcmp(key, "sasl.oauthbearer.config");
}

/* ---- from a file ---- */

static bool is_credential(const char *path)
{
	return !strncmp(path, PROFILE_CREDENTIALS, strlen(PROFILE_CREDENTIALS));
}

/* Returns 0; COMM_EINVALID: there are no credentials; or -ENOMEM. */
static int find_path(const char *file, const char *path, char **ret)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");

	if (!is_credential(path))
		*ret = text_beside(file, path);
	else if (!credentials)
		return COMM_EINVALID;
	else if (asprintf(ret, "%s/%s", credentials, path + strlen(PROFILE_CREDENTIALS)) < 0)
		*ret = NULL;
	return *ret ? 0 : -ENOMEM;
}

static const char open_to_all[] = "everyone may read it";

/* What is wrong with a file that could be read; or NULL. */
static const char *fault_of(struct text *t, char **ret_line)
{
	size_t len = 0, more_len;
	char *line, *more;

	if (t->mode & S_IROTH)
		return open_to_all;
	if (!text_next(t, &line, &len) || !len)
		return "there is nothing in it";
	if (text_next(t, &more, &more_len))
		return "it has more than one line";
	if (strlen(line) != len || len > PROFILE_LINE_MAX)
		return "it is no line of text";
	*ret_line = line;
	return NULL;
}

static int read_line(const char *path, char **ret, const char **ret_fault)
{
	struct text text = { 0 };
	char *line = NULL;
	int r = text_load(&text, path);

	if (r)
		return r;
	*ret_fault = fault_of(&text, &line);
	if (line) {
		*ret = strdup(line);
		r = *ret ? 0 : -ENOMEM;
	}
	text_fini(&text);
	return r;
}

/* Its file, @path, could not be read: @error. */
static int refuse_unreadable(struct config_problem *why, const char *file, int line,
			     const char *key, const char *path, int error)
{
	if (error == EACCES)
		return config_problem_set(why, file, line,
					  "\"%s\": %s cannot be read: %s; " PROFILE_FILE_CURE, key,
					  path, strerror(error), path, path);
	return config_problem_set(why, file, line, "\"%s\": %s cannot be read: %s", key, path,
				  strerror(error));
}

static int refuse(struct config_problem *why, const char *file, int line, const char *key,
		  const char *path, const char *fault)
{
	if (fault == open_to_all)
		return config_problem_set(why, file, line, "\"%s\": %s: %s; " PROFILE_FILE_CURE,
					  key, path, fault, path, path);
	return config_problem_set(why, file, line, "\"%s\": %s: %s", key, path, fault);
}

/* Without systemd's directory of them. */
static int refuse_credential(struct config_problem *why, const char *file, int line,
			     const char *key, const char *name)
{
	return config_problem_set(why, file, line,
				  "\"%s\": there are no credentials of systemd; hand it over by "
				  "LoadCredential=%s:FILE in commd.service",
				  key, name);
}

int profile_secret_read(const char *file, int line, const char *key, const char *path, char **ret,
			struct config_problem *ret_why)
{
	const char *fault = NULL;
	char *found = NULL;
	int r = find_path(file, path, &found), error = 0;

	if (r > 0)
		error = refuse_credential(ret_why, file, line, key,
					  path + strlen(PROFILE_CREDENTIALS));
	else if (!r)
		r = read_line(found, ret, &fault);
	if (fault)
		error = refuse(ret_why, file, line, key, found, fault);
	else if (r < 0 && r != -ENOMEM)
		error = refuse_unreadable(ret_why, file, line, key, found, -r);
	if (error && !fault)
		ret_why->is_unknown = is_credential(path);
	free(found);
	return error ? error : r;
}

/* ---- not out again ---- */

static void hide(char *words, const char *secret)
{
	char prefix[PREFIX_MAX + 1];
	char *at = words;

	(void)snprintf(prefix, sizeof prefix, "%s", secret);
	while (*prefix && (at = strstr(at, prefix))) {
		size_t n = strnlen(at, strlen(secret));

		memset(at, '*', n);
		at += n;
	}
}

void profile_secret_hide(const struct profile *p, char *words)
{
	for (size_t i = 0; i < p->n_properties; i++)
		if (profile_is_secret(p->properties[i].key))
			hide(words, p->properties[i].value);
}

static bool has_secret(const struct profile *p)
{
	for (size_t i = 0; p && i < p->n_properties; i++)
		if (profile_is_secret(p->properties[i].key) && *p->properties[i].value)
			return true;
	return false;
}

void profile_secret_protect(const struct profile_set *set)
{
	if (getenv("COMMD_DEBUG_CORE"))
		return;
	for (size_t i = 0; i < set->n_entries; i++)
		if (has_secret(set->entries[i].profile))
			(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
