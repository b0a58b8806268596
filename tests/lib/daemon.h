#pragma once

/*
 * Daemon under test: a commd of the test's own, in a private directory, gone with the test.
 *
 * The program is $COMMD. Whatever goes wrong here fails the running test with a sentence; when
 * a test ends without dut_stop(), the daemon's messages are printed on stderr and its directory
 * is removed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct daemon_under_test;

/* Stands for $COMMD_TEST_KAFKA in a profile. */
#define DUT_KAFKA_MARK "@KAFKA@"

/*
 * Start `commd --dev` with @extra_args (ended by NULL; may be NULL itself), and return when it
 * says that it is ready.
 */
struct daemon_under_test *dut_start(const char *const *extra_args);

/* The same for a daemon that may open only @max_fds descriptors; 0: as many as the test itself. */
struct daemon_under_test *dut_start_with_fds(size_t max_fds, const char *const *extra_args);

/* The same for a daemon whose default profile is the Kafka of $COMMD_TEST_KAFKA. */
struct daemon_under_test *dut_start_kafka(const char *const *extra_args);

/*
 * The same for a daemon with a configuration of the test's own: the text of commd.conf (NULL:
 * empty) and of profiles/default.conf (NULL: no such file). In the profile, "@KAFKA@" stands for
 * $COMMD_TEST_KAFKA.
 */
struct daemon_under_test *dut_start_files(const char *conf, const char *profile,
					  const char *const *extra_args);

/* The text of profiles/NAME.conf. */
struct dut_profile {
	const char *name;
	const char *text;
};

/* The same with any number of profiles, ended by a name that is NULL. */
struct daemon_under_test *dut_start_profiles(const char *conf, const struct dut_profile *profiles,
					     const char *const *extra_args);

/*
 * Start it with @profile as its default one, to serve @listen_fd, which is passed as systemd does it and
 * stays the test's. Clients may connect at once; dut_socket() is not where it listens.
 */
struct daemon_under_test *dut_start_passed(int listen_fd, const char *profile);

/*
 * Write the file @name of its directory anew, such as "commd.conf" or "profiles/NAME.conf", with "@KAFKA@" in
 * @text as before; remove it.
 */
void dut_write_file(const struct daemon_under_test *d, const char *name, const char *text);
void dut_remove_file(const struct daemon_under_test *d, const char *name);

/* Path of the file @name in its directory, which the caller frees. */
char *dut_path(const struct daemon_under_test *d, const char *name);

/* Send SIGTERM and do not wait; dut_stop() has to follow. */
void dut_tell(struct daemon_under_test *d);

/* Whether it has ended; dut_stop() or dut_kill() has to follow all the same. */
bool dut_has_ended(const struct daemon_under_test *d);

/*
 * Send SIGTERM unless that has been done, and check that the daemon exits with 0 and without a report of a sanitizer.
 * Frees @d and removes its directory.
 */
void dut_stop(struct daemon_under_test *d);

/* For tests that end it in another way: SIGKILL, and nothing is checked. */
void dut_kill(struct daemon_under_test *d);

pid_t dut_pid(const struct daemon_under_test *d);

/* Borrowed; path of the socket. */
const char *dut_socket(const struct daemon_under_test *d);

/* Borrowed; HOST:PORT of the Kafka behind it, NULL when the test gave it none. */
const char *dut_kafka(const struct daemon_under_test *d);

/* What the daemon has logged so far, as a string that the caller frees. */
char *dut_log(const struct daemon_under_test *d);

/*
 * How often it has logged @part so far. Lines of which one knows may be on their way still, but all come in
 * their order.
 */
size_t dut_n_logged(const struct daemon_under_test *d, const char *part);

/* Wait until it has logged @part @n times, and check that it is not more. */
void dut_expect_logged(const struct daemon_under_test *d, const char *part, size_t n);

/*
 * Descriptors that it holds now, but for TCP: connections to Kafka come and go as brokers and librdkafka like
 * (the mock cluster ends one for each request that it does not know), and each has threads with descriptors of
 * their own, which are counted.
 */
size_t dut_n_fds(const struct daemon_under_test *d);

/* Wait until it holds no more than @n, for as long as what is closed may take to be gone. */
void dut_await_fds(const struct daemon_under_test *d, size_t n);

/* Its resident memory now, KiB. */
size_t dut_rss_kib(const struct daemon_under_test *d);

/* Processor time it has taken, in milliseconds. */
int64_t dut_cpu_ms(const struct daemon_under_test *d);

/*
 * What it may grow by where nothing should be left, KiB. Some hundred connections that leave a
 * session or a buffer each are more.
 */
#define DUT_FLAT_KIB 256

/*
 * Before the start: the allocator, or the address sanitizer, is to keep next to nothing of what the
 * daemon frees, so that dut_rss_kib() shows what the daemon holds.
 */
void dut_keep_nothing_freed(void);
