#include "tests/fuzz/dispatch/world.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uv.h>

#include "daemon/log.h"
#include "daemon/text.h"
#include "tests/fuzz/fuzz.h"

/* ---- threads ---- */

/* The daemon never has more at once: a reload, a trim, a file of metrics. */
#define WORKS_MAX 8

static struct {
	uv_work_t *work;
	uv_after_work_cb done;
} works[WORKS_MAX];
static size_t n_works;
static size_t n_ready; /* of them */

int uv_queue_work(uv_loop_t *loop, uv_work_t *work, uv_work_cb run, uv_after_work_cb done)
{
	MUST(n_works < WORKS_MAX);
	work->loop = loop;
	work->work_cb = run;
	works[n_works].work = work;
	works[n_works++].done = done;
	return 0;
}

bool world_work(void)
{
	bool has_worked = n_works > 0;

	while (n_ready) {
		uv_work_t *work = works[0].work;
		uv_after_work_cb done = works[0].done;

		n_ready--;
		memmove(works, works + 1, --n_works * sizeof *works);
		work->work_cb(work);
		done(work, 0);
	}
	n_ready = n_works;
	return has_worked;
}

/* ---- signals ---- */

static unsigned int n_interrupts; /* that are still to come */

void world_interrupt(unsigned int n)
{
	n_interrupts = n;
}

int __real_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms);

int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	if (!n_interrupts)
		return __real_poll(fds, n, timeout_ms);
	n_interrupts--;
	errno = EINTR;
	return -1;
}

/* ---- files: without the room that text_load() has for the largest, which costs more than all the rest ---- */

int __wrap_text_load(struct text *t, const char *file);

int __wrap_text_load(struct text *t, const char *file)
{
	char bytes[4096];
	struct stat st;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int r;

	MUST(fd >= 0 && !fstat(fd, &st));
	n = read(fd, bytes, sizeof bytes);
	MUST(n >= 0 && n < (ssize_t)sizeof bytes);
	(void)close(fd);
	r = text_init(t, bytes, (size_t)n);
	t->mode = st.st_mode;
	return r;
}

/* ---- the log: lines are made, for what is in them comes from clients, and looked at ---- */

static __attribute__((format(printf, 1, 0))) void make_line(const char *format, va_list ap)
{
	char line[1024];

	(void)vsnprintf(line, sizeof line, format, ap);
	MUST(strcmp(line, "a handle was left open at the end") != 0);
}

void log_msg(int level, const char *format, ...)
{
	va_list ap;

	(void)level;
	va_start(ap, format);
	make_line(format, ap);
	va_end(ap);
}

void log_event(int level, enum log_event event, const struct log_about *about, const char *format,
	       ...)
{
	va_list ap;

	(void)level;
	(void)event;
	MUST(!about || !about->client || strlen(about->client) < 1024);
	va_start(ap, format);
	make_line(format, ap);
	va_end(ap);
}

void log_problem(const char *sentence)
{
	MUST(*sentence);
}
