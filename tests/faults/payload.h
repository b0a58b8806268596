#pragma once

/*
 * Payload: the values of the records of the fault tests, which say whose they are, and whose other
 * bytes follow from that.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The shortest value: who has sent it, and the number. */
#define PAYLOAD_MIN 18

/* Bytes from @min to @max, the same for each record every time. */
size_t payload_size(uint32_t client, uint32_t number, size_t min, size_t max);

/* Fill @ret with the @size bytes of a record. Returns their checksum. */
uint32_t payload_fill(char *ret, size_t size, uint32_t client, uint32_t number);

/* Returns the checksum of a value that was read. */
uint32_t payload_crc(const void *value, size_t size);

/* Whose @value is. Returns false if it does not say. */
bool payload_parse(const void *value, size_t size, uint32_t *ret_client, uint32_t *ret_number);
