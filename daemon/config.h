#pragma once

/*
 * Config: commd.conf, an INI file, as one plain struct.
 *
 * The list below is the only place where a key is written: from it come the struct's members,
 * the defaults, what is checked and the sentences of every complaint. A test holds the shipped
 * etc/commd.conf against it.
 */

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
 *          NAME   any text, may be empty
 *          MODE   file permissions, octal
 *          COUNT  a whole number
 *          SIZE   bytes; K, M and G stand for KiB, MiB and GiB
 *          MS     milliseconds
 * min and max are the value's, for PATH and NAME its length's.
 */
#define CONFIG_KEYS(K)                                                                             \
	K("socket", "path", PATH, socket_path, "/run/commd/commd.sock", 1, CONFIG_SOCKET_PATH_MAX, \
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
	K("limits", "idle-message-timeout-ms", MS, limits_idle_message_timeout_ms, "30000", 10,    \
	  COMM_TIMEOUT_MAX_MS, "A message that has begun must be whole within this time.")         \
	K("timeouts", "request-ms", MS, timeouts_request_ms, "30000", 1, COMM_TIMEOUT_MAX_MS,      \
	  "How long a request may take that names no time of its own.")                            \
	K("timeouts", "shutdown-ms", MS, timeouts_shutdown_ms, "20000", 0, COMM_TIMEOUT_MAX_MS,    \
	  "How long commd waits at its end for what is still in flight.")                          \
	K("kafka", "profiles", PATH, kafka_profiles, "profiles", 1, 4095,                          \
	  "Directory of the profiles, NAME.conf each.")

typedef char *config_c_PATH; /* owned */
typedef char *config_c_NAME; /* owned */
typedef unsigned int config_c_MODE;
typedef unsigned int config_c_COUNT;
typedef uint64_t config_c_SIZE;
typedef unsigned int config_c_MS;

struct config {
#define CONFIG_MEMBER(section, key, kind, member, absent, min, max, doc) config_c_##kind member;
	CONFIG_KEYS(CONFIG_MEMBER)
#undef CONFIG_MEMBER
};

enum config_kind { CONFIG_PATH, CONFIG_NAME, CONFIG_MODE, CONFIG_COUNT, CONFIG_SIZE, CONFIG_MS };

/* What the list says of one key, for checks of the documentation. */
struct config_key {
	const char *section;
	const char *name;
	enum config_kind kind;
	size_t offset; /* in struct config */
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

/* What is allowed for @key, in words that follow "it is". */
void config_describe(const struct config_key *key, char *ret, size_t size);

/*
 * Set @key's member of @c to what @value says; @file is what relative paths are beside.
 * Returns 0, COMM_EINVALID for a value that is not allowed, or -ENOMEM; then @c is as it was.
 */
int config_set(struct config *c, const struct config_key *key, const char *file, const char *value);

/* The defaults, as without a file. Returns 0 or -ENOMEM. */
int config_init_defaults(struct config *ret);

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
