# Sourced by tests/try, tests/check, tests/package and others: installs the Debian packages that are missing.
#
# Nothing missing means no network and no root. The output of apt is shown only when it fails.
# shellcheck shell=bash
# shellcheck disable=SC2034  # the lists are for the scripts that source this

NEED_BUILD='gcc libc6-dev meson ninja-build pkg-config libuv1-dev librdkafka-dev libmsgpack-dev
	libinih-dev libjansson-dev libssl-dev uthash-dev libsystemd-dev libgoogle-perftools-dev'
NEED_PACKAGE='dpkg-dev build-essential debhelper scdoc systemd python3'
NEED_TEST="check zlib1g-dev valgrind clang libclang-rt-14-dev clang-format kcat socat xxd jq openssl procps
	python3-pynvim mandoc zsh bash-completion man-db systemd-container lintian cppcheck $NEED_PACKAGE"
NEED_ANALYZE='clang-tidy gcovr'
NEED_LIBRDKAFKA='g++ make libsasl2-dev libssl-dev zlib1g-dev'

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# need PACKAGE...: have them all installed, or end the script with a sentence.
need()
{
	local missing=() name log
	command -v dpkg-query >/dev/null || {
		echo "This is not Debian: taking it that these are installed: $*" >&2
		return
	}
	for name; do
		dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed ||
			missing+=("$name")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	need_root
	log=$(mktemp)
	echo "Installing ${missing[*]}" >&2
	if ! { need_update "$log" && need_apt install "${missing[@]}" >>"$log" 2>&1; }; then
		cat "$log" >&2
		rm -f "$log"
		die "apt-get could not install: ${missing[*]}"
	fi
	rm -f "$log"
}

# Prints the packages for Java and Maven: none if a Java that is new enough and a Maven are there.
need_java()
{
	local version
	version=$(java -version 2>&1 | sed -nE 's/.*version "([0-9]+).*/\1/p') || true
	if [ "${version:-0}" -lt 17 ] || ! command -v mvn >/dev/null; then
		echo openjdk-17-jre-headless maven
	fi
}

# Prints the package for npm: none if there is one, from wherever it is.
need_npm()
{
	command -v npm >/dev/null || echo npm
}

need_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		as_root=()
	elif command -v sudo >/dev/null; then
		as_root=(sudo)
	else
		die "packages are missing and this is neither root nor is there sudo;" \
			"as root: apt-get install ${missing[*]}"
	fi
}

# need_update LOG: while another has the lists, wait: DPkg::Lock::Timeout is of the packages alone.
need_update()
{
	local deadline=$((SECONDS + 300))
	until need_apt update >"$1" 2>&1; do
		grep -q /lists/lock "$1" && [ $SECONDS -lt $deadline ] || return 1
		sleep 1
	done
}

need_apt()
{
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
		apt-get -q --yes --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" </dev/null
}
