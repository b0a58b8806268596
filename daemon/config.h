#pragma once

/*
 * Config: commd.conf, an INI file, as one plain struct.
 *
 * The lists below are the only place where a key is written: from them come the structs' members,
 * the defaults, what is checked and the sentences of every complaint. A test holds the shipped
 * etc/commd.conf against them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/problem.h"
#include "daemon/text.h"
#include "proto/limits.h"

/* Read when no other file is named; it may be missing. */
#define CONFIG_FILE_DEFAULT "/etc/commd/commd.conf"

/* The longest line, so short because of libinih's buffer. Comments may be longer. */
#define CONFIG_LINE_MAX 190

/* A socket's path has to fit into struct sockaddr_un, with its NUL. */
#define CONFIG_SOCKET_PATH_MAX 107

#define CONFIG_KIB ((uint64_t)1 << 10)
#define CONFIG_GIB ((uint64_t)1 << 30)

/*
 * K(section, key, kind, member, default, min, max, doc), keys of a section one after the other.
 *
 * kind:    PATH   a file; one that does not begin with "/" is beside the configuration file
 *          UNIX   a socket: a PATH, or @ and an abstract name
 *          NAME   any text, may be empty
 *          MODE   file permissions, octal
 *          COUNT  a whole number
 *          SIZE   bytes; K, M and G stand for KiB, MiB and GiB
 *          MS     milliseconds
 *          WORDS  one or more, with spaces between them
 * absent is the value of a key that is not there; NULL: none, its member is 0 or NULL then.
 * min and max are the value's, for PATH, UNIX, NAME and WORDS its length's.
 */
#define CONFIG_KEYS(K)                                                                             \
	K("socket", "path", UNIX, socket_path, "/run/commd/commd.sock", 1, CONFIG_SOCKET_PATH_MAX, \
	  "The socket that local programs connect to.")                                            \
	K("socket", "mode", MODE, socket_mode, "0660", 0, 0777,                                    \
	  "Permissions of the socket's file: who may write to it may connect.")                    \
	K("socket", "group", NAME, socket_group, "", 0, 32,                                        \
	  "Group of the socket's file; left empty, the group that commd runs with.")               \
	K("socket", "backlog", COUNT, socket_backlog, "1024", 1, 65535,                            \
	  "Connections that may wait to be accepted.")                                             \
	K("limits", "connections", COUNT, limits_connections, "4096", 1, 1000000,                  \
	  "Connections open at once, fewer if descriptors are short; a further one is closed at "  \
	  "once.")                                                                                 \
	K("limits", "requests-per-connection", COUNT, limits_requests_per_connection, "1024", 1,   \
	  1000000, "Requests of one connection that may wait for their answers.")                  \
	K("limits", "subscriptions-per-connection", COUNT, limits_subscriptions_per_connection,    \
	  "64", 1, 10000, "Subscriptions of one connection.")                                      \
	K("limits", "inflight-bytes-per-connection", SIZE, limits_inflight_bytes_per_connection,   \
	  "8M", CONFIG_KIB, 64 * CONFIG_GIB,                                                       \
	  "Records in flight for one connection beyond which it is not read from.")                \
	K("limits", "inflight-bytes", SIZE, limits_inflight_bytes, "64M", CONFIG_KIB,              \
	  64 * CONFIG_GIB, "Records in flight for all connections together, in bytes.")            \
	K("limits", "inflight-records", COUNT, limits_inflight_records, "60000", 1, 100000000,     \
	  "Records in flight for all connections together, by number.")                            \
	K("limits", "message-max", SIZE, limits_message_max, "16M", CONFIG_KIB, COMM_MESSAGE_MAX,  \
	  "The largest message that a client may send.")                                           \
	K("limits", "outbox-high", SIZE, limits_outbox_high, "1M", CONFIG_KIB, CONFIG_GIB,         \
	  "Answers a client has not read yet beyond which it is not read from either.")            \
	K("limits", "consumers", COUNT, limits_consumers, "64", 1, 10000,                          \
	  "Kafka consumers in all; each has its own connections to the brokers.")                  \
	K("limits", "shared-bytes", SIZE, limits_shared_bytes, "32M", 0, CONFIG_GIB,               \
	  "Memory from which readers take large values, for all together; a reader has 1 MiB.")    \
	K("limits", "idle-message-timeout-ms", MS, limits_idle_message_timeout_ms, "30000", 10,    \
	  COMM_TIMEOUT_MAX_MS, "A message that has begun must be whole within this time.")         \
	K("quota", "connections", COUNT, quota_connections, "3072", 1, 1000000,                    \
	  "Connections of one user, and never more than three quarters of all that may be open.")  \
	K("quota", "held-bytes", SIZE, quota_held_bytes, "48M", CONFIG_KIB, 64 * CONFIG_GIB,       \
	  "Held for one user: records in flight, requests, half messages, and unread answers.")    \
	K("quota", "requests", COUNT, quota_requests, "16384", 1, 100000000,                       \
	  "Requests of one user that may wait for their answers.")                                 \
	K("quota", "records-per-second", COUNT, quota_records_per_second, "0", 0, 100000000,       \
	  "Records that one user may send a second, in the mean; 0 is any number.")                \
	K("quota", "subscriptions", COUNT, quota_subscriptions, "1024", 1, 1000000,                \
	  "Subscriptions of one user.")                                                            \
	K("quota", "consumers", COUNT, quota_consumers, "10000", 1, 10000,                         \
	  "Kafka consumers opened for one user, and never more than three quarters of all.")       \
	K("quota", "wait-ms", MS, quota_wait_ms, "10000", 0, COMM_TIMEOUT_MAX_MS,                  \
	  "How long a client is kept waiting for its user to be within its quota.")                \
	K("timeouts", "request-ms", MS, timeouts_request_ms, "30000", 1, COMM_TIMEOUT_MAX_MS,      \
	  "How long a request may take that names no time of its own.")                            \
	K("timeouts", "shutdown-ms", MS, timeouts_shutdown_ms, "20000", 0, COMM_TIMEOUT_MAX_MS,    \
	  "How long commd waits at its end for what is still in flight.")                          \
	K("kafka", "profiles", PATH, kafka_profiles, "profiles", 1, 4095,                          \
	  "Directory of the profiles, NAME.conf each.")                                            \
	K("metrics", "textfile", PATH, metrics_textfile, "", 0, 4000,                              \
	  "File of metrics for Prometheus' node_exporter, in a directory commd may write to.")     \
	K("metrics", "interval-ms", MS, metrics_interval_ms, "15000", 100, COMM_TIMEOUT_MAX_MS,    \
	  "How often it is written.")

