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
	  "94 00 cd 01 2c a4 73 65 6e 64 94 a6 6f 72 64 65 72 73 96 c4 03 6f 6e 65 95 c4 03 74 "
	  "77 6f c4 01 6b 92 92 a5 74 72 61 63 65 c4 02 00 ff 92 a3 6e 69 6c c0 03 cf 00 00 01 "
	  "8b cf e5 68 7b c0 c4 00 92 c0 c4 01 6b 94 c4 01 76 c0 90 00 a6 71 75 65 75 65 64 cd "
	  "13 88",
	  "topic=\"orders\" records=[{value=\"one\"}{value=\"two\" key=\"k\" "
	  "headers=[{name=\"trace\" value=\"<00><ff>\"}{name=\"nil\" value=nil}] partition=3 "
	  "timestamp_ms=1700000000123}{value=nil}{value=\"\"}{value=nil key=\"k\"}{value=\"v\" "
	  "partition=0}] ack=\"queued\" timeout_ms=5000" },
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
	  "94 00 01 a9 73 75 62 73 63 72 69 62 65 95 a7 77 6f 72 6b 65 72 73 92 a6 6f 72 64 65 "
	  "72 73 92 a7 72 65 66 75 6e 64 73 02 a6 6c 61 74 65 73 74 c0 a6 6d 61 6e 75 61 6c",
	  "group=\"workers\" topics=[{topic=\"orders\"}{topic=\"refunds\" partition=2}] "
	  "start=\"latest\" ack=\"manual\"" },
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
};
