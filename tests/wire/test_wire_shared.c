/*
 * Values in memory that a reader shares with the daemon.
 */
#include "tests/lib/main.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/util.h"
#include "tests/lib/broker.h"
#include "tests/lib/daemon.h"
#include "tests/lib/lines.h"
#include "tests/lib/wire.h"

/* Of a memory, as the daemon makes it. */
#define SIZE (1024 * 1024)

#define N_RECORDS 200
#define LENGTH    8000

/* Records of the topic "t", each with bytes of its own, and every tenth without a value. */
static void fill(int fd)
{
	static struct comm_wire_record records[N_RECORDS];
	static char values[N_RECORDS][LENGTH];
	const struct comm_send_params params = { .topic = comm_bytes_of("t"),
						 .records = { records, N_RECORDS },
						 .timeout_ms = COMM_NONE,
						 .written_ms = COMM_NONE };
	struct wire_reply reply;

	for (size_t i = 0; i < N_RECORDS; i++) {
		memset(values[i], (int)i + 1, LENGTH);
		records[i] = (struct comm_wire_record){ .value = { i % 10 ? values[i] : NULL,
								   i % 10 ? LENGTH : 0 },
							.partition = 0,
							.timestamp_ms = COMM_NONE };
	}
	wire_call(fd, 70, COMM_METHOD_SEND, &params, &reply, NULL);
	wire_reply_fini(&reply);
}

struct memory {
	int fd;
	const char *data;
	int64_t inode;
};

/* The next that comes is a memory, and nothing else; touch all of it, or nothing. */
static struct memory take_memory(int fd, bool touches)
{
	char bytes[sizeof COMM_SHARED_NOTE - 1];
	struct iovec room = { bytes, sizeof bytes };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof fd)];
	} control;
	struct msghdr m = { .msg_iov = &room,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof control };
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	struct memory ret;
	struct stat st;

	ck_assert_int_eq(poll(&ready, 1, 10000), 1);
	ck_assert_int_eq(recvmsg(fd, &m, MSG_CMSG_CLOEXEC), sizeof bytes);
	ck_assert_mem_eq(bytes, COMM_SHARED_NOTE, sizeof bytes);
	ck_assert_uint_eq(m.msg_controllen, CMSG_SPACE(sizeof fd));
	ck_assert_int_eq(control.header.cmsg_type, SCM_RIGHTS);
	memcpy(&ret.fd, CMSG_DATA(&control.header), sizeof ret.fd);
	ck_assert_int_eq(fstat(ret.fd, &st), 0);
	ck_assert_int_eq(st.st_size, SIZE);
	ret.inode = (int64_t)st.st_ino;
	ret.data =
		mmap(NULL, SIZE, PROT_READ, MAP_SHARED | (touches ? MAP_POPULATE : 0), ret.fd, 0);
	ck_assert_ptr_ne(ret.data, MAP_FAILED);
	return ret;
}

/* What a subscription has brought, and the memory if one has come. */
struct reading {
	struct memory m;
	bool leaves_it; /* as it comes, untouched */
	size_t n_memories;
	size_t n_shared; /* values that were in it */
	size_t n_inline; /* values that were in their records */
};

static void leave(struct reading *r)
{
	if (!r->n_memories)
		return;
	(void)munmap((void *)(uintptr_t)r->m.data, SIZE);
	(void)close(r->m.fd);
}

/* Whether a memory comes next, and not an answer. */
static bool is_memory(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	unsigned char first;

	ck_assert_int_eq(poll(&ready, 1, 10000), 1);
	ck_assert_int_eq(recv(fd, &first, 1, MSG_PEEK), 1);
	return first == (unsigned char)*COMM_SHARED_NOTE;
}

static void check_value(const struct comm_wire_received *r, const char *data, size_t n)
{
	char wanted[LENGTH];

	memset(wanted, (int)r->offset + 1, sizeof wanted);
	ck_assert_uint_eq(n, sizeof wanted);
	ck_assert_mem_eq(data, wanted, n);
}

