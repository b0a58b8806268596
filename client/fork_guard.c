#include "client/fork_guard.h"

#include <stddef.h>
#include <sys/mman.h>

static size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

void fork_guard_init(struct fork_guard *g)
{
	void *page = g->page ? (void *)g->page
			     : mmap(NULL, page_bytes(), PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	g->pid = getpid();
	g->page = NULL;
	if (page == MAP_FAILED)
		return;
	if (madvise(page, page_bytes(), MADV_WIPEONFORK) < 0) {
		(void)munmap(page, page_bytes());
		return;
	}
	g->page = page;
	*g->page = 1;
}

void fork_guard_fini(struct fork_guard *g)
{
	if (g->page)
		(void)munmap((void *)g->page, page_bytes());
	g->page = NULL;
}
