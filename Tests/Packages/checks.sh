# shellcheck shell=sh disable=SC2034 # what is set here is used where this is sourced
# What the tests of packages share. They source this file, make roots with fresh_root, and report each
# thing that has to hold by `check`; `finish` ends them.
#
# Everything is cleaned up on exit, however the test ends.

packages=$(cd "$(dirname "$0")" && pwd -P)
project=$(cd "$packages/../.." && pwd -P)
suites=${SUITES:-bookworm trixie sid}
work=$(mktemp -d)
passed=0
failed=0
skipped=0
group=
root_name= # of the root that there is
server=    # the process that serves files to it
export ROOT_OWNER=$$

clean_up() {
  clean_up_more
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
  if [ -n "$root_name" ]; then "$packages/root" drop "$root_name" || true; fi
  rm -rf --one-file-system "$work"
}
# What a test has to clean up besides.
clean_up_more() { :; }

trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# group TEXT: what the checks that follow are about; the beginning of their names.
group() {
  group=$1
  echo "--- $group"
}

# check NAME COMMAND...: runs the command, or function, in a subshell that ends at its first failure.
# One line says how it went, with the words of tell; after a failure follows what the command printed.
check() {
  check_name=$1
  shift
  check_begin=$(date +%s)
  : >"$work/told"
  set +e
  (
    set -e
    "$@"
  ) >"$work/evidence" 2>&1 </dev/null
  code=$?
  set -e
  took=$(($(date +%s) - check_begin))
  if [ "$code" = 0 ]; then
    passed=$((passed + 1))
    echo "PASS $group: $check_name ($took s)$(sed 's/^/: /' "$work/told")"
  else
    failed=$((failed + 1))
    echo "FAIL $group: $check_name ($took s, status $code: $*)"
    tail -n 30 "$work/evidence" | sed 's/^/     | /'
  fi
}

# tell TEXT: what a check shows though it passes.
tell() { printf '%s\n' "$1" | head -n 1 >"$work/told"; }

# skip TEXT: instead of a check that cannot be made here, and why.
skip() {
  skipped=$((skipped + 1))
  echo "SKIP $group: $1"
}

# finish: says how many checks passed and failed, and exits accordingly.
finish() {
  echo "--- $(basename "$0"): $passed passed, $failed failed, $skipped skipped"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
  exit
}

# fail TEXT...: ends the check that runs, with this reason.
fail() {
  echo "$*"
  exit 1
}

# fresh_root SUITE: a minimal Debian of its own; afterwards $root is its folder and in_root enters it.
fresh_root() {
  if [ -n "$root_name" ]; then "$packages/root" drop "$root_name"; fi
  root_name=$1-$$
  root=$("$packages/root" new "$1" "$root_name")
}

in_root() {
  "$packages/root" enter "$root_name" "$@"
}

apt_get() {
  in_root apt-get "$@"
}

# refuses TEXT COMMAND...: the command fails, and says so with this text.
refuses() {
  wanted=$1
  shift
  if "$@" >"$work/refusal" 2>&1; then
    cat "$work/refusal"
    fail "It did not fail: $*"
  fi
  has "$wanted" "$work/refusal"
}

# has TEXT FILE: the file contains the text, else it is shown.
has() {
  grep -qF -e "$1" "$2" || {
    echo "Not found: $1"
    echo "in:"
    cat "$2"
    return 1
  }
}

# list_files FILE: the paths of all files of the root, sorted, without what package management keeps
# for itself.
list_files() {
  find "$root" -xdev \
    \( -path "$root/var/lib/apt" -o -path "$root/var/cache/apt" -o -path "$root/var/lib/dpkg" \
    -o -path "$root/var/log" -o -path "$root/var/cache/debconf" -o -path "$root/var/cache/man" \
    -o -path "$root/tmp" \) -prune -o -printf '%P\n' | LC_ALL=C sort >"$1"
}

# unchanged BEFORE: the root has the same files as that list of list_files.
unchanged() {
  list_files "$work/after"
  diff "$1" "$work/after"
}

# serve FOLDER: serves its files at http://127.0.0.1:$port until the test ends.
serve() {
  python3 -u -m http.server --bind 127.0.0.1 --directory "$1" 0 >"$work/server" 2>"$work/requests" &
  server=$!
  port=
  while [ -z "$port" ]; do
    kill -0 "$server" || fail "The web server ended: $(cat "$work/requests")"
    port=$(sed -n 's/^Serving HTTP on .* port \([0-9]*\) .*/\1/p' "$work/server")
    sleep 0.1
  done
}

# --- what every way of installing has to bring

compiles_and_runs() {
  answer=$(in_root "${1:-bpftrace}" -e 'BEGIN { printf("%d\n", 6 * 7); exit(); }')
  echo "$answer"
  [ "$(echo "$answer" | grep -x 42)" = 42 ]
}

# shows_opens COMMAND...: opensnoop, run by the command for three seconds, shows a file that cat opens.
shows_opens() {
  marker=/root/opened-by-the-test-$$
  echo text >"$root$marker"
  in_root "$@" >"$work/opens" 2>"$work/opens.errors" &
  tracer=$!
  while kill -0 "$tracer" 2>/dev/null; do
    in_root cat "$marker" >/dev/null
    sleep 0.1
  done
  code=0
  wait "$tracer" || code=$?
  rm "$root$marker"
  cat "$work/opens.errors"
  [ "$code" = 0 ] || fail "status $code"
  grep -E "[[:space:]]cat[[:space:]].*$marker\$" "$work/opens" | head -n 1 | grep . ||
    fail "The file is not among $(wc -l <"$work/opens") lines: $(head -n 5 "$work/opens")"
}

# tool_runs NAME [OPTION...]: the tool starts, attaches and ends by itself, in silence on stderr but for
# the number of its probes.
tool_runs() {
  # Some tools need what not every kernel has.
  in_root bt-tool check "$1" >"$work/tool" 2>&1 || {
    cat "$work/tool"
    return 0
  }
  in_root timeout 30 bt-tool "$@" --dry-run >"$work/tool" 2>"$work/tool.errors" || {
    code=$?
    cat "$work/tool" "$work/tool.errors"
    return "$code"
  }
  head -n 3 "$work/tool"
}

# libraries_found COMMAND...: the dynamic linker finds all that the commands of the root need.
libraries_found() {
  for command; do
    in_root ldd "$(in_root sh -c "command -v $command")" >"$work/libraries"
    cat "$work/libraries"
    if grep -q 'not found' "$work/libraries"; then return 1; fi
  done
}

# says_version COMMAND: the command tells the version of these sources.
says_version() {
  in_root "$1" --version | tee "$work/version"
  has "v$("$project/scripts/version")" "$work/version"
}
