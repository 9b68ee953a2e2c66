# Shared by ./quickstart and ./test: install what is missing, configure, build. POSIX sh; sourced from the project root.
# shellcheck shell=sh disable=SC2034
# Everything that these functions and the tools they start have to say goes to stderr.

say() {
  printf '%s\n' "acrbiter: $*" >&2
}

fail() {
  say "$*"
  exit 2
}

# One line per thing needed: Debian's package, Homebrew's formula ("-" where macOS or another formula has it).
BUILD_PACKAGES='
g++ -
cmake cmake
ninja-build ninja
libboost-dev boost
nlohmann-json3-dev nlohmann-json
libfmt-dev fmt
libcli11-dev cli11
libyaml-cpp-dev yaml-cpp
libssl-dev openssl@3
zlib1g-dev -
'
TEST_PACKAGES='
libgtest-dev googletest
libgmock-dev -
libvalijson-dev valijson
libxml2-utils libxml2
'

# column N LIST: the Nth word of every line of LIST, without "-"
column() {
  printf '%s\n' "$2" | awk -v n="$1" 'NF && $n != "-" { print $n }'
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1; then
    sudo "$@"
  else
    fail "neither root nor sudo; run as root: $*"
  fi
}

# debian_missing PACKAGE...: those not installed
debian_missing() {
  for package in "$@"; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
      installed) ;;
      *) printf '%s\n' "$package" ;;
    esac
  done
}

# install_missing LIST: a list as above
install_missing() {
  if command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; then
    # shellcheck disable=SC2046
    missing=$(debian_missing $(column 1 "$1"))
    [ -n "$missing" ] || return 0
    missing=$(printf '%s' "$missing" | tr '\n' ' ')
    say "installing with apt-get: $missing"
    [ "$(id -u)" -eq 0 ] || say "apt-get needs root, so sudo may ask for your password"
    as_root apt-get -o DPkg::Lock::Timeout=300 update -q >&2 || say "apt-get update failed; trying what is known"
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -q -y \
      --no-install-recommends $missing >&2 || fail "apt-get could not install: $missing"
  elif command -v brew >/dev/null 2>&1; then
    missing=
    for formula in $(column 2 "$1"); do
      brew list --versions "$formula" >/dev/null 2>&1 || missing="$missing $formula"
    done
    [ -n "$missing" ] || return 0
    say "installing with brew:$missing"
    # shellcheck disable=SC2086
    brew install $missing >&2 || fail "brew could not install:$missing"
  else
    say "no apt-get and no brew here; these must be installed (Debian's names):"
    # shellcheck disable=SC2046
    say "  $(printf '%s ' $(column 1 "$1"))"
    command -v cmake >/dev/null 2>&1 || fail "cmake is not installed"
  fi
}

# processors: how many jobs to run at once
processors() {
  getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2
}

# configure FOLDER [CMAKE-OPTION...]: settings made earlier in that folder stay unless an option here names them
configure() {
  folder=$1
  shift
  if [ ! -e "$folder/CMakeCache.txt" ]; then
    command -v ninja >/dev/null 2>&1 && set -- -G Ninja "$@"
    command -v ccache >/dev/null 2>&1 && set -- -DCMAKE_CXX_COMPILER_LAUNCHER=ccache "$@"
  fi
  say "configuring $folder"
  cmake -S . -B "$folder" "$@" >&2 || fail "configuring $folder failed"
}

# build FOLDER [TARGET...]
build() {
  folder=$1
  shift
  say "building $folder"
  if [ $# -gt 0 ]; then set -- --target "$@"; fi
  cmake --build "$folder" --parallel "$(processors)" "$@" >&2 || fail "building $folder failed"
}
