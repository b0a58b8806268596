#include "daemon/log_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <syslog.h>

#include <uv.h>

/* It is always this file that writes. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "proto/util.h"

/* What waits, with all that belongs to it: some thousand lines. */
#define WAITING_MAX_BYTES (1024 * 1024)

struct waiting {
	STAILQ_ENTRY(waiting) entry;
	struct log_line line;
	struct iovec fields[LOG_FIELDS_MAX]; /* into bytes */
	size_t size;                         /* of all this */
	char bytes[];
};

static struct {
	bool is_there; /* nobody else changes that while there are other threads */
	uv_thread_t thread;
	uv_mutex_t mutex; /* of what follows */
	uv_cond_t changed;
	enum { RUNNING, STOPPING, STOPPED } state;
	STAILQ_HEAD(, waiting) lines;
	size_t n_bytes; /* of them */
	int64_t n_lost;
	int64_t n_told; /* of those */
} writer = { .lines = STAILQ_HEAD_INITIALIZER(writer.lines) };

/* ---- out ---- */

/* Returns whether it was taken. */
static bool write_line(const struct log_line *l)
{
	static const char *const words[] = { "emergency: ", "alert: ", "critical: ", "error: ",
					     "warning: ",   "",        "",           "debug: " };
	size_t name_len = strlen(LOG_MESSAGE);
	const char *text = (const char *)l->fields[0].iov_base + name_len;
	int len = (int)(l->fields[0].iov_len - name_len);

	if (!l->is_for_journal)
		return fprintf(stderr, "commd: %s%.*s\n", words[l->level], len, text) >= 0;
	return sd_journal_sendv(l->fields, l->n_fields) >= 0 ||
	       fprintf(stderr, "<%d>%.*s\n", l->level, len, text) >= 0;
}

/* Returns whether that was taken. */
static bool tell_lost(bool is_for_journal, int64_t n)
{
	char text[160], priority[] = "PRIORITY=4";
	int len = snprintf(text, sizeof text,
			   LOG_MESSAGE "%lld lines were lost here, because nobody took them for "
				       "too long",
			   (long long)n);
	const struct iovec fields[] = { { text, (size_t)len }, { priority, sizeof priority - 1 } };
	const struct log_line line = {
		.is_for_journal = is_for_journal,
		.level = LOG_WARNING,
		.fields = fields,
		.n_fields = ARRAY_SIZE(fields),
	};

	return write_line(&line);
}

/* ---- in the thread ---- */

static struct waiting *take(void)
{
	struct waiting *w = STAILQ_FIRST(&writer.lines);

	if (!w)
		return NULL;
	STAILQ_REMOVE_HEAD(&writer.lines, entry);
	writer.n_bytes -= w->size;
	return w;
}

/* Those that were lost came after all that wait. Returns how many nobody has been told of yet. */
static int64_t count_lost(void)
{
	return STAILQ_EMPTY(&writer.lines) ? writer.n_lost - writer.n_told : 0;
}

/* With the mutex, which others have meanwhile. */
static void write_first(void)
{
	struct waiting *w = take();
	int64_t n_lost = count_lost();
	bool is_taken, is_told;

	uv_mutex_unlock(&writer.mutex);
	is_taken = write_line(&w->line);
	is_told = is_taken && n_lost && tell_lost(w->line.is_for_journal, n_lost);
	free(w);
	uv_mutex_lock(&writer.mutex);
	writer.n_lost += !is_taken;
	writer.n_told += is_told ? n_lost : 0;
}

static void on_thread(void *arg)
{
	(void)arg;
	uv_mutex_lock(&writer.mutex);
	while (writer.state == RUNNING || !STAILQ_EMPTY(&writer.lines)) {
		if (STAILQ_EMPTY(&writer.lines))
			uv_cond_wait(&writer.changed, &writer.mutex);
		else
			write_first();
	}
	writer.state = STOPPED;
	uv_cond_broadcast(&writer.changed);
	uv_mutex_unlock(&writer.mutex);
}

/* ---- outside of it ---- */

static void destroy(void)
{
	uv_cond_destroy(&writer.changed);
	uv_mutex_destroy(&writer.mutex);
}

int log_writer_start(void)
{
	int r = uv_mutex_init(&writer.mutex);

	if (r < 0)
		return r;
	r = uv_cond_init(&writer.changed);
	if (r < 0) {
		uv_mutex_destroy(&writer.mutex);
		return r;
	}
	writer.state = RUNNING;
	r = uv_thread_create(&writer.thread, on_thread, NULL);
	writer.is_there = !r;
	if (r < 0)
		destroy();
	return r;
}

void log_writer_stop(unsigned int wait_ms)
{
	uint64_t now = uv_hrtime(), end = now + (uint64_t)wait_ms * 1000000;
	bool has_ended;

	if (!writer.is_there)
		return;
	uv_mutex_lock(&writer.mutex);
	if (writer.state == RUNNING)
		writer.state = STOPPING;
	uv_cond_broadcast(&writer.changed);
	for (; writer.state != STOPPED && now < end; now = uv_hrtime())
		(void)uv_cond_timedwait(&writer.changed, &writer.mutex, end - now);
	has_ended = writer.state == STOPPED;
	uv_mutex_unlock(&writer.mutex);
	/* One that hangs ends with the process. */
	if (!has_ended)
		return;
	(void)uv_thread_join(&writer.thread);
	writer.is_there = false;
	destroy();
}

static struct waiting *waiting_new(const struct log_line *l)
{
	size_t n_bytes = 0;
	struct waiting *w;
	char *end;

	for (int i = 0; i < l->n_fields; i++)
		n_bytes += l->fields[i].iov_len;
	w = malloc(sizeof *w + n_bytes);
	if (!w)
		return NULL;
	w->line = *l;
	w->line.fields = w->fields;
	w->size = sizeof *w + n_bytes;
	end = w->bytes;
	for (int i = 0; i < l->n_fields; i++) {
		size_t len = l->fields[i].iov_len;

		w->fields[i] = (struct iovec){ memcpy(end, l->fields[i].iov_base, len), len };
		end += len;
	}
	return w;
}

void log_writer_put(const struct log_line *line)
{
	struct waiting *w = writer.is_there ? waiting_new(line) : NULL;

	/* Without memory it is the more important that it is seen. */
	if (!w) {
		(void)write_line(line);
		return;
	}
	uv_mutex_lock(&writer.mutex);
	if (writer.state == RUNNING && writer.n_bytes + w->size <= WAITING_MAX_BYTES) {
		STAILQ_INSERT_TAIL(&writer.lines, w, entry);
		writer.n_bytes += w->size;
		uv_cond_broadcast(&writer.changed);
		w = NULL;
	} else {
		writer.n_lost++;
	}
	uv_mutex_unlock(&writer.mutex);
	free(w);
}

int64_t log_writer_n_lost(void)
{
	int64_t n;

	if (!writer.is_there)
		return 0;
	uv_mutex_lock(&writer.mutex);
	n = writer.n_lost;
	uv_mutex_unlock(&writer.mutex);
	return n;
}
