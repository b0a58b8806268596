#include "client/subscription.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include "client/transport.h"

void shared_take(struct shared *s, struct transport *t)
{
	struct stat st;
	void *data;

	if (t->passed < 0)
		return;
	shared_fini(s);
	*s = (struct shared){ .inode = -1 };
	/* commd puts nothing there before all of it has been touched. */
	if (!fstat(t->passed, &st)) {
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE,
			    t->passed, 0);
		if (data != MAP_FAILED)
			*s = (struct shared){ data, (size_t)st.st_size, (int64_t)st.st_ino };
	}
	transport_set_passed(t, -1);
}

void shared_fini(struct shared *s)
{
	if (s->data)
		(void)munmap((void *)(uintptr_t)s->data, s->size);
}
