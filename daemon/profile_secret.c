#include "daemon/profile_secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

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

/* Returns 0; COMM_EINVALID: there are no credentials; or -ENOMEM. */
static int find_path(const char *file, const char *path, char **ret)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	const size_t len = strlen(PROFILE_CREDENTIALS);

	if (strncmp(path, PROFILE_CREDENTIALS, len) != 0)
		*ret = text_beside(file, path);
	else if (!credentials)
		return COMM_EINVALID;
	else if (asprintf(ret, "%s/%s", credentials, path + len) < 0)
		*ret = NULL;
	return *ret ? 0 : -ENOMEM;
}

static const char open_to_all[] = "everyone may read it; run: chmod o-rwx ";

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

int profile_secret_read(const char *file, int line, const char *key, const char *path, char **ret,
			struct config_problem *ret_why)
{
	const char *fault = NULL;
	char *found = NULL;
	int r = find_path(file, path, &found);

	if (r > 0)
		return config_problem_set(ret_why, file, line,
					  "\"%s\": there are no credentials of systemd; hand it "
					  "over by LoadCredential=%s:FILE in commd.service",
					  key, path + strlen(PROFILE_CREDENTIALS));
	if (!r)
		r = read_line(found, ret, &fault);
	if (fault)
		r = config_problem_set(ret_why, file, line, "\"%s\": %s: %s%s", key, found, fault,
				       fault == open_to_all ? found : "");
	else if (r < 0 && r != -ENOMEM)
		r = config_problem_set(ret_why, file, line, "\"%s\": %s cannot be read: %s", key,
				       found, strerror(-r));
	free(found);
	return r;
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
