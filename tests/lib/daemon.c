#include "tests/lib/daemon.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/util.h"
#include "tests/lib/keeper.h"

#define LIMIT_MS 15000
/* More than commd allows itself for what is in flight at its end. */
#define STOP_LIMIT_MS 30000
#define N_ARGS_MAX    32

/* In the last line that it logs before it serves. */
#define STARTED " serves "

/* Where systemd puts the first socket that it passes. */
#define LISTEN_FD 3

struct daemon_under_test {
	pid_t pid;
	int pidfd;
	int stdout_fd; /* open until the end, so that the daemon can always write; -1: /dev/null */
	struct keeper *keeper; /* owned */
	char dir[64];
	char socket[80];
	char log[80];
	char *kafka;    /* owned; NULL: none */
	rlim_t max_fds; /* 0: as many as the test itself */
	int listen_fd;  /* passed to it; borrowed; -1: none */
	bool is_told;   /* to stop */
};

static const char *require_env(const char *name, const char *advice)
{
	const char *value = getenv(name);

	ck_assert_msg(value && *value, "%s is not set: %s", name, advice);
	return value;
}

/* A private directory, which the keeper removes should the test end early. */
static struct daemon_under_test *dut_new(void)
{
	struct daemon_under_test *d = calloc(1, sizeof *d);

	ck_assert_ptr_nonnull(d);
	d->stdout_fd = -1;
	d->listen_fd = -1;
	d->keeper = keeper_new(d->dir, sizeof d->dir);
	snprintf(d->socket, sizeof d->socket, "%s/sock", d->dir);
	snprintf(d->log, sizeof d->log, "%s/log", d->dir);
	return d;
}

static struct daemon_under_test *dut_free(struct daemon_under_test *d)
{
	close(d->pidfd);
	if (d->stdout_fd >= 0)
		close(d->stdout_fd);
	d->keeper = keeper_free(d->keeper);
	free(d->kafka);
	free(d);
	return NULL;
}

/* Runs in the child: what systemd does for a socket of its own. */
static void pass_socket(int fd)
{
	char pid[16];

	snprintf(pid, sizeof pid, "%d", (int)getpid());
	if (setenv("LISTEN_FDS", "1", 1) < 0 || setenv("LISTEN_PID", pid, 1) < 0)
		_exit(126);
	if (fd != LISTEN_FD)
		dup2(fd, LISTEN_FD);
	else
		fcntl(fd, F_SETFD, 0);
}

/* Runs in the child: become the daemon, and die with the test. */
static _Noreturn void become_daemon(const struct daemon_under_test *d, const char *const *args,
				    int out, pid_t parent)
{
	const struct rlimit max_fds = { d->max_fds, d->max_fds };
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int err = open(d->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || in < 0 || err < 0)
		_exit(126);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	if (d->listen_fd >= 0)
		pass_socket(d->listen_fd);
	if (d->max_fds && setrlimit(RLIMIT_NOFILE, &max_fds) < 0)
		_exit(126);
	execv(args[0], (char *const *)args);
	dprintf(STDERR_FILENO, "%s: %s\n", args[0], strerror(errno));
	_exit(127);
}

static void dut_spawn(struct daemon_under_test *d, const char *const *args, int out)
{
	pid_t parent = getpid();

	d->pid = fork();
	ck_assert_int_ge(d->pid, 0);
	if (d->pid == 0)
		become_daemon(d, args, out, parent);
	d->pidfd = pidfd_open(d->pid, 0);
	ck_assert_int_ge(d->pidfd, 0);
}

static size_t append_args(const char **args, size_t n, const char *const *more)
{
	for (; more && *more; more++) {
		ck_assert_uint_lt(n, N_ARGS_MAX - 1);
		args[n++] = *more;
	}
	args[n] = NULL;
	return n;
}

static void set_kafka(struct daemon_under_test *d, const char *bootstrap)
{
	free(d->kafka);
	d->kafka = strdup(bootstrap);
	ck_assert_ptr_nonnull(d->kafka);
}

/* Returns whether the line was the last of the daemon's beginning. */
static bool take_line(struct daemon_under_test *d, const char *line)
{
	if (strncmp(line, "kafka ", 6) == 0)
		set_kafka(d, line + 6);
	return strncmp(line, "ready", 5) == 0;
}

static void wait_until_ready(struct daemon_under_test *d)
{
	char line[512];
	size_t len = 0;

	for (;;) {
		struct pollfd p = { .fd = d->stdout_fd, .events = POLLIN };
		char c;

		ck_assert_msg(poll(&p, 1, LIMIT_MS) == 1, "commd --dev did not become ready");
		ck_assert_msg(read(d->stdout_fd, &c, 1) == 1, "commd --dev ended at its start");
		if (c != '\n') {
			if (len < sizeof line - 1)
				line[len++] = c;
			continue;
		}
		line[len] = '\0';
		len = 0;
		if (take_line(d, line))
			return;
	}
}

struct daemon_under_test *dut_start_with_fds(size_t max_fds, const char *const *extra_args)
{
	struct daemon_under_test *d = dut_new();
	const char *args[N_ARGS_MAX];
	const char *const first[] = { require_env("COMMD", "run this by meson test"), "--dev",
				      "--socket", d->socket, NULL };
	int out[2];

	d->max_fds = max_fds;
	append_args(args, append_args(args, 0, first), extra_args);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	dut_spawn(d, args, out[1]);
	close(out[1]);
	d->stdout_fd = out[0];
	wait_until_ready(d);
	dut_expect_logged(d, STARTED, 1);
	return d;
}

struct daemon_under_test *dut_start(const char *const *extra_args)
{
	return dut_start_with_fds(0, extra_args);
}

