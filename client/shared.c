#include "client/subscription.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/transport.h"

int shared_find(struct shared *s, struct transport *t, int64_t inode)
{
	struct stat st;
	void *data;

	if (s->data && s->inode == inode)
		return 0;
	if (t->passed < 0 || fstat(t->passed, &st) || (int64_t)st.st_ino != inode)
		return COMM_EPROTOCOL;
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, t->passed, 0);
	if (data == MAP_FAILED)
		return COMM_ENO_MEMORY;
	shared_fini(s);
	*s = (struct shared){ data, (size_t)st.st_size, inode };
	(void)close(t->passed);
	t->passed = -1;
	return 0;
}

void shared_fini(struct shared *s)
{
	if (s->data)
		(void)munmap((void *)(uintptr_t)s->data, s->size);
}
