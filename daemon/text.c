#include "daemon/text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, struct text *t)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	t->mode = st.st_mode;
	/* One byte more than allowed, to tell a file that is too large; one for the NUL. */
	t->bytes = malloc(TEXT_BYTES_MAX + 2);
	if (!t->bytes)
		return -ENOMEM;
	do {
		n = read(fd, t->bytes + t->len, TEXT_BYTES_MAX + 1 - t->len);
		if (n > 0)
			t->len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return -errno;
	if (t->len > TEXT_BYTES_MAX)
		return -EFBIG;
	t->bytes[t->len] = '\0';
	return 0;
}

int text_load(struct text *t, const char *file)
{
	struct text loaded = { 0 };
	/* A pipe that nobody writes to is empty, and not waited for. */
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int r;

	if (fd < 0)
		return -errno;
	r = fcntl(fd, F_SETFL, 0) < 0 ? -errno : read_all(fd, &loaded);
	(void)close(fd);
	if (r < 0)
		text_fini(&loaded);
	else
		*t = loaded;
	return r;
}

int text_init(struct text *t, const void *bytes, size_t len)
{
	char *copy = malloc(len + 1);

	if (!copy)
		return -ENOMEM;
	if (len)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	*t = (struct text){ .bytes = copy, .len = len };
	return 0;
}

void text_fini(struct text *t)
{
	/* There may be a password in it. */
	if (t->bytes)
		explicit_bzero(t->bytes, t->len);
	free(t->bytes);
	*t = (struct text){ 0 };
}

bool text_next(struct text *t, char **ret_line, size_t *ret_len)
{
	static const char mark[] = "\xef\xbb\xbf";
	char *line, *end;
	size_t len;

	if (!t->position && t->len >= 3 && !memcmp(t->bytes, mark, 3))
		t->position = 3;
	if (t->position >= t->len)
		return false;
	line = t->bytes + t->position;
	end = memchr(line, '\n', t->len - t->position);
	len = end ? (size_t)(end - line) : t->len - t->position;
	t->position += len + 1;
	t->line++;
	if (len && line[len - 1] == '\r')
		len--;
	line[len] = '\0';
	*ret_line = line;
	*ret_len = len;
	return true;
}

char *text_beside(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');
	char *joined;

	if (!slash || *path == '/')
		return strdup(path);
	if (asprintf(&joined, "%.*s%s", (int)(slash - file + 1), file, path) < 0)
		return NULL;
	return joined;
}

char *text_trim(char *s)
{
	size_t len;

	while (isspace((unsigned char)*s))
		s++;
	len = strlen(s);
	while (len && isspace((unsigned char)s[len - 1]))
		len--;
	s[len] = '\0';
	return s;
}
