#pragma once

/*
 * Offset: where to begin reading and where to stop, in kcat's words.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/commclient.h"

struct offset {
	enum comm_start start;
	int64_t at;     /* as in comm_subscribe_options */
	bool is_stored; /* "stored" was asked for: only a group has such a place */
	bool has_stop;
	int64_t stop_ms; /* leave out what is as new as this, milliseconds since 1970 */
};

/*
 * Take @text, one of
 *
 *   beginning, earliest · end, latest · stored
 *   N an offset · -N so many before the end
 *   s@MS begin, e@MS stop at this time, milliseconds since 1970
 *   @2026-01-31T08:00[:00[.000]][Z|+02:00] begin at this time (without a zone: local), or @2026-01-31
 *
 * into @o, which begins as all zero; begin and stop may come one after the other.
 *
 * Returns 0 or -EINVAL.
 */
int offset_parse(const char *text, struct offset *o);
