#pragma once

/*
 * Profile: a named file of librdkafka properties that the administrator owns, and what a
 * connection is bound to. The name is all that a client can say, so that it never names a path.
 *
 * The file is what kcat reads: key=value lines, '#' comments, a value up to the end of its line.
 * Whether librdkafka accepts the properties is for daemon/kafka_conf.c to say.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/problem.h"
#include "daemon/text.h"
#include "proto/message.h"

#define PROFILE_NAME_MAX 64

/* What to do about a file that everyone may read, or that commd may not; the file's name, twice. */
#define PROFILE_FILE_CURE "run: chgrp commd %s && chmod 640 %s"

/* The longest line. A certificate written in one line has some 10 KiB. */
#define PROFILE_LINE_MAX (64 * 1024)

/* librdkafka knows some 200 properties. */
#define PROFILE_PROPERTIES_MAX 1000

/* K(key, member, doc): the keys that are commd's own, not librdkafka's. All are text. */
#define PROFILE_FILE_KEY(K, property, member)                                                   \
	K("commd." property ".file", member,                                                    \
	  "A file whose one line is " property ", so that it does not stand here; beside this " \
	  "file unless it begins with /. %d/NAME is a credential of systemd: LoadCredential=.")
#define PROFILE_KEYS(K)                                                                  \
	K("commd.description", description,                                              \
	  "Free text, which the method status shows to operators: commctl call status.") \
	PROFILE_FILE_KEY(K, "sasl.password", sasl_password_file)                         \
	PROFILE_FILE_KEY(K, "sasl.oauthbearer.client.secret", client_secret_file)        \
	PROFILE_FILE_KEY(K, "ssl.key.password", ssl_key_password_file)                   \
	PROFILE_FILE_KEY(K, "ssl.keystore.password", ssl_keystore_password_file)

struct property {
	char *key;   /* owned */
	char *value; /* owned; may be secret */
	int line;
	uint64_t stamp; /* of the file that it names, as of a certificate; 0: it names none */
};

/* Counted by those who use it, on one thread. Nobody changes it. */
struct profile {
	size_t n_refs;
	char *name;                  /* owned */
	char *file;                  /* owned; NULL for a profile that has none */
	struct property *properties; /* owned; those for librdkafka, in the file's order */
	size_t n_properties;
#define PROFILE_MEMBER(key, member, doc) char *member; /* owned; NULL when not set */
	PROFILE_KEYS(PROFILE_MEMBER)
#undef PROFILE_MEMBER
};

/* Whether @name may be a profile's: 1 to 64 of A-Z a-z 0-9 . _ - and no dot at its beginning. */
bool profile_is_name(struct comm_bytes name);

/* A profile without file and properties, for --dev. Returns 0, COMM_EINVALID for a bad name, -ENOMEM. */
int profile_new(const char *name, struct profile **ret);

/*
 * Read @file as the profile @name. One that holds a password and that everyone may read is refused.
 *
 * Returns 0, COMM_EINVALID with @ret_why filled, or -ENOMEM.
 */
int profile_load(const char *file, const char *name, struct profile **ret,
		 struct config_problem *ret_why);

/* The same for what is in memory already; @file is its name in complaints. */
int profile_parse(const char *file, const char *name, struct text *text, struct profile **ret,
		  struct config_problem *ret_why);

/*
 * The stamp of the file that the property @key names by @value; 0: it names none. It is another number
 * when it is another file, or was written: certificates are renewed under their old names.
 */
uint64_t profile_stamp(const char *key, const char *value);

/* Whether both mean the same to librdkafka: their properties, and the files that these name. */
bool profile_equals(const struct profile *a, const struct profile *b);

/* One more who uses @p, until profile_free(). */
struct profile *profile_ref(struct profile *p);

/* The last one who uses @p frees it. Returns NULL; @p may be NULL. */
struct profile *profile_free(struct profile *p);