/*
 * The keys of a rule. Without any rule in the file there are those of CONFIG_RULES_BUILT_IN. What they
 * mean, and whether it is right, is for daemon/acl_load.c to say.
 */
#define CONFIG_RULE_KEYS(K)                                                                     \
	K("rule", "users", WORDS, users, NULL, 1, CONFIG_LINE_MAX,                              \
	  "Users it is about: names or numbers, @commd (who commd runs as), or * (everybody).") \
	K("rule", "groups", WORDS, groups, NULL, 1, CONFIG_LINE_MAX,                            \
	  "Groups whose members it is about, too: names or numbers.")                           \
	K("rule", "profiles", WORDS, profiles, "*", 1, CONFIG_LINE_MAX,                         \
	  "Profiles through which, as patterns.")                                               \
	K("rule", "topics", WORDS, topics, "*", 1, CONFIG_LINE_MAX, "Topics, as patterns.")     \
	K("rule", "consumer-groups", WORDS, consumer_groups, "*", 1, CONFIG_LINE_MAX,           \
	  "Consumer groups, as patterns.")                                                      \
	K("rule", "allow", WORDS, allow, NULL, 1, CONFIG_LINE_MAX,                              \
	  "What they may do: produce, consume, administer, status.")                            \
	K("rule", "deny", WORDS, deny, NULL, 1, CONFIG_LINE_MAX,                                \
	  "What they may not do, in the place of allow.")

/* R(rule, key, value) */
#define CONFIG_RULES_BUILT_IN(R)                                          \
	R("administrators", "users", "root @commd")                       \
	R("administrators", "allow", "produce consume administer status") \
	R("clients", "groups", "commd-clients")                           \
	R("clients", "allow", "produce consume")

/* N(section, NAME, name, max, doc): the sections that have a name; at most max of them. */
#define CONFIG_NAMED_SECTIONS(N) \
	N("rule", RULE, rule, 256, "Who may do what: the first rule that matches decides.")

/* Keys of one named section. */
#define CONFIG_NAMED_KEYS_MAX 16

/* A name of a section. */
#define CONFIG_NAMED_NAME_MAX 32

typedef char *config_c_PATH; /* owned */
typedef char *config_c_UNIX; /* owned */
typedef char *config_c_NAME; /* owned */
typedef unsigned int config_c_MODE;
typedef unsigned int config_c_COUNT;
typedef uint64_t config_c_SIZE;
typedef unsigned int config_c_MS;
typedef char *config_c_WORDS; /* owned; as it is written */

#define CONFIG_MEMBER(section, key, kind, member, absent, min, max, doc) config_c_##kind member;

/*
 * Sections that come as often as one likes, each with a name of its own, such as [rule NAME]. They
 * are kept in the file's order.
 */
struct config_named {
	char *name;                           /* owned */
	int line;                             /* where it begins; 0: it is built in */
	int key_lines[CONFIG_NAMED_KEYS_MAX]; /* where each of its keys is set; 0: nowhere */
};

