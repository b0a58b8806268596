#include "daemon/process.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Of the fields in /proc/self/stat behind the name in parentheses, which may have any characters in it. */
#define STAT_FORMAT                                                               \
	" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d " \
	"%lld %*d %llu %llu %lld"

static double seconds_of(const struct timespec *t)
{
	return (double)t->tv_sec + (double)t->tv_nsec / 1e9;
}

static void read_stat(struct process *p)
{
	unsigned long long user, system, start, virtual_bytes;
	double ticks = (double)sysconf(_SC_CLK_TCK);
	struct timespec boot, now;
	long long threads, pages;
	char text[1024];
	FILE *f = fopen("/proc/self/stat", "re");
	size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
	const char *end;

	if (f)
		(void)fclose(f);
	text[n] = '\0';
	end = strrchr(text, ')');
	if (!end || sscanf(end + 1, STAT_FORMAT, &user, &system, &threads, &start, &virtual_bytes,
			   &pages) != 6)
		return;
	(void)clock_gettime(CLOCK_BOOTTIME, &boot);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	p->cpu_seconds = (double)(user + system) / ticks;
	p->start_seconds = seconds_of(&now) - seconds_of(&boot) + (double)start / ticks;
	p->resident_bytes = (int64_t)pages * sysconf(_SC_PAGESIZE);
	p->virtual_bytes = (int64_t)virtual_bytes;
	p->n_threads = (int64_t)threads;
}

/* But for the one that it takes to count them. */
static int64_t count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	int64_t n = -1;

	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	(void)closedir(dir);
	return n;
}

void process_look(struct process *ret)
{
	struct rlimit fds;

	*ret = (struct process){ .n_fds = count_fds() };
	if (!getrlimit(RLIMIT_NOFILE, &fds))
		ret->max_fds = fds.rlim_cur < INT64_MAX ? (int64_t)fds.rlim_cur : INT64_MAX;
	read_stat(ret);
}
