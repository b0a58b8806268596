/*
 * Values in memory that the daemon shares, as the library takes them; who passes it is a fake.
 */
#include "client/commclient.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/util.h"
#include "tests/lib/fake.h"
#include "tests/lib/main.h"
#include "tests/unit/client_receive.h"

#define SIZE 4096

static const struct comm_subscribe_options shared = { .shared = 1 };

/* Memory of the fake's, with its number. */
struct memory {
	int fd;
	char *data;
	int64_t inode;
};

static struct memory memory_new(void)
{
	struct memory m = { .fd = memfd_create("test", MFD_CLOEXEC) };
	struct stat st;

	ck_assert_int_ge(m.fd, 0);
	ck_assert_int_eq(ftruncate(m.fd, SIZE), 0);
	m.data = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, m.fd, 0);
	ck_assert_ptr_ne(m.data, MAP_FAILED);
	ck_assert_int_eq(fstat(m.fd, &st), 0);
	m.inode = (int64_t)st.st_ino;
	return m;
}

static void memory_free(struct memory *m)
{
	(void)munmap(m->data, SIZE);
	(void)close(m->fd);
}

static void pass(struct peer *p, int fd)
{
	static const char note[] = COMM_SHARED_NOTE;
	struct iovec bytes = { (void *)(uintptr_t)note, sizeof note - 1 };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof fd)];
	} control = { .room = { 0 } };
	struct msghdr m = { .msg_iov = &bytes,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof control };

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
	ck_assert_int_eq(sendmsg(p->fd, &m, MSG_NOSIGNAL), sizeof note - 1);
}

/* Four records; the lengths say which of their values are in the memory of @inode. */
static void answer(struct peer *p, uint64_t id, int64_t inode,
		   const struct comm_wire_length lengths[4])
{
	const struct comm_wire_shared where = { inode, { lengths, 4 } };
	struct comm_receive_result result = four;

	result.shared = &where;
	peer_answer(p, id, COMM_METHOD_RECEIVE, &result);
}

static const struct comm_wire_length two[] = { { -1 }, { 5 }, { -1 }, { 3 } };

struct got {
	size_t n_calls;
	int error;
	const struct comm_record *records;
	size_t n;
};

static void on_got(struct comm_subscription *s, int error, const struct comm_record *records,
		   size_t n, void *arg)
{
	struct got *got = arg;

	(void)s;
	*got = (struct got){ got->n_calls + 1, error, records, n };
}

/* A reader that is asking. */
struct reader {
	struct fake *f;
	struct peer p;
	struct comm *c;
	struct comm_subscription *s;
	struct got got;
};

/* Ask for records, with the memory @inode. Returns the request's id. */
static uint64_t ask(struct reader *r, int64_t inode)
{
	uint64_t id;

	ck_assert_int_eq(comm_receive_async(r->s, 0, 5000, on_got, &r->got), 0);
	id = client_read(r->c, &r->p, COMM_METHOD_RECEIVE);
	ck_assert_int_eq(r->p.params.receive_params.share, inode);
	return id;
}

/* An answer with all that it has, behind a memory that comes. */
static void give(struct reader *r, uint64_t id, int fd)
{
	size_t n = r->got.n_calls + 1;

	pass(&r->p, fd);
	peer_answer(&r->p, id, COMM_METHOD_RECEIVE, &four);
	client_until(r->c, &r->got.n_calls, n);
	ck_assert_int_eq(r->got.error, 0);
	check_four(r->got.records, r->got.n);
}

/* All of its pages are there, without anybody having written to it. */
static bool is_touched(const struct memory *m)
{
	unsigned char page = 0;

	ck_assert_int_eq(mincore(m->data, SIZE, &page), 0);
	return page & 1;
}

static void begin(struct reader *r)
{
	*r = (struct reader){ .f = fake_new() };
	r->c = client_connect(r->f, &r->p, NULL);
	r->s = subscribe(r->f, &r->p, r->c, NULL, &shared);
}

static void check_two(const struct got *got)
{
	ck_assert_int_eq(got->error, 0);
	ck_assert_uint_eq(got->n, 4);
	ck_assert_mem_eq(got->records[0].value, "one", 3);
	ck_assert_uint_eq(got->records[1].value_len, 5);
	ck_assert_mem_eq(got->records[1].value, "hello", 5);
	ck_assert_uint_eq(got->records[2].value_len, 0);
	ck_assert_uint_eq(got->records[3].value_len, 3);
	ck_assert_mem_eq(got->records[3].value, "you", 3);
}

START_TEST(values_are_where_the_answer_says)
{
	struct memory m = memory_new();
	struct reader r;

	begin(&r);
	ck_assert(!is_touched(&m));
	give(&r, ask(&r, -1), m.fd);
	ck_assert(is_touched(&m));
	for (size_t n = 2; n <= 4; n++) {
		uint64_t id = ask(&r, m.inode);

		memcpy(m.data, "helloyou", 8);
		answer(&r.p, id, m.inode, two);
		client_until(r.c, &r.got.n_calls, n);
		check_two(&r.got);
	}
	client_end(r.c, &r.p, r.f);
	memory_free(&m);
}
END_TEST

