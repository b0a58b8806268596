#include "client/commctl/offset.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A number without sign that is all of @text. */
static bool read_number(const char *text, int64_t *ret)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*ret = strtoll(text, &end, 10);
	return !*end && !errno;
}

/* Exactly @n digits, after which @p goes on. */
static bool take_digits(const char **p, int n, int *ret)
{
	*ret = 0;
	for (; n > 0; n--, (*p)++) {
		if (!isdigit((unsigned char)**p))
			return false;
		*ret = *ret * 10 + **p - '0';
	}
	return true;
}

static bool take(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

/* .5 or .123: what is finer than a millisecond is passed over. */
static bool take_fraction(const char **p, int *ret_ms)
{
	int scale = 100;

	if (!isdigit((unsigned char)**p))
		return false;
	for (; isdigit((unsigned char)**p); (*p)++, scale /= 10)
		*ret_ms += (**p - '0') * scale;
	return true;
}

static bool take_clock(const char **p, struct tm *t, int *ret_ms)
{
	if (!take_digits(p, 2, &t->tm_hour) || !take(p, ':') || !take_digits(p, 2, &t->tm_min))
		return false;
	if (take(p, ':')) {
		if (!take_digits(p, 2, &t->tm_sec))
			return false;
		if (take(p, '.') && !take_fraction(p, ret_ms))
			return false;
	}
	return t->tm_hour < 24 && t->tm_min < 60 && t->tm_sec <= 60;
}

/* Z, +02:00 or +0200: seconds to take away to have UTC. */
static bool take_zone(const char **p, int *ret_seconds)
{
	int sign = **p == '-' ? -1 : 1;
	int hours, minutes;

	*ret_seconds = 0;
	if (take(p, 'Z') || take(p, 'z'))
		return true;
	if (!take(p, '+') && !take(p, '-'))
		return false;
	if (!take_digits(p, 2, &hours))
		return false;
	(void)take(p, ':');
	if (!take_digits(p, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret_seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

static bool read_date(const char *text, int64_t *ret_ms)
{
	struct tm t = { .tm_isdst = -1 };
	const char *p = text;
	int ms = 0, zone = 0, month;
	bool has_zone = false;
	time_t seconds;

	if (!take_digits(&p, 4, &t.tm_year) || !take(&p, '-') || !take_digits(&p, 2, &t.tm_mon) ||
	    !take(&p, '-') || !take_digits(&p, 2, &t.tm_mday))
		return false;
	if ((take(&p, 'T') || take(&p, ' ')) && !take_clock(&p, &t, &ms))
		return false;
	if (*p) {
		has_zone = take_zone(&p, &zone);
		if (!has_zone || *p)
			return false;
	}
	t.tm_year -= 1900;
	t.tm_mon--;
	month = t.tm_mon;
	seconds = has_zone ? timegm(&t) : mktime(&t);
	/* The C library makes 2 March out of 30 February. */
	if (t.tm_mon != month)
		return false;
	*ret_ms = ((int64_t)seconds - zone) * 1000 + ms;
	return *ret_ms >= 0;
}

/* Whether @text is a begin; sets @o to it. */
static bool read_start(const char *text, struct offset *o)
{
	if (!strcmp(text, "beginning") || !strcmp(text, "earliest")) {
		o->start = COMM_START_EARLIEST;
		return true;
	}
	if (!strcmp(text, "end") || !strcmp(text, "latest")) {
		o->start = COMM_START_LATEST;
		return true;
	}
	if (!strcmp(text, "stored")) {
		o->is_stored = true;
		o->start = COMM_START_DEFAULT;
		return true;
	}
	if (*text == '-') {
		o->start = COMM_START_TAIL;
		return read_number(text + 1, &o->at);
	}
	if (*text == '@') {
		o->start = COMM_START_TIME;
		return read_date(text + 1, &o->at);
	}
	if (!strncmp(text, "s@", 2)) {
		o->start = COMM_START_TIME;
		return read_number(text + 2, &o->at);
	}
	o->start = COMM_START_OFFSET;
	return read_number(text, &o->at);
}

int offset_parse(const char *text, struct offset *o)
{
	struct offset new = *o;

	if (!strncmp(text, "e@", 2)) {
		if (!read_number(text + 2, &new.stop_ms))
			return -EINVAL;
		new.has_stop = true;
	} else {
		new.is_stored = false;
		new.at = 0;
		if (!read_start(text, &new))
			return -EINVAL;
	}
	*o = new;
	return 0;
}
