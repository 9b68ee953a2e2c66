#!/bin/sh
# Checks how cost grows: the instructions of a task at a size and at its double (or ten times it), counted by callgrind, which
# gives the same figure every time. Prints one line per law and fails if one is broken.
#
#   bench/growth.sh [PROBE]      PROBE: the acrbiter_probe to run, by default build-release/bench/acrbiter_probe
set -eu
cd "$(dirname "$0")/.."
probe=${1:-build-release/bench/acrbiter_probe}
status=0

# count TASK SIZE: instructions inside the measured region
count() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=acrbiter_measured "$probe" "$1" "$2" 2>&1 |
    sed -n 's/.*Collected : *\([0-9][0-9]*\).*/\1/p'
}

# law NAME TASK SMALL LARGE LIMIT: instructions at LARGE are at most LIMIT times those at SMALL
law() {
  small=$(count "$2" "$3")
  large=$(count "$2" "$4")
  if [ -z "$small" ] || [ -z "$large" ]; then
    echo "$1: valgrind gave no count" >&2
    status=1
    return
  fi
  awk -v name="$1" -v task="$2" -v from="$3" -v to="$4" -v small="$small" -v large="$large" -v limit="$5" 'BEGIN {
    ratio = large / small
    printf "| %s | `%s` | %d → %d | %d → %d | %.2f | %s | %s |\n", name, task, from, to, small, large, ratio, limit,
           ratio <= limit ? "holds" : "BROKEN"
    exit ratio <= limit ? 0 : 1
  }' || status=1
}

echo '| Law | Task | Size | Instructions | Ratio | Limit | |'
echo '|---|---|---|---|---|---|---|'
law 'load is linear in bytes' load 2000 4000 2.1
law 'ten times the assignments' load 1000 10000 11
law 'a decision does not see the size of the estate' decide 10000 20000 1.1
law 'nor does an explanation' explain 10000 20000 1.1
law 'a chain of groups is linear' chain 5000 10000 2.1
law 'a ring of groups is linear' ring 5000 10000 2.1
law 'reading a condition is linear' parse 256 512 2.1
law 'evaluating it too' evaluate 256 512 2.1
law 'no pattern backtracks' match 128 256 2.1
exit "$status"
