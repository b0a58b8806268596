#pragma once

/*
 * Golden: messages as they are on the wire, and what they say.
 *
 * Programs in other languages rely on these bytes. Append only: a change of an existing
 * entry means that the protocol was broken, whatever else the tests say.
 */

#include <stdint.h>

enum golden_kind { GOLDEN_REQUEST, GOLDEN_NOTIFICATION, GOLDEN_RESULT, GOLDEN_ERROR };

struct golden {
	enum golden_kind kind;
	const char *method;
	uint64_t id;
	const char *hex;
	const char *text; /* as by walk_print() */
};

static const struct golden goldens[] = {
	{ GOLDEN_REQUEST, "hello", 1,
	  "94 00 01 a5 68 65 6c 6c 6f 93 a7 62 69 6c 6c 69 6e 67 a2 65 75 01",
	  "client=\"billing\" profile=\"eu\" protocol=1" },
	{ GOLDEN_RESULT, "hello", 1,
	  "94 01 01 c0 94 a5 63 6f 6d 6d 64 a5 30 2e 31 2e 30 01 94 ce 01 00 00 00 cd 27 10 cd "
	  "03 e8 ce 00 80 00 00",
	  "server=\"commd\" version=\"0.1.0\" protocol=1 limits={message_bytes=16777216 "
	  "records=10000 requests=1000 inflight_bytes=8388608}" },
	{ GOLDEN_REQUEST, "hello", 0, "94 00 00 a5 68 65 6c 6c 6f 90", "" },
	{ GOLDEN_REQUEST, "ping", 1, "94 00 01 a4 70 69 6e 67 90", "" },
	{ GOLDEN_RESULT, "ping", 1, "94 01 01 c0 91 cf 00 00 01 8b cf e5 68 7b",
	  "time_ms=1700000000123" },
	{ GOLDEN_REQUEST, "ping", UINT64_MAX, "94 00 cf ff ff ff ff ff ff ff ff a4 70 69 6e 67 90",
	  "" },
	{ GOLDEN_RESULT, "ping", UINT64_MAX, "94 01 cf ff ff ff ff ff ff ff ff c0 91 ff",
	  "time_ms=-1" },
	{ GOLDEN_REQUEST, "send", 300,
	  "94 00 cd 01 2c a4 73 65 6e 64 95 a6 6f 72 64 65 72 73 96 c4 03 6f 6e 65 95 c4 03 74 "
	  "77 6f c4 01 6b 92 92 a5 74 72 61 63 65 c4 02 00 ff 92 a3 6e 69 6c c0 03 cf 00 00 01 "
	  "8b cf e5 68 7b c0 c4 00 92 c0 c4 01 6b 94 c4 01 76 c0 90 00 a6 71 75 65 75 65 64 cd "
	  "13 88 ce 05 26 5c 00",
	  "topic=\"orders\" records=[{value=\"one\"}{value=\"two\" key=\"k\" "
	  "headers=[{name=\"trace\" value=\"<00><ff>\"}{name=\"nil\" value=nil}] partition=3 "
	  "timestamp_ms=1700000000123}{value=nil}{value=\"\"}{value=nil key=\"k\"}{value=\"v\" "
	  "partition=0}] ack=\"queued\" timeout_ms=5000 written_ms=86400000" },
	{ GOLDEN_REQUEST, "send", 2, "94 00 02 a4 73 65 6e 64 92 a1 74 91 c4 02 68 69",
	  "topic=\"t\" records=[{value=\"hi\"}]" },
	{ GOLDEN_NOTIFICATION, "send", 0,
	  "93 02 a4 73 65 6e 64 93 a1 74 91 c4 02 68 69 a6 71 75 65 75 65 64",
	  "topic=\"t\" records=[{value=\"hi\"}] ack=\"queued\"" },
	{ GOLDEN_RESULT, "send", 300,
	  "94 01 cd 01 2c c0 91 93 93 02 03 29 93 01 c0 c0 95 01 00 c0 95 0d aa 43 4f 4d 4d 5f "
	  "45 53 45 4e 44 a9 74 6f 6f 20 6c 61 72 67 65 c2 b0 72 65 63 6f 72 64 73 5b 33 5d 2e "
	  "76 61 6c 75 65 c3",
	  "outcomes=[{count=2 partition=3 offset=41}{count=1 partition=nil offset=nil}{count=1 "
	  "partition=0 offset=nil error={code=13 name=\"COMM_ESEND\" message=\"too large\" "
	  "retriable=false detail=\"records[3].value\"} maybe_persisted=true}]" },
	{ GOLDEN_REQUEST, "subscribe", 1,
	  "94 00 01 a9 73 75 62 73 63 72 69 62 65 96 a7 77 6f 72 6b 65 72 73 92 a6 6f 72 64 65 "
	  "72 73 92 a7 72 65 66 75 6e 64 73 02 a6 6c 61 74 65 73 74 c0 a6 6d 61 6e 75 61 6c cd "
	  "75 30",
	  "group=\"workers\" topics=[{topic=\"orders\"}{topic=\"refunds\" partition=2}] "
	  "start=\"latest\" ack=\"manual\" timeout_ms=30000" },
	{ GOLDEN_REQUEST, "subscribe", 1,
	  "94 00 01 a9 73 75 62 73 63 72 69 62 65 94 c0 91 93 a6 6f 72 64 65 72 73 00 4d a4 74 "
	  "61 69 6c 0a",
	  "group=nil topics=[{topic=\"orders\" partition=0 offset=77}] start=\"tail\" at=10" },
	{ GOLDEN_RESULT, "subscribe", 1, "94 01 01 c0 91 01", "subscription=1" },
	{ GOLDEN_REQUEST, "receive", 1,
	  "94 00 01 a7 72 65 63 65 69 76 65 95 01 cd 01 f4 ce 00 10 00 00 00 c3",
	  "subscription=1 max_records=500 max_bytes=1048576 timeout_ms=0 until_end=true" },
	{ GOLDEN_REQUEST, "receive", 65536, "94 00 ce 00 01 00 00 a7 72 65 63 65 69 76 65 91 01",
	  "subscription=1" },
	{ GOLDEN_RESULT, "receive", 1,
	  "94 01 01 c0 92 92 92 a6 6f 72 64 65 72 73 92 96 00 29 cf 00 00 01 8b cf e5 68 7b c4 "
	  "01 6b c4 01 76 92 92 a5 74 72 61 63 65 c4 01 01 92 a3 6e 69 6c c0 95 01 cf 00 00 01 "
	  "00 00 00 00 00 c0 c0 c0 92 a7 72 65 66 75 6e 64 73 90 c3",
	  "topics=[{topic=\"orders\" records=[{partition=0 offset=41 "
	  "timestamp_ms=1700000000123 key=\"k\" value=\"v\" headers=[{name=\"trace\" "
	  "value=\"<01>\"}{name=\"nil\" value=nil}]}{partition=1 offset=1099511627776 "
	  "timestamp_ms=nil key=nil value=nil}]}{topic=\"refunds\" records=[]}] at_end=true" },
	{ GOLDEN_RESULT, "receive", 1, "94 01 01 c0 91 90", "topics=[]" },
	{ GOLDEN_REQUEST, "ack", 1,
	  "94 00 01 a3 61 63 6b 92 01 92 93 a6 6f 72 64 65 72 73 00 2a 93 a6 6f 72 64 65 72 73 "
	  "01 cf 00 00 01 00 00 00 00 01",
	  "subscription=1 positions=[{topic=\"orders\" partition=0 offset=42}{topic=\"orders\" "
	  "partition=1 offset=1099511627777}]" },
	{ GOLDEN_RESULT, "ack", 1,
	  "94 01 01 c0 92 91 93 a6 6f 72 64 65 72 73 00 2a 91 93 a6 6f 72 64 65 72 73 01 cf 00 "
	  "00 01 00 00 00 00 01",
	  "stored=[{topic=\"orders\" partition=0 offset=42}] refused=[{topic=\"orders\" "
	  "partition=1 offset=1099511627777}]" },
	{ GOLDEN_REQUEST, "unsubscribe", 1, "94 00 01 ab 75 6e 73 75 62 73 63 72 69 62 65 91 01",
	  "subscription=1" },
	{ GOLDEN_RESULT, "unsubscribe", 1, "94 01 01 c0 90", "" },
	{ GOLDEN_REQUEST, "list_topics", 1,
	  "94 00 01 ab 6c 69 73 74 5f 74 6f 70 69 63 73 92 a6 6f 72 64 65 72 73 cd 01 f4",
	  "topic=\"orders\" timeout_ms=500" },
	{ GOLDEN_RESULT, "list_topics", 1,
	  "94 01 01 c0 92 92 92 a6 6f 72 64 65 72 73 92 94 00 01 92 01 02 91 01 94 01 c0 91 02 "
	  "90 93 a6 73 65 63 72 65 74 90 94 12 ac 43 4f 4d 4d 5f 45 44 45 4e 49 45 44 ab 6e 6f "
	  "74 20 61 6c 6c 6f 77 65 64 c2 91 93 01 ad 6b 61 66 6b 61 2e 65 78 61 6d 70 6c 65 cd "
	  "23 84",
	  "topics=[{name=\"orders\" partitions=[{partition=0 leader=1 replicas=[{id=1}{id=2}] "
	  "isr=[{id=1}]}{partition=1 leader=nil replicas=[{id=2}] isr=[]}]}{name=\"secret\" "
	  "partitions=[] error={code=18 name=\"COMM_EDENIED\" message=\"not allowed\" "
	  "retriable=false}}] brokers=[{id=1 host=\"kafka.example\" port=9092}]" },
	{ GOLDEN_REQUEST, "create_topic", 1,
	  "94 00 01 ac 63 72 65 61 74 65 5f 74 6f 70 69 63 95 a6 6f 72 64 65 72 73 0c 03 91 92 "
	  "ac 72 65 74 65 6e 74 69 6f 6e 2e 6d 73 a5 36 30 30 30 30 cd 27 10",
	  "topic=\"orders\" partitions=12 replication=3 settings=[{name=\"retention.ms\" "
	  "value=\"60000\"}] timeout_ms=10000" },
	{ GOLDEN_RESULT, "create_topic", 1, "94 01 01 c0 90", "" },
	{ GOLDEN_REQUEST, "delete_topic", 1,
	  "94 00 01 ac 64 65 6c 65 74 65 5f 74 6f 70 69 63 92 a6 6f 72 64 65 72 73 cd 27 10",
	  "topic=\"orders\" timeout_ms=10000" },
	{ GOLDEN_RESULT, "delete_topic", 1, "94 01 01 c0 90", "" },
	{ GOLDEN_REQUEST, "status", 1, "94 00 01 a6 73 74 61 74 75 73 90", "" },
	{ GOLDEN_RESULT, "status", 1,
	  "94 01 01 c0 99 a5 63 6f 6d 6d 64 a5 30 2e 31 2e 30 a6 6e 6f 72 6d 61 6c a5 32 2e 30 "
	  "2e 32 cd 12 67 cd ea 60 92 92 a8 73 65 73 73 69 6f 6e 73 02 92 ad 72 65 63 6f 72 64 "
	  "73 5f 74 6f 74 61 6c 09 92 9a a7 64 65 66 61 75 6c 74 a2 75 70 c0 0a 07 01 02 cc c8 "
	  "05 01 9a a2 65 75 a3 62 61 64 bb 65 75 2e 63 6f 6e 66 3a 33 3a 20 6e 6f 20 73 75 63 "
	  "68 20 70 72 6f 70 65 72 74 79 00 00 00 00 00 00 00 92 98 01 a7 62 69 6c 6c 69 6e 67 "
	  "63 a7 64 65 66 61 75 6c 74 a7 77 6f 72 6b 65 72 73 02 05 01 98 02 a0 62 a7 64 65 66 "
	  "61 75 6c 74 c0 01 00 00",
	  "server=\"commd\" version=\"0.1.0\" mode=\"normal\" librdkafka=\"2.0.2\" pid=4711 "
	  "uptime_ms=60000 counters=[{name=\"sessions\" value=2}{name=\"records_total\" "
	  "value=9}] profiles=[{name=\"default\" state=\"up\" error=nil accepted=10 persisted=7 "
	  "failed=1 "
	  "in_flight=2 in_flight_bytes=200 delivered=5 consumers=1}{name=\"eu\" state=\"bad\" "
	  "error=\"eu.conf:3: no such property\" accepted=0 persisted=0 failed=0 in_flight=0 "
	  "in_flight_bytes=0 delivered=0 consumers=0}] subscriptions=[{subscription=1 "
	  "client=\"billing\" pid=99 profile=\"default\" group=\"workers\" partitions=2 "
	  "delivered=5 unacknowledged=1}{subscription=2 client=\"\" pid=98 profile=\"default\" "
	  "group=nil partitions=1 delivered=0 unacknowledged=0}]" },
	{ GOLDEN_RESULT, "status", 1,
	  "94 01 01 c0 9c a5 63 6f 6d 6d 64 a5 30 2e 31 2e 30 a6 6e 6f 72 6d 61 6c a5 32 2e 30 "
	  "2e 32 cd 12 67 cd ea 60 90 90 90 91 96 a7 64 65 66 61 75 6c 74 a6 6f 72 64 65 72 73 "
	  "0a 07 01 02 92 99 a7 62 69 6c 6c 69 6e 67 63 cd 03 e8 a7 64 65 66 61 75 6c 74 0a 07 "
	  "01 02 c3 99 a5 61 75 64 69 74 62 cd 03 e9 a2 65 75 01 00 00 01 c2 92 9a cf 00 00 01 "
	  "8b cf e5 68 7b cf 00 00 01 8b cf e5 69 c8 a7 64 65 66 61 75 6c 74 a6 6f 72 64 65 72 "
	  "73 a7 62 69 6c 6c 69 6e 67 63 cd 03 e8 94 0d aa 43 4f 4d 4d 5f 45 53 45 4e 44 a7 72 "
	  "65 66 75 73 65 64 c2 c2 01 9a cf 00 00 01 8b cf e5 6b 15 cf 00 00 01 8b cf e5 6b 15 "
	  "a2 65 75 a6 6f 72 64 65 72 73 a5 61 75 64 69 74 62 cd 03 e9 94 18 b5 43 4f 4d 4d 5f "
	  "45 55 4e 4b 4e 4f 57 4e 5f 4f 55 54 43 4f 4d 45 a3 77 68 79 c2 c3 cd 01 2c",
	  "server=\"commd\" version=\"0.1.0\" mode=\"normal\" librdkafka=\"2.0.2\" pid=4711 "
	  "uptime_ms=60000 counters=[] profiles=[] subscriptions=[] "
	  "topics=[{profile=\"default\" topic=\"orders\" accepted=10 persisted=7 failed=1 "
	  "in_flight=2}] clients=[{client=\"billing\" pid=99 uid=1000 profile=\"default\" "
	  "accepted=10 persisted=7 failed=1 in_flight=2 connected=true}{client=\"audit\" "
	  "pid=98 uid=1001 profile=\"eu\" accepted=1 persisted=0 failed=0 in_flight=1 "
	  "connected=false}] discards=[{first_ms=1700000000123 last_ms=1700000000456 "
	  "profile=\"default\" topic=\"orders\" client=\"billing\" pid=99 uid=1000 "
	  "error={code=13 name=\"COMM_ESEND\" message=\"refused\" retriable=false} "
	  "maybe_persisted=false records=1}{first_ms=1700000000789 last_ms=1700000000789 "
	  "profile=\"eu\" topic=\"orders\" client=\"audit\" pid=98 uid=1001 error={code=24 "
	  "name=\"COMM_EUNKNOWN_OUTCOME\" message=\"why\" retriable=false} "
	  "maybe_persisted=true records=300}]" },
	{ GOLDEN_ERROR, "", 1,
	  "94 01 01 95 03 b0 43 4f 4d 4d 5f 45 42 41 44 5f 50 41 52 41 4d 53 b1 74 6f 70 69 63 "
	  "3a 20 69 73 20 6d 69 73 73 69 6e 67 c2 a5 74 6f 70 69 63 c0",
	  "code=3 name=\"COMM_EBAD_PARAMS\" message=\"topic: is missing\" retriable=false "
	  "detail=\"topic\"" },
	{ GOLDEN_ERROR, "", 4294967296,
	  "94 01 cf 00 00 00 01 00 00 00 00 94 11 aa 43 4f 4d 4d 5f 45 42 55 53 59 a5 6c 61 74 "
	  "65 72 c3 c0",
	  "code=17 name=\"COMM_EBUSY\" message=\"later\" retriable=true" },
	{ GOLDEN_RESULT, "subscribe", 1,
	  "94 01 01 c0 92 02 92 93 a6 6f 72 64 65 72 73 00 2a 93 a6 6f 72 64 65 72 73 01 00",
	  "subscription=2 positions=[{topic=\"orders\" partition=0 offset=42}{topic=\"orders\" "
	  "partition=1 offset=0}]" },
	{ GOLDEN_REQUEST, "seek", 1,
	  "94 00 01 a4 73 65 65 6b 95 01 a4 74 69 6d 65 cf 00 00 01 8b cf e5 68 7b 93 a6 6f 72 64 "
	  "65 72 73 92 a7 72 65 66 75 6e 64 73 02 93 a7 72 65 66 75 6e 64 73 03 4d cd 13 88",
	  "subscription=1 start=\"time\" at=1700000000123 "
	  "topics=[{topic=\"orders\"}{topic=\"refunds\" partition=2}{topic=\"refunds\" "
	  "partition=3 offset=77}] timeout_ms=5000" },
	{ GOLDEN_REQUEST, "seek", 2, "94 00 02 a4 73 65 65 6b 92 01 a8 65 61 72 6c 69 65 73 74",
	  "subscription=1 start=\"earliest\"" },
	{ GOLDEN_RESULT, "seek", 1,
	  "94 01 01 c0 91 92 93 a6 6f 72 64 65 72 73 00 2a 93 a6 6f 72 64 65 72 73 01 00",
	  "positions=[{topic=\"orders\" partition=0 offset=42}{topic=\"orders\" partition=1 "
	  "offset=0}]" },
	{ GOLDEN_REQUEST, "pause", 1,
	  "94 00 01 a5 70 61 75 73 65 92 01 92 92 a6 6f 72 64 65 72 73 00 a7 72 65 66 75 6e 64 73",
	  "subscription=1 topics=[{topic=\"orders\" partition=0}{topic=\"refunds\"}]" },
	{ GOLDEN_RESULT, "pause", 1, "94 01 01 c0 90", "" },
	{ GOLDEN_REQUEST, "resume", 1, "94 00 01 a6 72 65 73 75 6d 65 91 01", "subscription=1" },
	{ GOLDEN_RESULT, "resume", 1, "94 01 01 c0 90", "" },
	{ GOLDEN_REQUEST, "receive", 1, "94 00 01 a7 72 65 63 65 69 76 65 96 01 c0 c0 00 c0 c3",
	  "subscription=1 timeout_ms=0 ends=true" },
	{ GOLDEN_RESULT, "receive", 1, "94 01 01 c0 93 90 c0 91 93 a6 6f 72 64 65 72 73 00 2a",
	  "topics=[] ends=[{topic=\"orders\" partition=0 offset=42}]" },
	{ GOLDEN_REQUEST, "describe_topic", 1,
	  "94 00 01 ae 64 65 73 63 72 69 62 65 5f 74 6f 70 69 63 92 a6 6f 72 64 65 72 73 cd 13 88",
	  "topic=\"orders\" timeout_ms=5000" },
	{ GOLDEN_RESULT, "describe_topic", 1,
	  "94 01 01 c0 92 92 a6 6f 72 64 65 72 73 91 94 00 01 92 01 02 91 01 93 95 ae 63 6c 65 61 "
	  "6e 75 70 2e 70 6f 6c 69 63 79 a6 64 65 6c 65 74 65 a7 64 65 66 61 75 6c 74 c2 c2 95 ac "
	  "72 65 74 65 6e 74 69 6f 6e 2e 6d 73 a6 36 30 30 30 30 30 a5 74 6f 70 69 63 c2 c2 95 a6 "
	  "73 65 63 72 65 74 c0 a6 62 72 6f 6b 65 72 c3 c3",
	  "topic={name=\"orders\" partitions=[{partition=0 leader=1 replicas=[{id=1}{id=2}] "
	  "isr=[{id=1}]}]} settings=[{name=\"cleanup.policy\" value=\"delete\" "
	  "source=\"default\" read_only=false sensitive=false}{name=\"retention.ms\" "
	  "value=\"600000\" source=\"topic\" read_only=false sensitive=false}{name=\"secret\" "
	  "value=nil source=\"broker\" read_only=true sensitive=true}]" },
	{ GOLDEN_REQUEST, "add_partitions", 1,
	  "94 00 01 ae 61 64 64 5f 70 61 72 74 69 74 69 6f 6e 73 93 a6 6f 72 64 65 72 73 18 cd 27 "
	  "10",
	  "topic=\"orders\" partitions=24 timeout_ms=10000" },
	{ GOLDEN_RESULT, "add_partitions", 1, "94 01 01 c0 90", "" },
	{ GOLDEN_REQUEST, "alter_topic", 1,
	  "94 00 01 ab 61 6c 74 65 72 5f 74 6f 70 69 63 93 a6 6f 72 64 65 72 73 92 92 ac 72 65 74 "
	  "65 6e 74 69 6f 6e 2e 6d 73 a6 36 30 30 30 30 30 92 ae 63 6c 65 61 6e 75 70 2e 70 6f 6c "
	  "69 63 79 c0 cd 27 10",
	  "topic=\"orders\" settings=[{name=\"retention.ms\" "
	  "value=\"600000\"}{name=\"cleanup.policy\" value=nil}] timeout_ms=10000" },
	{ GOLDEN_RESULT, "alter_topic", 1, "94 01 01 c0 90", "" },
	{ GOLDEN_REQUEST, "offsets", 1,
	  "94 00 01 a7 6f 66 66 73 65 74 73 93 a6 6f 72 64 65 72 73 cf 00 00 01 8b cf e5 68 7b cd "
	  "01 f4",
	  "topic=\"orders\" time_ms=1700000000123 timeout_ms=500" },
	{ GOLDEN_REQUEST, "offsets", 2, "94 00 02 a7 6f 66 66 73 65 74 73 91 a6 6f 72 64 65 72 73",
	  "topic=\"orders\"" },
	{ GOLDEN_RESULT, "offsets", 1, "94 01 01 c0 91 92 94 00 00 2a 29 94 01 07 07 c0",
	  "partitions=[{partition=0 low=0 high=42 at_time=41}{partition=1 low=7 high=7 "
	  "at_time=nil}]" },
	{ GOLDEN_REQUEST, "list_groups", 1,
	  "94 00 01 ab 6c 69 73 74 5f 67 72 6f 75 70 73 91 cd 01 f4", "timeout_ms=500" },
	{ GOLDEN_RESULT, "list_groups", 1,
	  "94 01 01 c0 91 92 93 a5 61 75 64 69 74 a5 45 6d 70 74 79 c3 93 a7 77 6f 72 6b 65 72 73 "
	  "a6 53 74 61 62 6c 65 c2",
	  "groups=[{group=\"audit\" state=\"Empty\" simple=true}{group=\"workers\" "
	  "state=\"Stable\" simple=false}]" },
	{ GOLDEN_REQUEST, "describe_group", 1,
	  "94 00 01 ae 64 65 73 63 72 69 62 65 5f 67 72 6f 75 70 92 a7 77 6f 72 6b 65 72 73 cd 01 "
	  "f4",
	  "group=\"workers\" timeout_ms=500" },
	{ GOLDEN_RESULT, "describe_group", 1,
	  "94 01 01 c0 95 93 a7 77 6f 72 6b 65 72 73 a6 53 74 61 62 6c 65 c2 03 a5 72 61 6e 67 65 "
	  "92 96 a7 63 6f 6d 6d 64 2d 31 a6 68 6f 73 74 2d 31 a5 63 6f 6d 6d 64 a9 2f 31 30 2e 30 "
	  "2e 30 2e 31 c3 92 92 a6 6f 72 64 65 72 73 00 92 a6 6f 72 64 65 72 73 01 96 a6 6a 61 76 "
	  "61 2d 32 c0 a7 62 69 6c 6c 69 6e 67 a9 2f 31 30 2e 30 2e 30 2e 32 c2 90 93 96 a6 6f 72 "
	  "64 65 72 73 00 29 2a 01 a7 63 6f 6d 6d 64 2d 31 96 a6 6f 72 64 65 72 73 01 c0 c0 c0 a7 "
	  "63 6f 6d 6d 64 2d 31 96 a7 72 65 66 75 6e 64 73 00 07 07 00 c0",
	  "group={group=\"workers\" state=\"Stable\" simple=false} coordinator=3 "
	  "assignor=\"range\" members=[{member=\"commd-1\" instance=\"host-1\" "
	  "client=\"commd\" host=\"/10.0.0.1\" here=true partitions=[{topic=\"orders\" "
	  "partition=0}{topic=\"orders\" partition=1}]}{member=\"java-2\" instance=nil "
	  "client=\"billing\" host=\"/10.0.0.2\" here=false partitions=[]}] "
	  "partitions=[{topic=\"orders\" partition=0 committed=41 end=42 lag=1 "
	  "member=\"commd-1\"}{topic=\"orders\" partition=1 committed=nil end=nil lag=nil "
	  "member=\"commd-1\"}{topic=\"refunds\" partition=0 committed=7 end=7 lag=0 "
	  "member=nil}]" },
	{ GOLDEN_RESULT, "describe_group", 2,
	  "94 01 02 c0 95 93 a5 61 75 64 69 74 a5 45 6d 70 74 79 c3 c0 a0 90 90",
	  "group={group=\"audit\" state=\"Empty\" simple=true} coordinator=nil assignor=\"\" "
	  "members=[] partitions=[]" },
	{ GOLDEN_REQUEST, "reset_group", 1,
	  "94 00 01 ab 72 65 73 65 74 5f 67 72 6f 75 70 96 a7 77 6f 72 6b 65 72 73 92 a6 6f 72 64 "
	  "65 72 73 93 a7 72 65 66 75 6e 64 73 02 4d a4 74 61 69 6c 0a c3 cd 27 10",
	  "group=\"workers\" topics=[{topic=\"orders\"}{topic=\"refunds\" partition=2 "
	  "offset=77}] start=\"tail\" at=10 dry_run=true timeout_ms=10000" },
	{ GOLDEN_REQUEST, "reset_group", 2,
	  "94 00 02 ab 72 65 73 65 74 5f 67 72 6f 75 70 93 a7 77 6f 72 6b 65 72 73 90 a8 65 61 72 "
	  "6c 69 65 73 74",
	  "group=\"workers\" start=\"earliest\"" },
	{ GOLDEN_RESULT, "reset_group", 1,
	  "94 01 01 c0 91 92 93 a6 6f 72 64 65 72 73 00 20 93 a7 72 65 66 75 6e 64 73 02 4d",
	  "positions=[{topic=\"orders\" partition=0 offset=32}{topic=\"refunds\" partition=2 "
	  "offset=77}]" },
	{ GOLDEN_REQUEST, "delete_group", 1,
	  "94 00 01 ac 64 65 6c 65 74 65 5f 67 72 6f 75 70 92 a7 77 6f 72 6b 65 72 73 cd 01 f4",
	  "group=\"workers\" timeout_ms=500" },
	{ GOLDEN_RESULT, "delete_group", 1, "94 01 01 c0 90", "" },
	{ GOLDEN_RESULT, "status", 1,
	  "94 01 01 c0 9d a5 63 6f 6d 6d 64 a5 30 2e 31 2e 30 a6 6e 6f 72 6d 61 6c a5 32 2e 30 2e "
	  "32 cd 10 92 cd 03 e8 90 90 91 9c 01 a7 62 69 6c 6c 69 6e 67 63 a7 64 65 66 61 75 6c 74 "
	  "a7 77 6f 72 6b 65 72 73 03 cd 03 e8 05 ce 00 01 11 70 01 c3 cd 05 dc 90 90 90 92 99 cf "
	  "00 00 01 "
	  "8b cf e5 68 7b cf 00 00 01 8b cf e5 69 c8 a5 72 65 73 65 74 a7 64 65 66 61 75 6c 74 a7 "
	  "77 6f 72 6b 65 72 73 a6 6f 72 64 65 72 73 00 b3 74 68 65 20 6f 66 66 73 65 74 20 77 61 "
	  "73 20 67 6f 6e 65 02 99 cf 00 00 01 8b cf e5 6b 15 cf 00 00 01 8b cf e5 6b 15 a7 72 65 "
	  "62 75 69 6c 74 a2 65 75 c0 c0 c0 ad 61 20 66 61 74 61 6c 20 65 72 72 6f 72 01",
	  "server=\"commd\" version=\"0.1.0\" mode=\"normal\" librdkafka=\"2.0.2\" pid=4242 "
	  "uptime_ms=1000 counters=[] profiles=[] subscriptions=[{subscription=1 "
	  "client=\"billing\" pid=99 profile=\"default\" group=\"workers\" partitions=3 "
	  "delivered=1000 unacknowledged=5 lag=70000 paused=1 stalled=true idle_ms=1500}] "
	  "events=[{first_ms=1700000000123 last_ms=1700000000456 event=\"reset\" "
	  "profile=\"default\" group=\"workers\" topic=\"orders\" partition=0 message=\"the "
	  "offset was gone\" times=2}{first_ms=1700000000789 last_ms=1700000000789 "
	  "event=\"rebuilt\" profile=\"eu\" group=nil topic=nil partition=nil message=\"a "
	  "fatal error\" times=1}]" },
	{ GOLDEN_ERROR, "", 1,
	  "94 01 01 95 1e b2 43 4f 4d 4d 5f 45 47 52 4f 55 50 5f 41 43 54 49 56 45 ab 74 77 6f 20 "
	  "6d 65 6d 62 65 72 73 c3 a5 67 72 6f 75 70 c0",
	  "code=30 name=\"COMM_EGROUP_ACTIVE\" message=\"two members\" retriable=true "
	  "detail=\"group\"" },
	{ GOLDEN_RESULT, "clients", 1,
	  "94 01 01 c0 92 92 dc 00 14 07 a7 62 69 6c 6c 69 6e 67 cd 10 92 cd 03 e8 64 a7 64 65 "
	  "66 61 75 6c 74 cf 00 00 01 8b cf e5 68 7b a7 6d 73 67 70 61 63 6b 03 ce 00 01 11 70 "
	  "00 01 ce 00 07 a1 20 cd 04 b0 29 00 ce 00 01 00 00 ce 07 5b cd 15 cd 10 00 bd 69 6e "
	  "66 6c 69 67 68 74 2d 62 79 74 65 73 2d 70 65 72 2d 63 6f 6e 6e 65 63 74 69 6f 6e dc "
	  "00 14 08 a9 61 6e 6f 6e 79 6d 6f 75 73 01 00 00 a2 65 75 cf 00 00 01 8b cf e5 69 c8 "
	  "a7 6d 73 67 70 61 63 6b 00 00 00 00 00 00 00 00 00 00 00 c0 02",
	  "clients=[{connection=7 client=\"billing\" pid=4242 uid=1000 gid=100 profile=\"default\" "
	  "connected_ms=1700000000123 protocol=\"msgpack\" requests=3 inflight_bytes=70000 "
	  "unread_bytes=0 subscriptions=1 sent=500000 sent_rate=1200 received=41 "
	  "received_rate=0 requests_total=65536 read_bytes=123456789 written_bytes=4096 "
	  "held=\"inflight-bytes-per-connection\"}{connection=8 client=\"anonymous\" pid=1 uid=0 "
	  "gid=0 profile=\"eu\" connected_ms=1700000000456 protocol=\"msgpack\" requests=0 "
	  "inflight_bytes=0 unread_bytes=0 subscriptions=0 sent=0 sent_rate=0 received=0 "
	  "received_rate=0 requests_total=0 read_bytes=0 written_bytes=0 held=nil}] left_out=2" },
	{ GOLDEN_RESULT, "brokers", 1,
	  "94 01 01 c0 92 92 dc 00 14 a7 64 65 66 61 75 6c 74 ac 6b 61 66 6b 61 2d 31 3a 39 30 "
	  "39 32 01 a2 55 50 cd ea 60 cd 03 84 cd 2e e0 28 cd 01 2c 07 00 00 02 ce 00 01 86 a0 "
	  "01 02 03 04 05 cd 09 c4 dc 00 14 a7 64 65 66 61 75 6c 74 ae 62 6f 6f 74 73 74 72 61 "
	  "70 3a 39 30 39 32 c0 ab 54 52 59 5f 43 4f 4e 4e 45 43 54 0a c0 c0 c0 c0 c0 c0 01 00 "
	  "00 00 00 00 07 07 cd 09 c4 00",
	  "brokers=[{profile=\"default\" broker=\"kafka-1:9092\" id=1 state=\"UP\" state_ms=60000 "
	  "rtt_us=900 rtt_p99_us=12000 queued_us=40 queued_p99_us=300 outbuf_us=7 throttle_ms=0"
	  " outbuf=0 in_flight=2 requests_total=100000 errors_total=1 retries_total=2 "
	  "timeouts_total=3 connects_total=4 lost_total=5 age_ms=2500}{profile=\"default\" "
	  "broker=\"bootstrap:9092\" id=nil state=\"TRY_CONNECT\" state_ms=10 rtt_us=nil "
	  "rtt_p99_us=nil queued_us=nil queued_p99_us=nil outbuf_us=nil throttle_ms=nil "
	  "outbuf=1 in_flight=0 requests_total=0 errors_total=0 retries_total=0 "
	  "timeouts_total=0 connects_total=7 lost_total=7 age_ms=2500}] left_out=0" },
	{ GOLDEN_RESULT, "consumers", 1,
	  "94 01 01 c0 92 92 99 a7 64 65 66 61 75 6c 74 a7 77 6f 72 6b 65 72 73 a7 72 65 61 64 "
	  "69 6e 67 02 04 ce 00 01 11 70 05 c0 92 93 a6 6f 72 64 65 72 73 03 ce 00 01 11 70 93 "
	  "a7 72 65 66 75 6e 64 73 01 c0 98 a2 65 75 c0 aa 72 65 62 75 69 6c 64 69 6e 67 01 00 "
	  "c0 00 a6 66 65 6e 63 65 64 03",
	  "consumers=[{profile=\"default\" group=\"workers\" state=\"reading\" subscriptions=2 "
	  "partitions=4 lag=70000 unacknowledged=5 error=nil topics=[{topic=\"orders\" "
	  "partitions=3 lag=70000}{topic=\"refunds\" partitions=1 lag=nil}]}{profile=\"eu\" "
	  "group=nil state=\"rebuilding\" subscriptions=1 partitions=0 lag=nil unacknowledged=0 "
	  "error=\"fenced\"}] left_out=3" },
	{ GOLDEN_REQUEST, "clients", 1, "94 00 01 a7 63 6c 69 65 6e 74 73 90", "" },
	{ GOLDEN_REQUEST, "brokers", 1, "94 00 01 a7 62 72 6f 6b 65 72 73 90", "" },
	{ GOLDEN_REQUEST, "consumers", 1, "94 00 01 a9 63 6f 6e 73 75 6d 65 72 73 90", "" },
	{ GOLDEN_REQUEST, "metrics", 1, "94 00 01 a7 6d 65 74 72 69 63 73 90", "" },
	{ GOLDEN_RESULT, "metrics", 1,
	  "94 01 01 c0 91 b3 63 6f 6d 6d 64 5f 63 6f 6e 6e 65 63 74 69 6f 6e 73 20 33",
	  "text=\"commd_connections 3\"" },
	{ GOLDEN_REQUEST, "help", 1, "94 00 01 a4 68 65 6c 70 91 a4 73 65 6e 64",
	  "method=\"send\"" },
	{ GOLDEN_REQUEST, "help", 2, "94 00 02 a4 68 65 6c 70 90", "" },
	{ GOLDEN_RESULT, "help", 1,
	  "94 01 01 c0 92 91 94 a4 65 63 68 6f a7 73 61 79 73 20 69 74 91 94 a4 74 65 78 74 a4 "
	  "74 65 78 74 a8 6f 70 74 69 6f 6e 61 6c ab 77 68 61 74 20 74 6f 20 73 61 79 90 91 93 "
	  "a4 77 6f 72 64 91 94 a4 77 6f 72 64 a5 62 79 74 65 73 a8 6e 75 6c 6c 61 62 6c 65 b5 "
	  "74 68 65 20 77 6f 72 64 3b 20 6e 69 6c 20 69 73 20 6e 6f 6e 65 c3",
	  "methods=[{name=\"echo\" meaning=\"says it\" params=[{name=\"text\" type=\"text\" "
	  "need=\"optional\" meaning=\"what to say\"}] result=[]}] parts=[{name=\"word\" "
	  "fields=[{name=\"word\" type=\"bytes\" need=\"nullable\" meaning=\"the word; nil is "
	  "none\"}] "
	  "bare=true}]" },
	{ GOLDEN_REQUEST, "trace", 1,
	  "94 00 01 a5 74 72 61 63 65 94 a6 6f 72 64 65 72 73 cd 13 88 0a 10",
	  "topic=\"orders\" timeout_ms=5000 max_sends=10 head_bytes=16" },
	{ GOLDEN_RESULT, "trace", 1,
	  "94 01 01 c0 93 92 9d cf 00 00 01 8b cf e5 68 7b a7 62 69 6c 6c 69 6e 67 cd 10 92 cd "
	  "03 e8 02 cd 01 2c c4 01 6b c4 02 00 76 28 cd 03 84 03 29 00 9f cf 00 00 01 8b cf e5 "
	  "69 c8 a7 62 69 6c 6c 69 6e 67 cd 10 92 cd 03 e8 01 00 c0 c0 c0 c0 c0 c0 01 94 0d aa "
	  "43 4f 4d 4d 5f 45 53 45 4e 44 a4 67 6f 6e 65 c2 c3 cd 13 88 a4 74 69 6d 65",
	  "sends=[{time_ms=1700000000123 client=\"billing\" pid=4242 uid=1000 records=2 bytes=300"
	  " key=\"k\" value=\"<00>v\" handed_us=40 done_us=900 partition=3 offset=41 "
	  "failed=0}{time_ms=1700000000456 client=\"billing\" pid=4242 uid=1000 records=1 bytes=0"
	  " key=nil value=nil handed_us=nil done_us=nil partition=nil offset=nil failed=1 "
	  "error={code=13 name=\"COMM_ESEND\" message=\"gone\" retriable=false} "
	  "maybe_persisted=true}] duration_ms=5000 ended=\"time\"" },
	{ GOLDEN_ERROR, "", 1,
	  "94 01 01 95 1f ab 43 4f 4d 4d 5f 45 51 55 4f 54 41 ae 74 68 72 65 65 20 6f 66 20 74 68 "
	  "72 "
	  "65 65 c3 ab 63 6f 6e 6e 65 63 74 69 6f 6e 73 c0",
	  "code=31 name=\"COMM_EQUOTA\" message=\"three of three\" retriable=true "
	  "detail=\"connections\"" },
	{ GOLDEN_RESULT, "reload", 1,
	  "94 01 01 c0 91 93 93 b2 6c 69 6d 69 74 73 2e 63 6f 6e 6e 65 63 74 69 6f 6e 73 ab 34 "
	  "30 39 36 20 2d 3e 20 31 30 30 c2 93 ae 73 6f 63 6b 65 74 2e 62 61 63 6b 6c 6f 67 aa "
	  "31 30 32 34 20 2d 3e 20 36 34 c3 93 ae 70 72 6f 66 69 6c 65 20 6f 72 64 65 72 73 b2 "
	  "63 68 61 6e 67 65 64 3a 20 6c 69 6e 67 65 72 2e 6d 73 c2",
	  "changes=[{what=\"limits.connections\" how=\"4096 -> 100\" needs_restart=false}{w"
	  "hat=\"socket.backlog\" how=\"1024 -> 64\" needs_restart=true}{what=\"profile ord"
	  "ers\" how=\"changed: linger.ms\" needs_restart=false}]" },
	{ GOLDEN_REQUEST, "reload", 1, "94 00 01 a6 72 65 6c 6f 61 64 90", "" },
	{ GOLDEN_RESULT, "status", 1,
	  "94 01 01 c0 99 a5 63 6f 6d 6d 64 a5 30 2e 31 2e 30 a6 6e 6f 72 6d 61 6c a5 32 2e 30 2e "
	  "32 cd 12 67 cd ea 60 90 91 9b a2 65 75 a2 75 70 c0 00 00 00 00 00 00 00 b4 62 72 6f 6b "
	  "65 72 73 20 6f 66 20 74 68 69 73 20 68 6f 73 74 90",
	  "server=\"commd\" version=\"0.1.0\" mode=\"normal\" librdkafka=\"2.0.2\" pid=4711 "
	  "uptime_ms=60000 counters=[] profiles=[{name=\"eu\" state=\"up\" error=nil accepted=0 "
	  "persisted=0 failed=0 in_flight=0 in_flight_bytes=0 delivered=0 consumers=0 "
	  "description=\"brokers of this host\"}] subscriptions=[]" },
	{ GOLDEN_RESULT, "hello", 1,
	  "94 01 01 c0 95 a5 63 6f 6d 6d 64 a5 30 2e 31 2e 30 01 94 01 02 03 04 c3",
	  "server=\"commd\" version=\"0.1.0\" protocol=1 limits={message_bytes=1 records=2 "
	  "requests=3 inflight_bytes=4} shares=true" },
	{ GOLDEN_REQUEST, "receive", 1,
	  "94 00 01 a7 72 65 63 65 69 76 65 97 01 c0 c0 c0 c0 c0 cd 10 00",
	  "subscription=1 share=4096" },
	{ GOLDEN_RESULT, "receive", 1,
	  "94 01 01 c0 94 91 92 a1 74 91 95 00 07 c0 c0 c0 c0 90 92 cd 10 00 92 cd 03 e8 ff",
	  "topics=[{topic=\"t\" records=[{partition=0 offset=7 timestamp_ms=nil key=nil "
	  "value=nil}]}] "
	  "shared={inode=4096 lengths=[{bytes=1000}{bytes=-1}]}" },
};
