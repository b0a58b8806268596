#include "daemon/process.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "proto/message.h"

/* Of the fields in /proc/self/stat behind the name in parentheses, which may have any characters in it. */
#define STAT_FORMAT                                                               \
	" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d " \
	"%lld %*d %llu %llu %lld"

static int64_t read_ms(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t ms_of(unsigned long long ticks)
{
	return (int64_t)(ticks * 1000 / (unsigned long long)sysconf(_SC_CLK_TCK));
}

/*
 * Two clocks are read for it, one after the other, and one of them may be set: it is reckoned once, or it
 * would be another process' now and then.
 */
static int64_t start_ms(unsigned long long ticks_since_boot)
{
	static int64_t known_ms = COMM_NONE;

	if (known_ms == COMM_NONE)
		known_ms =
			read_ms(CLOCK_REALTIME) - read_ms(CLOCK_BOOTTIME) + ms_of(ticks_since_boot);
	return known_ms;
}

static void read_stat(struct process *p)
{
	unsigned long long user, system, start, virtual_bytes;
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
	p->cpu_ms = ms_of(user + system);
	p->start_ms = start_ms(start);
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
		return COMM_NONE;
	while ((entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	(void)closedir(dir);
	return n;
}

void process_look(struct process *ret)
{
	struct rlimit fds;

	*ret = (struct process){
		.cpu_ms = COMM_NONE,
		.start_ms = COMM_NONE,
		.resident_bytes = COMM_NONE,
		.virtual_bytes = COMM_NONE,
		.n_threads = COMM_NONE,
		.n_fds = count_fds(),
		.max_fds = COMM_NONE,
	};
	if (!getrlimit(RLIMIT_NOFILE, &fds))
		ret->max_fds = fds.rlim_cur < INT64_MAX ? (int64_t)fds.rlim_cur : INT64_MAX;
	read_stat(ret);
}
