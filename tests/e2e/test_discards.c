/*
 * A program gives a record away, and the brokers refuse it after that: its user sees it in commctl
 * status, on whichever way he looks at that.
 */
#include "tests/lib/main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/e2e.h"
#include "tests/lib/broker.h"
#include "tests/lib/daemon.h"

#define PRODUCE_API 0

/* What commctl status with @arguments prints. */
static const char *status_of(const struct daemon_under_test *d, const char *arguments)
{
	static char out[64 * 1024];
	char command[1024];
	FILE *f;
	size_t n;

	(void)snprintf(command, sizeof command, "'%s' --socket '%s' status %s", getenv("COMMCTL"),
		       dut_socket(d), arguments);
	f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	n = fread(out, 1, sizeof out - 1, f);
	out[n] = '\0';
	ck_assert_int_eq(pclose(f), 0);
	return out;
}

static void expect(const char *out, const char *part)
{
	ck_assert_msg(strstr(out, part) != NULL, "there is no \"%s\" in\n%s", part, out);
}

/* One record is persisted, the next is taken and then refused. */
static void lose_one(struct comm *c, struct broker *b)
{
	struct comm_status *s;
	size_t n = 0;

	assert_ok(c, comm_send(c, "t", "kept", 4, NULL, 0));
	assert_ok(c, comm_status(c, &s));
	while (s->n_topics != 1 || s->topics[0].persisted != 1) {
		comm_status_free(s);
		assert_ok(c, comm_status(c, &s));
	}
	comm_status_free(s);
	rd_kafka_mock_push_request_errors(b->cluster, PRODUCE_API, 1,
					  RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	assert_ok(c, comm_send(c, "t", "lost", 4, NULL, 0));
	while (n != 1) {
		assert_ok(c, comm_status(c, &s));
		n = s->n_discards;
		comm_status_free(s);
	}
}

START_TEST(a_lost_record_is_seen)
{
	const struct comm_options options = { .client = "billing", .ack = COMM_ACK_QUEUED };
	struct daemon_under_test *d;
	char text[128];
	struct broker b;
	struct comm *c;
	const char *out;

	broker_init(&b, "");
	broker_create_topic(&b, "t", 1);
	d = dut_start_files(NULL, b.properties, NULL);
	c = e2e_connect_path(dut_socket(d), &options);
	lose_one(c, &b);

	out = status_of(d, "");
	expect(out, "\ntopic\tt\tdefault\t2\t1\t1\t0\n");
	(void)snprintf(text, sizeof text, "\nclient\tbilling\t%d\t%u\tdefault\t2\t1\t1\t0\tyes\n",
		       (int)getpid(), (unsigned int)getuid());
	expect(out, text);
	expect(out, "\ndiscard\t1");
	(void)snprintf(text, sizeof text, "\t1\tt\tdefault\tbilling\t%d\t%u\tno\tCOMM_ETOO_BIG\t",
		       (int)getpid(), (unsigned int)getuid());
	expect(out, text);
	expect(out, "MSG_SIZE_TOO_LARGE: ");
	expect(out, "\ncounter\tdiscarded_total\t1\n");

	out = status_of(d, "--json");
	expect(out, "\"discards\":[{\"first_ms\":");
	expect(out, "\"error\":\"COMM_ETOO_BIG\"");
	expect(out, "\"connected\":true");
	expect(out, "\"topic\":\"t\",\"accepted\":2,\"persisted\":1,\"failed\":1,\"in_flight\":0");
	e2e_close(c);
	dut_stop(d);
	broker_fini(&b);
}
END_TEST

TEST_MAIN("e2e discards", a_lost_record_is_seen)
