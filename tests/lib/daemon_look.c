#include "tests/lib/daemon.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/util.h"

/* A consumer lingers for 5 s when its last reader has gone, and may take 12 to close. */
#define FDS_LIMIT_MS 30000
#define FDS_POLL_MS  10

/* A thread writes it, which may be busy with what was said before. */
#define LOG_LIMIT_MS 30000
#define LOG_POLL_MS  5

size_t dut_n_logged(const struct daemon_under_test *d, const char *part)
{
	_cleanup_free_ char *log = dut_log(d);
	size_t n = 0;

	for (const char *at = log; (at = strstr(at, part)); at++)
		n++;
	return n;
}

void dut_expect_logged(const struct daemon_under_test *d, const char *part, size_t n)
{
	for (int ms = 0; dut_n_logged(d, part) < n && ms < LOG_LIMIT_MS; ms += LOG_POLL_MS)
		usleep(LOG_POLL_MS * 1000);
	ck_assert_msg(dut_n_logged(d, part) == n, "\"%s\" was logged %zu times, and not %zu", part,
		      dut_n_logged(d, part), n);
}

static DIR *open_fds(const struct daemon_under_test *d)
{
	char path[64];
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)dut_pid(d));
	dir = opendir(path);
	ck_assert_msg(dir != NULL, "%s: %s", path, strerror(errno));
	return dir;
}

/* Whether a table of the kernel's, /proc/PID/net/@name, has the socket with this inode. */
static bool is_in_table(const struct daemon_under_test *d, const char *name, unsigned long inode)
{
	char path[64], line[256];
	bool is_found = false;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/net/%s", (int)dut_pid(d), name);
	f = fopen(path, "re");
	/* Without IPv6 there is no table of it. */
	if (f == NULL)
		return false;
	while (!is_found && fgets(line, sizeof line, f)) {
		unsigned long other;

		/* Slot, addresses, state, queues, timer, retransmissions, user, timeout, inode. */
		is_found = sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %*s %*s %lu", &other) == 1 &&
			   other == inode;
	}
	(void)fclose(f);
	return is_found;
}

static bool is_counted(const struct daemon_under_test *d, DIR *dir, const char *name)
{
	char what[64] = "";
	unsigned long inode;

	if (name[0] == '.')
		return false;
	if (readlinkat(dirfd(dir), name, what, sizeof what - 1) < 0 ||
	    sscanf(what, "socket:[%lu]", &inode) != 1)
		return true;
	return !is_in_table(d, "tcp", inode) && !is_in_table(d, "tcp6", inode);
}

size_t dut_n_fds(const struct daemon_under_test *d)
{
	DIR *dir = open_fds(d);
	size_t n = 0;

	for (const struct dirent *e; (e = readdir(dir));)
		n += is_counted(d, dir, e->d_name);
	closedir(dir);
	return n;
}

/* What its descriptors are, as a string that the caller frees. */
static char *list_fds(const struct daemon_under_test *d)
{
	DIR *dir = open_fds(d);
	char *list = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&list, &len);

	ck_assert_ptr_nonnull(f);
	for (const struct dirent *e; (e = readdir(dir));) {
		char what[64];
		ssize_t n = readlinkat(dirfd(dir), e->d_name, what, sizeof what);

		if (n > 0)
			fprintf(f, " %s=%.*s", e->d_name, (int)n, what);
	}
	closedir(dir);
	(void)fclose(f);
	return list;
}

void dut_await_fds(const struct daemon_under_test *d, size_t n)
{
	int64_t waited_ms = 0;

	for (; dut_n_fds(d) > n && waited_ms < FDS_LIMIT_MS; waited_ms += FDS_POLL_MS)
		usleep(FDS_POLL_MS * 1000);
	if (dut_n_fds(d) > n) {
		_cleanup_free_ char *list = list_fds(d);

		ck_abort_msg("more descriptors than %zu are open:%s", n, list);
	}
}

size_t dut_rss_kib(const struct daemon_under_test *d)
{
	char path[64];
	unsigned long n_pages = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/statm", (int)dut_pid(d));
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	ck_assert_int_eq(fscanf(f, "%*u %lu", &n_pages), 1);
	fclose(f);
	return n_pages * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

int64_t dut_cpu_ms(const struct daemon_under_test *d)
{
	unsigned long user = 0, system = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)dut_pid(d));
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	ck_assert_int_eq(fscanf(f,
				"%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
				&user, &system),
			 2);
	fclose(f);
	return (int64_t)(user + system) * 1000 / sysconf(_SC_CLK_TCK);
}

void dut_keep_nothing_freed(void)
{
	_cleanup_free_ char *options = NULL;
	const char *set = getenv("ASAN_OPTIONS");

	ck_assert_int_gt(asprintf(&options,
				  "%s:quarantine_size_mb=1:thread_local_quarantine_size_kb=64",
				  set ? set : ""),
			 0);
	ck_assert_int_eq(setenv("ASAN_OPTIONS", options, 1), 0);
	/* glibc would keep what was large once, in an arena for each of librdkafka's threads. */
	ck_assert_int_eq(setenv("MALLOC_ARENA_MAX", "1", 1), 0);
	ck_assert_int_eq(setenv("MALLOC_MMAP_THRESHOLD_", "65536", 1), 0);
	ck_assert_int_eq(setenv("MALLOC_TRIM_THRESHOLD_", "65536", 1), 0);
}
