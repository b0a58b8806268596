#include "client/commctl/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

/* Where commd.service lets commd keep files. */
#define STATE_DIRECTORY "/var/lib/commd"

/* Less than this is as good as nothing: a journal and a file of metrics need as much. */
#define FREE_BYTES_MIN (1024 * 1024)

/* Connections, brokers and files together; commd.service allows 65536. */
#define DESCRIPTORS_MIN 1024

void check_socket(struct check *c, const char *path, const char *message)
{
	struct stat st;

	if (*path != '@' && stat(path, &st) < 0 && errno == ENOENT) {
		check_fail(c, CTL_UNREACHABLE);
		check_tell(c, CHECK_PROBLEM, "socket", "no-socket",
			   "systemctl enable --now commd.socket, or say where it is with --socket "
			   "or $COMMD_SOCKET",
			   "there is no socket %s", path);
	} else if (*path != '@' && !stat(path, &st) && !S_ISSOCK(st.st_mode)) {
		check_fail(c, CTL_UNREACHABLE);
		check_tell(c, CHECK_PROBLEM, "socket", "no-socket",
			   "see [socket] path in commd.conf", "%s is not a socket", path);
	} else {
		check_tell_error(c, CHECK_PROBLEM, "socket", COMM_ENOT_RUNNING, message);
	}
}

static void check_disk(struct check *c, const char *directory)
{
	struct statvfs fs;
	unsigned long long left;
	char next[512];

	if (statvfs(directory, &fs) < 0)
		return;
	left = (unsigned long long)fs.f_bavail * fs.f_frsize;
	(void)snprintf(next, sizeof next, "make room: df -h %s; du -xh %s | sort -h | tail",
		       directory, directory);
	if (fs.f_blocks && left < FREE_BYTES_MIN)
		check_tell(c, CHECK_PROBLEM, "disk", "disk-full", next,
			   "the disk of %s is full: %llu bytes are left", directory, left);
	else if (fs.f_files && !fs.f_favail)
		check_tell(c, CHECK_PROBLEM, "disk", "disk-full", next,
			   "the disk of %s is full: it can have no more files", directory);
	else
		check_tell(c, CHECK_OK, "disk", NULL, NULL, "there is room in %s", directory);
}

void check_disks(struct check *c, const char *path)
{
	char directory[256];
	char *slash;

	(void)snprintf(directory, sizeof directory, "%s", path);
	slash = *path == '@' ? NULL : strrchr(directory, '/');
	if (slash) {
		slash[slash == directory] = '\0';
		check_disk(c, directory);
	}
	check_disk(c, STATE_DIRECTORY);
}

void check_clock(struct check *c)
{
	struct timex t = { 0 };

	if (adjtimex(&t) == TIME_ERROR && t.status & STA_UNSYNC)
		check_tell(c, CHECK_WARNING, "clock", "clock",
			   "timedatectl, and systemctl enable --now systemd-timesyncd or chrony",
			   "nothing keeps this host's clock right");
	else
		check_tell(c, CHECK_OK, "clock", NULL, NULL, "this host's clock is kept right");
}

/* The soft limit; -1: not known, such as that of another user's process. */
static long descriptors_of(long pid)
{
	static const char title[] = "Max open files";
	char path[64], line[256];
	long limit = -1;
	FILE *file;

	(void)snprintf(path, sizeof path, "/proc/%ld/limits", pid);
	file = fopen(path, "re");
	if (!file)
		return -1;
	while (limit < 0 && fgets(line, sizeof line, file))
		if (!strncmp(line, title, strlen(title)))
			limit = strtol(line + strlen(title), NULL, 10);
	(void)fclose(file);
	return limit;
}

void check_descriptors(struct check *c, long pid)
{
	long limit = descriptors_of(pid);

	if (limit > 0 && limit < DESCRIPTORS_MIN)
		check_tell(c, CHECK_PROBLEM, "descriptors", "descriptors",
			   "LimitNOFILE=65536 in commd.service, or ulimit -n",
			   "commd (pid %ld) may open only %ld files and connections", pid, limit);
	else if (limit > 0)
		check_tell(c, CHECK_OK, "descriptors", NULL, NULL,
			   "commd may open %ld files and connections", limit);
}
