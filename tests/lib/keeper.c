#include "tests/lib/keeper.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
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
static _Noreturn void keep(int fd, const char *dir, const char *log)
{
	char byte;
	int null = open("/dev/null", O_RDWR);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(fd, 3);
	close_range(4, ~0U, 0);
	if (read(3, &byte, 1) != 1)
		print_file(log);
	nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	_exit(0);
}

struct keeper *keeper_new(const char *dir, const char *log)
{
	struct keeper *k = malloc(sizeof *k);
	int fds[2];

	ck_assert_ptr_nonnull(k);
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	k->pid = fork();
	ck_assert_int_ge(k->pid, 0);
	if (k->pid == 0) {
		setpgid(0, 0);
		close(fds[1]);
		keep(fds[0], dir, log);
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