START_TEST(another_memory_takes_the_place_of_the_first)
{
	struct memory m = { .inode = -1 };
	struct reader r;

	begin(&r);
	for (size_t n = 1; n <= 3; n++) {
		uint64_t id = ask(&r, m.inode);

		m = memory_new();
		give(&r, id, m.fd);
		id = ask(&r, m.inode);
		memcpy(m.data, "helloyou", 8);
		answer(&r.p, id, m.inode, two);
		client_until(r.c, &r.got.n_calls, 2 * n);
		check_two(&r.got);
		memory_free(&m);
	}
	client_end(r.c, &r.p, r.f);
}
END_TEST

/* Then the next receive says that there is none, and values come as they do. */
START_TEST(what_cannot_be_mapped_is_no_memory)
{
	struct reader r;
	int ends[2];

	begin(&r);
	ck_assert_int_eq(pipe(ends), 0);
	give(&r, ask(&r, -1), ends[0]);
	(void)ask(&r, -1);
	close(ends[0]);
	close(ends[1]);
	(void)comm_close(r.c, 0, NULL);
	peer_close(&r.p);
	fake_free(r.f);
}
END_TEST

/* What the answer says cannot be: the records are given back, to come again. */
static void expect_refused(struct reader *r, size_t n_calls)
{
	client_until(r->c, &r->got.n_calls, n_calls);
	ck_assert_int_eq(r->got.error, COMM_EPROTOCOL);
	(void)client_read(r->c, &r->p, COMM_METHOD_UNSUBSCRIBE);
	client_end(r->c, &r->p, r->f);
}

START_TEST(values_in_memory_that_did_not_come)
{
	struct reader r;

	begin(&r);
	answer(&r.p, ask(&r, -1), 4711, two);
	expect_refused(&r, 1);
}
END_TEST

START_TEST(values_in_memory_that_is_another)
{
	struct memory m = memory_new();
	struct reader r;

	begin(&r);
	give(&r, ask(&r, -1), m.fd);
	answer(&r.p, ask(&r, m.inode), m.inode + 1, two);
	expect_refused(&r, 2);
	memory_free(&m);
}
END_TEST

START_TEST(values_that_reach_beyond_the_memory)
{
	static const struct comm_wire_length lengths[] = { { 5 }, { SIZE - 4 }, { -1 }, { -1 } };
	struct memory m = memory_new();
	struct reader r;

	begin(&r);
	give(&r, ask(&r, -1), m.fd);
	answer(&r.p, ask(&r, m.inode), m.inode, lengths);
	expect_refused(&r, 2);
	memory_free(&m);
}
END_TEST

/* Whoever passes descriptors that nobody has asked for fills no table. */
START_TEST(descriptors_that_nobody_needs_are_closed)
{
	struct memory m = memory_new();
	struct reader r;
	uint64_t id;

	begin(&r);
	id = ask(&r, -1);
	for (int i = 0; i < 100; i++) {
		pass(&r.p, m.fd);
		(void)comm_process(r.c);
	}
	give(&r, id, m.fd);
	pass(&r.p, m.fd);
	(void)comm_process(r.c);
	client_end(r.c, &r.p, r.f);
	memory_free(&m);
}
END_TEST

/* With several on their way nobody can say which values are needed no more. */
START_TEST(only_one_at_a_time_asks_for_it)
{
	const struct comm_subscribe_options options = { .shared = 1, .ack = COMM_ACK_MANUAL };
	struct reader r = { .f = fake_new() };

	r.c = client_connect(r.f, &r.p, NULL);
	r.s = subscribe(r.f, &r.p, r.c, "g", &options);
	peer_answer(&r.p, ask(&r, -1), COMM_METHOD_RECEIVE, &none);
	client_until(r.c, &r.got.n_calls, 1);
	(void)ask(&r, -1);
	ck_assert_int_eq(comm_receive_async(r.s, 0, 5000, on_got, &r.got), 0);
	(void)client_read(r.c, &r.p, COMM_METHOD_RECEIVE);
	ck_assert_int_eq(r.p.params.receive_params.share, 0);
	(void)comm_close(r.c, 0, NULL);
	peer_close(&r.p);
	fake_free(r.f);
}
END_TEST

TEST_MAIN("client_shared", values_are_where_the_answer_says,
	  another_memory_takes_the_place_of_the_first, what_cannot_be_mapped_is_no_memory,
	  values_in_memory_that_did_not_come, values_in_memory_that_is_another,
	  values_that_reach_beyond_the_memory, descriptors_that_nobody_needs_are_closed,
	  only_one_at_a_time_asks_for_it)
