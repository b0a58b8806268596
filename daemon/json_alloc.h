#pragma once

/*
 * Json alloc: what jansson allocates.
 */

/*
 * Before any JSON is read: from here on an allocation of jansson's that fails ends the process, as one of librdkafka's
 * does. Its parser overlooks that a string could not grow, and writes beyond it.
 */
void json_alloc_init(void);
