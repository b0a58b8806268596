#include "daemon/trim.h"

#include <malloc.h>

#include "daemon/stats.h"
#include "proto/util.h"

/* Between two looks: how long a burst's memory stays. */
#define LOOK_MS 10000

/* Less has not left much behind. */
#define BURST_BYTES (8 * 1024 * 1024)

/* More between two looks is not quiet: what is freed now is needed again at once. */
#define QUIET_BYTES (1024 * 1024)

bool trim_is_due(struct trim *t, int64_t n_bytes)
{
	bool is_quiet = n_bytes - t->seen_bytes <= QUIET_BYTES;

	t->seen_bytes = n_bytes;
	if (!is_quiet || n_bytes - t->trimmed_bytes < BURST_BYTES)
		return false;
	t->trimmed_bytes = n_bytes;
	return true;
}

/* What may be kept of what is free, however busy it is: the rest is of something that has passed. */
#define KEEP_BYTES ((size_t)16 * 1024 * 1024)

/* Of tcmalloc: NULL where commd is built without it. */
__attribute__((weak)) void MallocExtension_ReleaseFreeMemory(void);
__attribute__((weak)) void MallocExtension_ReleaseToSystem(size_t n_bytes);
__attribute__((weak)) int MallocExtension_GetNumericProperty(const char *property, size_t *value);

/* What tcmalloc keeps beyond that. */
static size_t excess(void)
{
	size_t n_bytes = 0;

	if (MallocExtension_GetNumericProperty)
		(void)MallocExtension_GetNumericProperty("tcmalloc.pageheap_free_bytes", &n_bytes);
	return n_bytes > KEEP_BYTES ? n_bytes - KEEP_BYTES : 0;
}

/* Some milliseconds for a hundred MiB: glibc walks all its arenas. */
static void on_work(uv_work_t *work)
{
	(void)work;
	if (MallocExtension_ReleaseFreeMemory)
		MallocExtension_ReleaseFreeMemory();
#ifdef __GLIBC__
	else
		(void)malloc_trim(0);
#endif
}

static void on_excess(uv_work_t *work)
{
	(void)work;
	MallocExtension_ReleaseToSystem(excess());
}

static void on_worked(uv_work_t *work, int status)
{
	(void)status;
	container_of(work, struct trim, work)->is_running = false;
}

static void on_look(uv_timer_t *timer)
{
	struct trim *t = container_of(timer, struct trim, timer);
	const struct stats *s = t->stats;
	uv_work_cb work = NULL;

	if (t->is_running)
		return;
	if (trim_is_due(t, s->read_bytes_total + s->written_bytes_total))
		work = on_work;
	else if (excess())
		work = on_excess;
	if (work)
		t->is_running = !uv_queue_work(timer->loop, &t->work, work, on_worked);
}

void trim_start(struct trim *t, uv_loop_t *loop, const struct stats *stats)
{
	*t = (struct trim){ .stats = stats };
	(void)uv_timer_init(loop, &t->timer);
	(void)uv_timer_start(&t->timer, on_look, LOOK_MS, LOOK_MS);
}

void trim_close(struct trim *t)
{
	uv_close((uv_handle_t *)&t->timer, NULL);
}
