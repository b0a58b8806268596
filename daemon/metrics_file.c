#include "daemon/metrics_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon/daemon.h"
#include "daemon/ending.h"
#include "daemon/log.h"
#include "daemon/metrics.h"
#include "proto/buf.h"
#include "proto/util.h"

/* Behind the name of the file while it is written; node_exporter reads *.prom. */
#define TEMPORARY ".tmp"

/* Everybody may read it: node_exporter runs as another user. */
#define FILE_MODE 0644

/* To begin with, when there is something to tell. */
#define FIRST_MS 100

struct writing {
	uv_work_t work;
	struct metrics_file *file; /* borrowed */
	char *path;                /* owned */
	char *temporary;           /* owned; beside it */
	struct comm_buf text;
	int error; /* -errno */
};

static void writing_free(struct writing *w)
{
	comm_buf_fini(&w->text);
	free(w->path);
	free(w->temporary);
	free(w);
}

/* ---- in a thread ---- */

static int write_all(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t r = write(fd, bytes, n);

		if (r < 0 && errno != EINTR)
			return -errno;
		if (r > 0) {
			bytes += r;
			n -= (size_t)r;
		}
	}
	return 0;
}

static int write_file(const struct writing *w)
{
	int fd = open(w->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		      FILE_MODE);
	int error;

	if (fd < 0)
		return -errno;
	error = write_all(fd, comm_buf_bytes(&w->text), w->text.len);
	if (!error && fchmod(fd, FILE_MODE) < 0)
		error = -errno;
	if (close(fd) < 0 && !error)
		error = -errno;
	if (!error && rename(w->temporary, w->path) < 0)
		error = -errno;
	if (error)
		(void)unlink(w->temporary);
	return error;
}

static void on_work(uv_work_t *work)
{
	struct writing *w = container_of(work, struct writing, work);

	w->error = write_file(w);
}

/* ---- on the loop ---- */

static void note_failure(struct metrics_file *f, const struct writing *w)
{
	f->daemon->stats.metrics_file_errors_total++;
	if (!f->has_failed)
		log_msg(LOG_WARNING,
			"metrics: %s cannot be written: %s; see textfile in [metrics] of "
			"commd.conf, and whether commd may write to that directory",
			w->path, strerror(-w->error));
	f->has_failed = true;
}

static void note_success(struct metrics_file *f, struct writing *w)
{
	f->daemon->stats.metrics_files_total++;
	if (f->has_failed)
		log_msg(LOG_NOTICE, "metrics: %s is written again", w->path);
	f->has_failed = false;
	free(f->path);
	f->path = w->path;
	w->path = NULL;
}

void metrics_file_forget(struct metrics_file *f)
{
	if (f->path)
		(void)unlink(f->path);
	free(f->path);
	f->path = NULL;
}

static void on_done(uv_work_t *work, int status)
{
	struct writing *w = container_of(work, struct writing, work);
	struct metrics_file *f = w->file;

	(void)status;
	f->is_writing = false;
	if (w->error)
		note_failure(f, w);
	else
		note_success(f, w);
	writing_free(w);
	if (f->is_closed)
		metrics_file_forget(f);
	ending_note_idle(f->daemon);
}

static struct writing *writing_new(struct metrics_file *f, const char *path)
{
	struct writing *w = calloc(1, sizeof *w);

	if (!w)
		return NULL;
	comm_buf_init(&w->text);
	w->file = f;
	w->path = strdup(path);
	if (asprintf(&w->temporary, "%s" TEMPORARY, path) < 0)
		w->temporary = NULL;
	if (w->path && w->temporary && !metrics_write(f->daemon, &w->text))
		return w;
	writing_free(w);
	return NULL;
}

/* One that is not done when the next is due is waited for; without memory there is none this time. */
static void write_now(struct metrics_file *f)
{
	const char *path = f->daemon->config->metrics_textfile;
	struct writing *w;

	if (f->is_writing)
		return;
	if (f->path && strcmp(f->path, path))
		metrics_file_forget(f);
	w = *path ? writing_new(f, path) : NULL;
	if (w)
		f->is_writing = !uv_queue_work(f->daemon->loop, &w->work, on_work, on_done);
}

/* The configuration may have changed meanwhile. */
static void on_timer(uv_timer_t *timer)
{
	struct metrics_file *f = container_of(timer, struct metrics_file, timer);

	write_now(f);
	(void)uv_timer_start(timer, on_timer, f->daemon->config->metrics_interval_ms, 0);
}

void metrics_file_start(struct metrics_file *f, struct daemon *d)
{
	*f = (struct metrics_file){ .daemon = d };
	(void)uv_timer_init(d->loop, &f->timer);
	(void)uv_timer_start(&f->timer, on_timer, FIRST_MS, 0);
}

/* Not later than it was due before, or who reloads often would have none. */
void metrics_file_interval_changed(struct metrics_file *f)
{
	unsigned int interval_ms = f->daemon->config->metrics_interval_ms;

	if (uv_timer_get_due_in(&f->timer) > interval_ms)
		(void)uv_timer_start(&f->timer, on_timer, interval_ms, 0);
}

void metrics_file_close(struct metrics_file *f)
{
	f->is_closed = true;
	uv_close((uv_handle_t *)&f->timer, NULL);
	if (!f->is_writing)
		metrics_file_forget(f);
}
