#!/bin/bash
# What bash and zsh complete: verbs, options, and the names that commd knows.
# shellcheck source=tests/lib/tap.sh
. "${COMMD_SOURCE_ROOT:?}/tests/lib/tap.sh"

plan 36

mkdir "$tmp/bin"
ln -s "$COMMCTL" "$tmp/bin/commctl"
ln -s "$COMMD" "$tmp/bin/commd"
export PATH=$tmp/bin:$PATH
unset -f commctl # the one in PATH, as in a user's shell

start_commd
commctl create-topic orders >/dev/null
commctl create-topic order-lines >/dev/null
commctl create-topic payments >/dev/null

# words WORD...: what the last one can become, in one line.
words()
{
	commctl completion words -- "$@" 2>&1 | cut -f1 | xargs
}

# patient COMMAND...: what it prints, asked again until that is something: nobody waits for commd for long.
patient()
{
	local deadline=$((SECONDS + daemon_limit_s)) out
	until out=$("$@") && [ -n "$out" ]; do
		[ $SECONDS -lt $deadline ] || break
	done
	printf '%s\n' "$out"
}

# ---- what commctl says ----

all=$(commctl --help | sed -nE '/^Options/q; s/^  ([a-z][a-z-]+) .*/\1/p' | xargs)
is "every verb" "$(words '')" "$all"
is "verbs by their beginning" "$(words del)" "delete-topic delete-group"
is "options of all verbs, before the verb" "$(words --p)" "--profile"
is "an option's value before it is none of the verb" "$(words --timeout 3 pi)" "ping"
like "options of a verb, and of all" "$(words receive --)" \
	"^--group --framed --json --ack --socket --profile --timeout --version --help$"
is "topics" "$(patient words receive ord | xargs -n1 | sort | xargs)" "order-lines orders"
is "more of them, behind options" "$(patient words receive -e -c 3 -J pay)" "payments"
is "no second one where there is one" "$(words topics orders '')" ""
is "topics as an option's value" "$(patient words reset billing -t pay)" "payments"
is "files" "$(words send orders '')" files
is "and as an option's value" "$(words --socket '')" files
is "words for an option's value" "$(words send orders --ack '')" "broker queued"
is "and behind =" "$(words send orders --ack=q)" "--ack=queued"
is "a value that is optional comes behind =" "$(words lag billing --watch '')" ""
is "letters together" "$(words receive -eo b)" "beginning"
is "profiles" "$(patient words --profile '')" "default"
is "after -- there are no options" "$(words receive -- -)" ""
is "methods" "$(patient words call list_)" "list_topics list_groups"
is "shells" "$(words completion '')" "bash zsh words"
is "nothing for a verb that there is not" "$(words frobnicate '')" ""
is "what each option means" "$(commctl completion words -- receive -p)" \
	$'-p\tonly this partition'

# Every value that is offered is one that the verb takes.
for level in $(words send orders --ack ''); do
	ok "send takes --ack $level" sh -c "echo x | commctl send orders --ack $level"
done
for mode in $(words receive --ack ''); do
	ok "receive takes --ack $mode" commctl receive orders -o beginning -e --ack "$mode"
done

# Nobody waits, and nothing is said, when there is no daemon.
is "no daemon, no names, no noise" "$(COMMD_SOCKET=/nowhere/sock words receive '')" ""

# ---- bash ----

# tab SCRIPT WORD...: what bash has for the last one, in one line. Outside of a line that is being typed
# compopt only says what would happen.
tab()
{
	local script=$1
	shift
	bash -c '
		[ ! -e "$HELPER" ] || . "$HELPER"
		. "$1"
		compopt() { COMPREPLY=("compopt $*"); }
		shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*"
		COMP_LINE=${COMP_LINE// = /=}
		COMP_POINT=${#COMP_LINE}
		function=$(complete -p "$1")
		function=${function#*-F }
		"${function%% *}" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"' bash "$script" "$@" 2>&1 | xargs
}

export HELPER=/usr/share/bash-completion/bash_completion
commctl completion bash >"$tmp/commctl.bash"
is "bash: verbs" "$(tab "$tmp/commctl.bash" commctl rec)" "receive"
is "bash: topics" "$(patient tab "$tmp/commctl.bash" commctl tail pa)" "payments"
is "bash: files" "$(tab "$tmp/commctl.bash" commctl send orders '')" "compopt -o default"
if [ -e "$HELPER" ]; then
	is "bash: behind =, where it takes words apart" \
		"$(tab "$tmp/commctl.bash" commctl send orders --ack = q)" "queued"
else
	echo "ok $((n_run += 1)) - bash: behind = # SKIP bash-completion is not installed"
fi
is "bash: options of commd" \
	"$(tab "$COMMD_SOURCE_ROOT/daemon/completion/commd.bash" commd --c)" "--config --check-config"
is "bash: files for commd" \
	"$(tab "$COMMD_SOURCE_ROOT/daemon/completion/commd.bash" commd -c '')" "compopt -o default"

# ---- zsh ----

# As zsh calls it, with what it would do with the answer in place of its own.
zsh_tab()
{
	zsh -fc '
		script=$1
		shift
		compdef() { :; }
		compset() { :; }
		_files() { echo files; }
		_describe() { print -l -- "${(@P)2}"; }
		. $script
		words=("$@")
		CURRENT=$#words
		PREFIX=$words[CURRENT]
		_commctl' zsh "$tmp/_commctl" "$@" 2>&1 | xargs
}

commctl completion zsh >"$tmp/_commctl"
if command -v zsh >/dev/null; then
	ok "zsh: it is zsh" zsh -n "$tmp/_commctl" "$COMMD_SOURCE_ROOT/daemon/completion/_commd"
	is "zsh: verbs and what they do" "$(zsh_tab commctl rec)" "receive:Print records as they come"
	is "zsh: topics" "$(patient zsh_tab commctl tail pa)" "payments"
	is "zsh: files" "$(zsh_tab commctl send orders '')" "files"
else
	for what in "it is zsh" verbs topics files; do
		echo "ok $((n_run += 1)) - zsh: $what # SKIP zsh is not installed"
	done
fi
