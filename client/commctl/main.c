/*
 * commctl: commd's command line.
 */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/commctl/ctl.h"
#include "client/commctl/options.h"
#include "client/commctl/verb.h"
#include "proto/suggest.h"

/*
 * A descriptor that the parent closed would be given to the next thing opened: our socket, then
 * read as input. Opened the wrong way round, its use is an error as it should be.
 */
static void fill_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static int no_such_verb(struct options *o, const char *name)
{
	char list[1024] = "";
	struct suggest s;

	for (size_t i = 0; verbs[i]; i++) {
		size_t n = strlen(list);

		(void)snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "", verbs[i]->name);
	}
	suggest_init(&s, name ? name : "");
	for (size_t i = 0; verbs[i]; i++)
		suggest_offer(&s, verbs[i]->name);
	if (s.best)
		options_wrong(o, "there is no verb '%s'; did you mean %s?", name, s.best);
	else if (name)
		options_wrong(o, "there is no verb '%s' among %s", name, list);
	else
		options_wrong(o, "a verb is missing, one of %s", list);
	return o->exit_code;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	const struct verb *v;
	struct options o;

	options_init(&o, ctl, NULL, argc, argv, "", NULL);
	if (options_next(&o) != OPTIONS_END)
		return o.exit_code;
	v = optind < argc ? verb_find(argv[optind]) : NULL;
	if (!v)
		return no_such_verb(&o, optind < argc ? argv[optind] : NULL);
	return v->run(ctl, argc - optind, argv + optind);
}

int main(int argc, char **argv)
{
	struct ctl ctl;

	fill_standard_descriptors();
	/* Nobody reading any more is an error like others: what was read is still acknowledged. */
	(void)signal(SIGPIPE, SIG_IGN);
	ctl_init(&ctl);
	return ctl_finish(&ctl, run(&ctl, argc, argv));
}