struct config_rule {
	struct config_named named;
	CONFIG_RULE_KEYS(CONFIG_MEMBER)
};

/* Places in its key_lines. */
enum config_rule_key {
#define CONFIG_RULE_ENUM(section, key, kind, member, absent, min, max, doc) CONFIG_RULE_##member,
	CONFIG_RULE_KEYS(CONFIG_RULE_ENUM)
#undef CONFIG_RULE_ENUM
		CONFIG_N_RULE_KEYS
};

/* All of one kind. */
struct config_named_list {
	struct config_named **items; /* owned, and each of them too */
	size_t n;
};

enum config_named_kind {
#define CONFIG_NAMED_ENUM(section, NAME, name, max, doc) CONFIG_NAMED_##NAME,
	CONFIG_NAMED_SECTIONS(CONFIG_NAMED_ENUM)
#undef CONFIG_NAMED_ENUM
		CONFIG_N_NAMED
};

struct config {
	CONFIG_KEYS(CONFIG_MEMBER)
	struct config_named_list named[CONFIG_N_NAMED];
	char *file; /* owned; its name in complaints */
};

#undef CONFIG_MEMBER

enum config_kind {
	CONFIG_PATH,
	CONFIG_UNIX,
	CONFIG_NAME,
	CONFIG_MODE,
	CONFIG_COUNT,
	CONFIG_SIZE,
	CONFIG_MS,
	CONFIG_WORDS
};

/* What a list says of one key, for checks of the documentation. */
struct config_key {
	const char *section;
	const char *name;
	enum config_kind kind;
	size_t offset; /* in struct config, or in that of the named section */
	const char *absent;
	uint64_t min;
	uint64_t max;
	const char *doc;
};

enum {
#define CONFIG_ENUM(section, key, kind, member, absent, min, max, doc) CONFIG_KEY_##member,
	CONFIG_KEYS(CONFIG_ENUM)
#undef CONFIG_ENUM
		CONFIG_N_KEYS
};

extern const struct config_key config_keys[CONFIG_N_KEYS];

/* A kind of named section. */
struct config_named_type {
	const char *section;
	const struct config_key *keys;
	size_t n_keys;
	size_t size; /* of its struct, which begins with struct config_named */
	size_t max;
	const char *doc;
};

extern const struct config_named_type config_named_types[CONFIG_N_NAMED];

/* The rule @i; they are in the file's order. */
static inline const struct config_rule *config_rule(const struct config *c, size_t i)
{
	return (const struct config_rule *)c->named[CONFIG_NAMED_RULE].items[i];
}

/* What is allowed for @key, in words that follow "it is". */
void config_describe(const struct config_key *key, char *ret, size_t size);

/*
 * Set @key's member of @base, a struct config or that of a named section, to what @value says; @file is
 * what relative paths are beside. Returns 0, COMM_EINVALID for a value that is not allowed, or -ENOMEM;
 * then @base is as it was.
 */
int config_set(void *base, const struct config_key *key, const char *file, const char *value);

/* Whether its member is a char *. */
bool config_is_text(const struct config_key *key);

/* Whether @key's members of both, structs config or of the same named section, are the same. */
bool config_equals(const void *a, const void *b, const struct config_key *key);

/* @key's member of @base as one would write it; cut off where @size ends. */
void config_show(const void *base, const struct config_key *key, char *ret, size_t size);

/* Exchange @key's members. */
void config_swap(void *a, void *b, const struct config_key *key);

/*
 * Add a section of @kind with the defaults of its keys. Its name and line are the caller's to check.
 * Returns 0 or -ENOMEM.
 */
int config_named_add(struct config *c, enum config_named_kind kind, const char *name, int line,
		     struct config_named **ret);

/* Returns NULL if @c has no such section. */
struct config_named *config_named_find(const struct config *c, enum config_named_kind kind,
				       const char *name);

/* The defaults, as without a file. Returns 0 or -ENOMEM. */
int config_init_defaults(struct config *ret);

/*
 * The defaults of a file of this name, but no section with a name: for who reads it. Returns 0,
 * COMM_EINVALID when a path becomes too long, or -ENOMEM.
 */
int config_init_keys(struct config *ret, const char *file);

/* Add the rules that are built in, if @c has none. Returns 0 or -ENOMEM. */
int config_complete(struct config *c);

/*
 * Read @file, or CONFIG_FILE_DEFAULT for NULL, which need not exist. What it does not set has its
 * default.
 *
 * Returns 0, COMM_EINVALID with @ret_why filled, or -ENOMEM.
 */
int config_load(const char *file, struct config *ret, struct config_problem *ret_why);

/* The same for what is in memory already; @file is its name in complaints and for relative paths. */
int config_parse(const char *file, struct text *text, struct config *ret,
		 struct config_problem *ret_why);

/* @c may be zeroed. */
void config_fini(struct config *c);
