#include "tests/lib/main.h"

#include "tests/unit/kafka_receiver.h"

#define PARTITIONS 4
#define ROUNDS     20

static const struct comm_wire_topic_ref topic_t = { { "t", 1 }, COMM_NONE, COMM_NONE };

int __wrap_uv_thread_create(uv_thread_t *thread, uv_thread_cb entry, void *arg);

/* No more are allowed, as by TasksMax; the pool has its own. */
int __wrap_uv_thread_create(uv_thread_t *thread, uv_thread_cb entry, void *arg)
{
	(void)thread;
	(void)entry;
	(void)arg;
	return UV_EAGAIN;
}

START_TEST(test_without_threads_those_of_the_pool_do)
{
	struct kafka_reader_options o = receiver_options(NULL, &topic_t, 1);
	struct receiver w;
	struct world world;

	o.start = KAFKA_EARLIEST;
	receiver_world(&world, PARTITIONS);
	world_create(&world, "t", PARTITIONS);
	for (int p = 0; p < PARTITIONS; p++)
		receiver_fill(&world, "t", p, 0, 10);
	for (int i = 0; i < ROUNDS; i++) {
		receiver_open(&w, &world, world.client, o);
		receiver_await_just(&w, 10 * PARTITIONS);
		receiver_close(&w);
	}
	world_fini(&world);
}
END_TEST

TEST_MAIN("kafka_threads", test_without_threads_those_of_the_pool_do)
