#include "tests/lib/keeper.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct keeper {
	pid_t pid;
	int fd; /* the keeper's pipe: a byte means that all went well, its end that it did not */
};

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void print_file(const char *path)
{
	char bytes[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	dprintf(STDERR_FILENO, "--- what commd said:\n");
	while ((n = read(fd, bytes, sizeof bytes)) > 0)
		if (write(STDERR_FILENO, bytes, (size_t)n) < 0)
			break;
	dprintf(STDERR_FILENO, "---\n");
	close(fd);
}

/* Descriptors of the test must not live on here: its connections would not close. */
static _Noreturn void keep(int fd, const char *dir)
{
	char byte, log[PATH_MAX];
	int null = open("/dev/null", O_RDWR);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(fd, 3);
	close_range(4, ~0U, 0);
	(void)snprintf(log, sizeof log, "%s/log", dir);
	if (read(3, &byte, 1) != 1)
		print_file(log);
	nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	_exit(0);
}

static void make_directory(char *ret, size_t size)
{
	const char *tmp = getenv("TMPDIR");
	int n = snprintf(ret, size, "%s/commd-test.XXXXXX", tmp && *tmp ? tmp : "/tmp");

	ck_assert_msg(n > 0 && (size_t)n < size, "TMPDIR is too long for a socket");
	ck_assert_msg(mkdtemp(ret) != NULL, "%s: %s", ret, strerror(errno));
}

struct keeper *keeper_new(char *ret_dir, size_t size)
{
	struct keeper *k = malloc(sizeof *k);
	int fds[2];

	ck_assert_ptr_nonnull(k);
	make_directory(ret_dir, size);
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	k->pid = fork();
	ck_assert_int_ge(k->pid, 0);
	if (k->pid == 0) {
		setpgid(0, 0);
		close(fds[1]);
		keep(fds[0], ret_dir);
	}
	/* On both sides, so that it is done before either goes on. */
	setpgid(k->pid, k->pid);
	close(fds[0]);
	k->fd = fds[1];
	return k;
}

struct keeper *keeper_free(struct keeper *k)
{
	ck_assert_int_eq(write(k->fd, "k", 1), 1);
	close(k->fd);
	waitpid(k->pid, NULL, 0);
	free(k);
	return NULL;
}
