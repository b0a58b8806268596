#include "tests/faults/payload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

static uint64_t mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 33;
}

static uint64_t seed_of(uint32_t client, uint32_t number)
{
	return mix((uint64_t)client << 32 | number);
}

size_t payload_size(uint32_t client, uint32_t number, size_t min, size_t max)
{
	return min + seed_of(client, number) % (max - min + 1);
}

uint32_t payload_fill(char *ret, size_t size, uint32_t client, uint32_t number)
{
	uint64_t random = seed_of(client, number);
	char head[PAYLOAD_MIN + 1];

	(void)snprintf(head, sizeof head, "%08x %08x ", client, number);
	memcpy(ret, head, PAYLOAD_MIN);
	for (size_t i = PAYLOAD_MIN; i < size; i += sizeof random) {
		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		memcpy(ret + i, &random, size - i < sizeof random ? size - i : sizeof random);
	}
	return payload_crc(ret, size);
}

uint32_t payload_crc(const void *value, size_t size)
{
	return (uint32_t)crc32_z(0, value, size);
}

bool payload_parse(const void *value, size_t size, uint32_t *ret_client, uint32_t *ret_number)
{
	char head[PAYLOAD_MIN + 1], *end;

	if (size < PAYLOAD_MIN)
		return false;
	memcpy(head, value, PAYLOAD_MIN);
	head[PAYLOAD_MIN] = '\0';
	*ret_client = (uint32_t)strtoul(head, &end, 16);
	if (end != head + 8 || *end != ' ')
		return false;
	*ret_number = (uint32_t)strtoul(head + 9, &end, 16);
	return end == head + 17 && *end == ' ';
}
