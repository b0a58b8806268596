#include "daemon/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/message.h"

/* Since Linux 5.1; older headers do not have it. */
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

/* Since Linux 6.3. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

/* Returns 0 or -errno. */
static int map(struct shared *s, int fd)
{
	struct stat st;
	void *data;

	if (ftruncate(fd, SHARED_BYTES) || fstat(fd, &st))
		return -errno;
	data = mmap(NULL, SHARED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED)
		return -errno;
	s->data = data;
	s->inode = (int64_t)st.st_ino;
	/* Ours is the last mapping that can be written to. */
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL))
		return -errno;
	return 0;
}

/* Returns 0 or -errno: it is sent as a whole, or not at all. */
static int pass(uv_stream_t *stream, int fd)
{
	static const char note[] = COMM_SHARED_NOTE;
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof fd)];
	} control = { .room = { 0 } };
	struct iovec bytes = { (void *)(uintptr_t)note, sizeof note - 1 };
	struct msghdr m = { .msg_iov = &bytes,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof control };
	struct cmsghdr *header = CMSG_FIRSTHDR(&m);
	uv_os_fd_t socket;
	ssize_t n;

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(header), &fd, sizeof fd);
	if (uv_fileno((const uv_handle_t *)stream, &socket))
		return -EBADF;
	do
		n = sendmsg(socket, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* Nobody is to run it either; older kernels do not know how to say so. */
static int create(void)
{
	static const char name[] = "commd-values";
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd < 0 ? -errno : fd;
}

int shared_open(struct shared *s, uv_stream_t *stream)
{
	int fd = create();
	int r;

	if (fd < 0)
		return fd;
	r = map(s, fd);
	if (!r)
		r = pass(stream, fd);
	(void)close(fd);
	if (r)
		shared_close(s);
	return r;
}

bool shared_is_there(struct shared *s)
{
	static const unsigned char there = 1;
	unsigned char pages[SHARED_BYTES / 4096];
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n = SHARED_BYTES / page;

	if (s->is_there)
		return true;
	if (page < 4096 || mincore(s->data, SHARED_BYTES, pages))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!(pages[i] & there))
			return false;
	s->is_there = true;
	return true;
}

void shared_close(struct shared *s)
{
	if (s->data)
		(void)munmap(s->data, SHARED_BYTES);
	*s = (struct shared){ NULL };
}
