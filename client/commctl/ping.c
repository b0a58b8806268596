#include <inttypes.h>
#include <time.h>

#include "client/commctl/ctl.h"
#include "client/commctl/json.h"
#include "client/commctl/options.h"
#include "client/commctl/verb.h"

static void pause_ms(int ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	(void)nanosleep(&t, NULL);
}

static void print(struct ctl *ctl, int64_t number, int64_t took_us, int64_t time_ms)
{
	const char *version = comm_server_version(ctl->c);

	if (ctl->json)
		json_print(json_pack("{s:I, s:I, s:I, s:o}", "ping", (json_int_t)number, "us",
				     (json_int_t)took_us, "time_ms", (json_int_t)time_ms, "version",
				     json_text(version)),
			   &ctl->out);
	else if (ctl->human)
		out_printf(&ctl->out, "commd %s answered in %.3f ms\n", version,
			   (double)took_us / 1000);
	else
		out_printf(&ctl->out, "%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%s\n", number,
			   took_us, time_ms, version);
	/* Each line when it happens; an error shows at the end. */
	(void)out_flush(&ctl->out);
}

static int ping(struct ctl *ctl, int64_t n_pings, int interval_ms)
{
	for (int64_t i = 1; i <= n_pings; i++) {
		int64_t begin_us = ctl_now_us(), time_ms;
		int error = comm_ping(ctl->c, &time_ms);

		if (error)
			return ctl_fail(ctl, error);
		print(ctl, i, ctl_now_us() - begin_us, time_ms);
		if (ctl->out.error)
			return CTL_FAILED;
		if (i < n_pings)
			pause_ms(interval_ms);
	}
	return CTL_OK;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	int64_t n_pings = 1;
	int interval_ms = 1000, opt, code;
	struct options o;

	options_init(&o, ctl, &verb_ping, argc, argv, "c:i:", NULL);
	while ((opt = options_next(&o)) > 0) {
		bool ok = opt == 'c' ? options_number(&o, "-c", optarg, 1, INT64_MAX, &n_pings)
				     : options_seconds(&o, "-i", optarg, &interval_ms);

		if (!ok)
			return o.exit_code;
	}
	if (opt == OPTIONS_STOP)
		return o.exit_code;
	if (!options_at_most(&o, 0))
		return o.exit_code;
	code = ctl_connect(ctl, COMM_ACK_BROKER);
	return code ? code : ping(ctl, n_pings, interval_ms);
}

const struct verb verb_ping = {
	.name = "ping",
	.arguments = "[-c N] [-i SEC]",
	.summary = "Ask commd for a sign of life.",
	.help = "  -c N     so many times (default: 1)\n"
		"  -i SEC   wait so long between two (default: 1)\n"
		"\n"
		"Separated by tabs: number, microseconds it took, commd's clock in milliseconds "
		"since\n"
		"1970, version of commd. With --json: ping, us, time_ms, version.\n"
		"\n",
	.examples = "  commctl ping\n"
		    "  commctl ping -c 10 -i 0.1\n"
		    "  commctl --socket ./commd.sock ping --timeout 2\n",
	.run = run,
};
