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

# compare NAME TASK SIZE TASK SIZE LIMIT: the second task takes at most LIMIT times the instructions of the first
compare() {
  first=$(count "$2" "$3")
  second=$(count "$4" "$5")
  if [ -z "$first" ] || [ -z "$second" ]; then
    echo "$1: valgrind gave no count" >&2
    status=1
    return
  fi
  awk -v name="$1" -v from="$2 $3" -v to="$4 $5" -v first="$first" -v second="$second" -v limit="$6" 'BEGIN {
    ratio = second / first
    printf "| %s | `%s` → `%s` | %d → %d | %.2f | %s | %s |\n", name, from, to, first, second, ratio, limit,
           ratio <= limit ? "holds" : "BROKEN"
    exit ratio <= limit ? 0 : 1
  }' || status=1
}

# law NAME TASK SMALL LARGE LIMIT: the same task at two sizes
law() {
  compare "$1" "$2" "$3" "$2" "$4" "$5"
}

echo '| Law | Tasks | Instructions | Ratio | Limit | |'
echo '|---|---|---|---|---|---|'
law 'load is linear in bytes' load 2000 4000 2.1
law 'ten times the assignments' load 1000 10000 11
law 'a decision does not see the size of the estate' decide 10000 20000 1.1
law 'nor does an explanation' explain 10000 20000 1.1
law 'a chain of groups is linear, but for a sort' chain 5000 10000 2.2
law 'a ring of groups too' ring 5000 10000 2.2
law 'reading a condition is linear' parse 256 512 2.1
law 'evaluating it too' evaluate 256 512 2.1
law 'no pattern backtracks' match 128 256 2.1
compare 'reading costs little more than parsing' sax 4000 load 4000 1.5
compare 'an explanation costs few decisions' decide 10000 explain 10000 10
exit "$status"