/* Look at each record of an answer. Returns how many there are. */
static size_t check(const struct comm_receive_result *result, struct reading *r)
{
	const struct comm_wire_batch *batch = result->topics.items;
	const struct comm_wire_received *records = batch->records.items;
	const struct comm_wire_length *lengths = NULL;
	const char *next = r->m.data;

	ck_assert_uint_eq(result->topics.n, 1);
	if (result->shared) {
		ck_assert_uint_gt(r->n_memories, 0);
		ck_assert_int_eq(result->shared->inode, r->m.inode);
		ck_assert_uint_eq(result->shared->lengths.n, batch->records.n);
		lengths = result->shared->lengths.items;
	}
	for (size_t i = 0; i < batch->records.n; i++) {
		if (lengths && lengths[i].bytes >= 0) {
			ck_assert_ptr_null(records[i].value.data);
			check_value(&records[i], next, (size_t)lengths[i].bytes);
			next += lengths[i].bytes;
			r->n_shared++;
		} else if (records[i].offset % 10) {
			check_value(&records[i], records[i].value.data, records[i].value.len);
			r->n_inline++;
		} else {
			ck_assert_ptr_null(records[i].value.data);
		}
	}
	return batch->records.n;
}

/* One receive. Returns how many records it has brought. */
static size_t receive(int fd, struct comm_receive_params params, struct reading *r)
{
	bool shares = params.share != 0;
	struct comm_receive_result result;
	struct wire_reply reply;
	size_t n;

	params.share = !shares ? 0 : r->n_memories ? r->m.inode : -1;
	wire_request(fd, 71, COMM_METHOD_RECEIVE, &params);
	if (is_memory(fd)) {
		r->m = take_memory(fd, !r->leaves_it);
		r->n_memories++;
	}
	wire_read_id(fd, 71, &reply);
	wire_result(&reply, COMM_METHOD_RECEIVE, &result);
	n = check(&result, r);
	wire_reply_fini(&reply);
	return n;
}

/* Read the topic from its beginning; how many come at once is up to the daemon, but not one by one. */
static struct reading read_with(int fd, struct reading r, bool share, int64_t max_records)
{
	struct comm_receive_params params =
		wire_receive(wire_subscribe(fd, NULL, "t", "earliest"), max_records, 10000);

	params.share = share ? -1 : 0;
	params.max_bytes = 4L * SIZE;
	for (size_t n = 0; n < N_RECORDS;)
		n += receive(fd, params, &r);
	ck_assert_uint_eq(r.n_shared + r.n_inline, N_RECORDS / 10 * 9);
	return r;
}

static struct reading read_all(int fd, bool share, int64_t max_records)
{
	return read_with(fd, (struct reading){ .n_memories = 0 }, share, max_records);
}

/* A daemon with the topic filled, and a connection to it. */
static struct daemon_under_test *start(int *ret_fd)
{
	struct daemon_under_test *d = dut_start(NULL);

	*ret_fd = wire_connect(d);
	wire_create_topic(*ret_fd, "t", 1);
	fill(*ret_fd);
	return d;
}

/* The same with a broker of the test's, whose topic is empty. */
static struct daemon_under_test *start_with(const char *conf, struct broker *ret_broker)
{
	broker_init(ret_broker, "");
	broker_create_topic(ret_broker, "t", 1);
	return dut_start_files(conf, ret_broker->properties, NULL);
}

static void stop(struct daemon_under_test *d, int fd, struct reading *r)
{
	leave(r);
	close(fd);
	dut_stop(d);
}

START_TEST(memory_is_passed_once)
{
	int fd, other;
	struct daemon_under_test *d = start(&other);
	struct reading r;

	fd = wire_connect(d);
	r = read_all(fd, true, 50);
	ck_assert_uint_eq(r.n_memories, 1);
	ck_assert_uint_gt(r.n_shared, 0);
	ck_assert_int_eq(wire_counter(other, "shared_bytes"), SIZE);
	close(fd);
	wire_await_counter(other, "shared_bytes", 0);
	/* What it has is its own to the end. */
	ck_assert_int_ne(r.m.data[0], 0);
	stop(d, other, &r);
}
END_TEST