char *dut_path(const struct daemon_under_test *d, const char *name)
{
	char *path;

	ck_assert_int_gt(asprintf(&path, "%s/%s", d->dir, name), 0);
	return path;
}

/* Returns whether the socket accepts. */
static bool is_listening(const struct daemon_under_test *d)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes;

	ck_assert_int_ge(fd, 0);
	memcpy(addr.sun_path, d->socket, strlen(d->socket) + 1);
	yes = connect(fd, (struct sockaddr *)&addr, sizeof addr) == 0;
	close(fd);
	return yes;
}

/* Without --dev nothing says when; so ask every few milliseconds, unless the daemon ends. */
static void wait_until_listening(struct daemon_under_test *d)
{
	const int step_ms = 5;

	for (int waited_ms = 0; !is_listening(d); waited_ms += step_ms) {
		struct pollfd p = { .fd = d->pidfd, .events = POLLIN };

		ck_assert_msg(poll(&p, 1, step_ms) == 0, "commd ended at its start");
		ck_assert_msg(waited_ms < LIMIT_MS, "commd does not listen");
	}
}

static void write_profiles(struct daemon_under_test *d, const struct dut_profile *profiles)
{
	char path[80];

	snprintf(path, sizeof path, "%s/profiles", d->dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	for (; profiles && profiles->name; profiles++) {
		if (strstr(profiles->text, DUT_KAFKA_MARK))
			set_kafka(d, require_env("COMMD_TEST_KAFKA",
						 "run this under tests/kafka/with-kafka"));
		snprintf(path, sizeof path, "profiles/%s.conf", profiles->name);
		dut_write_file(d, path, profiles->text);
	}
}

/* With files in the directory of @d. */
static void start_files(struct daemon_under_test *d, const char *conf,
			const struct dut_profile *profiles, const char *const *extra_args)
{
	const char *args[N_ARGS_MAX];
	char conf_path[80];
	const char *const first[] = { require_env("COMMD", "run this by meson test"),
				      "--config",
				      conf_path,
				      "--socket",
				      d->socket,
				      NULL };
	int out = open("/dev/null", O_WRONLY | O_CLOEXEC);

	snprintf(conf_path, sizeof conf_path, "%s/commd.conf", d->dir);
	dut_write_file(d, "commd.conf", conf ? conf : "");
	write_profiles(d, profiles);
	append_args(args, append_args(args, 0, first), extra_args);
	dut_spawn(d, args, out);
	close(out);
}

struct daemon_under_test *dut_start_profiles(const char *conf, const struct dut_profile *profiles,
					     const char *const *extra_args)
{
	struct daemon_under_test *d = dut_new();

	start_files(d, conf, profiles, extra_args);
	wait_until_listening(d);
	dut_expect_logged(d, STARTED, 1);
	return d;
}

struct daemon_under_test *dut_start_files(const char *conf, const char *profile,
					  const char *const *extra_args)
{
	const struct dut_profile profiles[] = { { profile ? "default" : NULL, profile }, { 0 } };

	return dut_start_profiles(conf, profiles, extra_args);
}

struct daemon_under_test *dut_start_kafka(const char *const *extra_args)
{
	return dut_start_files(NULL, "bootstrap.servers=" DUT_KAFKA_MARK "\n", extra_args);
}

struct daemon_under_test *dut_start_passed(int listen_fd, const char *profile)
{
	const struct dut_profile profiles[] = { { "default", profile }, { 0 } };
	struct daemon_under_test *d = dut_new();

	d->listen_fd = listen_fd;
	start_files(d, NULL, profiles, NULL);
	return d;
}

bool dut_has_ended(const struct daemon_under_test *d)
{
	struct pollfd p = { .fd = d->pidfd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* Returns the status of waitpid(). */
static int dut_wait(struct daemon_under_test *d)
{
	struct pollfd p = { .fd = d->pidfd, .events = POLLIN };
	int status;

	ck_assert_msg(poll(&p, 1, STOP_LIMIT_MS) == 1, "commd does not end");
	ck_assert_int_eq(waitpid(d->pid, &status, 0), d->pid);
	return status;
}

static void check_log(const struct daemon_under_test *d)
{
	static const char *const reports[] = { "ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
					       "runtime error:" };
	_cleanup_free_ char *log = dut_log(d);

	for (size_t i = 0; i < ARRAY_SIZE(reports); i++)
		ck_assert_msg(!strstr(log, reports[i]), "commd has logged \"%s\"", reports[i]);
}

void dut_tell(struct daemon_under_test *d)
{
	ck_assert_int_eq(kill(d->pid, SIGTERM), 0);
	d->is_told = true;
}

void dut_stop(struct daemon_under_test *d)
{
	int status;

	if (!d->is_told)
		dut_tell(d);
	status = dut_wait(d);
	ck_assert_msg(!WIFSIGNALED(status), "commd was ended by signal %d", WTERMSIG(status));
	ck_assert_msg(WEXITSTATUS(status) == 0, "commd has exited with status %d",
		      WEXITSTATUS(status));
	check_log(d);
	dut_free(d);
}

void dut_kill(struct daemon_under_test *d)
{
	kill(d->pid, SIGKILL);
	dut_wait(d);
	dut_free(d);
}

pid_t dut_pid(const struct daemon_under_test *d)
{
	return d->pid;
}

const char *dut_socket(const struct daemon_under_test *d)
{
	return d->socket;
}

const char *dut_kafka(const struct daemon_under_test *d)
{
	return d->kafka;
}

char *dut_log(const struct daemon_under_test *d)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = fopen(d->log, "r");
	ssize_t n;

	ck_assert_msg(f != NULL, "%s: %s", d->log, strerror(errno));
	n = getdelim(&text, &size, '\0', f);
	fclose(f);
	if (n < 0)
		text[0] = '\0';
	return text;
}