START_TEST(a_client_can_only_read_it)
{
	int fd;
	struct daemon_under_test *d = start(&fd);
	struct reading r;

	r = read_all(fd, true, 50);
	ck_assert_uint_eq(r.n_memories, 1);
	ck_assert_ptr_eq(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, r.m.fd, 0),
			 MAP_FAILED);
	ck_assert_int_eq(write(r.m.fd, "x", 1), -1);
	ck_assert_int_eq(ftruncate(r.m.fd, 0), -1);
	ck_assert_int_eq(ftruncate(r.m.fd, 2L * SIZE), -1);
	ck_assert_int_eq(fallocate(r.m.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, SIZE),
			 -1);
	ck_assert_int_eq(fcntl(r.m.fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	stop(d, fd, &r);
}
END_TEST

/* Its pages are the client's to pay for. */
START_TEST(nothing_comes_into_memory_that_is_not_there)
{
	int fd;
	struct daemon_under_test *d = start(&fd);
	struct reading r;

	r = read_with(fd, (struct reading){ .leaves_it = true }, true, 50);
	ck_assert_uint_eq(r.n_memories, 1);
	ck_assert_uint_eq(r.n_shared, 0);
	stop(d, fd, &r);
}
END_TEST

/* One record at a time is little. */
START_TEST(little_and_what_nobody_asked_for_is_in_the_records)
{
	int fd;
	struct daemon_under_test *d = start(&fd);
	struct reading r;

	r = read_all(fd, true, 1);
	ck_assert_uint_eq(r.n_memories + r.n_shared, 0);
	r = read_all(fd, false, 50);
	ck_assert_uint_eq(r.n_memories + r.n_shared, 0);
	ck_assert_int_eq(wire_counter(fd, "shared_bytes"), 0);
	stop(d, fd, &r);
}
END_TEST

/* Its records come as they do without asking. */
START_TEST(the_second_of_a_connection_gets_none)
{
	int fd;
	struct daemon_under_test *d = start(&fd);
	struct reading first, second;

	first = read_all(fd, true, 50);
	ck_assert_uint_eq(first.n_memories, 1);
	second = read_all(fd, true, 50);
	ck_assert_uint_eq(second.n_memories + second.n_shared, 0);
	ck_assert_int_eq(wire_counter(fd, "shared_bytes"), SIZE);
	stop(d, fd, &first);
}
END_TEST

START_TEST(there_is_no_more_than_allowed)
{
	struct daemon_under_test *d;
	int first, second, other;
	struct reading r;
	struct broker b;

	d = start_with("[limits]\nshared-bytes = 1M\n", &b);
	first = wire_connect(d);
	second = wire_connect(d);
	other = wire_connect(d);
	fill(other);
	r = read_all(first, true, 50);
	ck_assert_uint_eq(r.n_memories, 1);
	leave(&r);
	r = read_all(second, true, 50);
	ck_assert_uint_eq(r.n_memories, 0);
	close(first);
	wire_await_counter(other, "shared_bytes", 0);
	r = read_all(second, true, 50);
	ck_assert_uint_eq(r.n_memories, 1);
	leave(&r);
	close(second);
	close(other);
	dut_stop(d);
	broker_fini(&b);
}
END_TEST

static bool ask_hello(int fd)
{
	const struct comm_hello_params params = { .protocol = COMM_NONE };
	struct comm_hello_result result;
	struct wire_reply reply;

	wire_call(fd, 1, COMM_METHOD_HELLO, &params, &reply, &result);
	wire_reply_fini(&reply);
	return result.shares;
}

START_TEST(hello_says_whether_there_is_any)
{
	struct daemon_under_test *d;
	struct reading r;
	struct broker b;
	int fd;

	d = start_with("[limits]\nshared-bytes = 0\n", &b);
	fd = wire_connect(d);
	ck_assert(!ask_hello(fd));
	fill(fd);
	r = read_all(fd, true, 50);
	ck_assert_uint_eq(r.n_memories, 0);
	close(fd);
	dut_stop(d);
	broker_fini(&b);
	d = dut_start(NULL);
	fd = wire_connect(d);
	ck_assert(ask_hello(fd));
	close(fd);
	dut_stop(d);
}
END_TEST

/* A line can hold no descriptor. */
START_TEST(lines_have_their_values)
{
	struct daemon_under_test *d = dut_start(NULL);
	int fd = wire_connect(d), lines = wire_connect(d);
	json_t *answer, *shared;

	wire_create_topic(fd, "t", 1);
	fill(fd);
	lines_write(lines, "{\"method\":\"subscribe\",\"params\":[null,[\"t\"],\"earliest\"]}\n");
	json_decref(lines_read(lines));
	for (int i = 0; i < 5; i++) {
		lines_write(lines, "{\"method\":\"receive\",\"params\":{\"subscription\":1,"
				   "\"max_records\":10,\"share\":-1}}\n");
		answer = lines_read(lines);
		shared = json_object_get(json_object_get(answer, "result"), "shared");
		ck_assert(json_is_null(shared));
		json_decref(answer);
	}
	ck_assert_int_eq(wire_counter(fd, "shared_bytes"), 0);
	close(lines);
	close(fd);
	dut_stop(d);
}
END_TEST

TEST_MAIN("values in shared memory", memory_is_passed_once, a_client_can_only_read_it,
	  nothing_comes_into_memory_that_is_not_there,
	  little_and_what_nobody_asked_for_is_in_the_records, the_second_of_a_connection_gets_none,
	  there_is_no_more_than_allowed, hello_says_whether_there_is_any, lines_have_their_values)
