#!/bin/bash
# run_fuzzers.sh BUILD_DIR SECONDS [SEED]: runs each libFuzzer target for SECONDS from its corpus, two at a time.
# With a SEED a run can be repeated: it starts from the corpus alone. Without one it hunts on from what it found before.
# An input that crashes one is left in BUILD_DIR/artifacts: mend the code and add the input to the corpus.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1 seconds=$2 seed=${3:-0}
mkdir -p "$build/artifacts" "$build/found"

run_one() {
  local target=$1 name corpus found
  name=$(basename "$target")
  corpus=$(find libs -type d -path "*/corpus/$name")
  found=$build/found/$name
  [ "$seed" = 0 ] || rm -rf "$found"
  mkdir -p "$found"
  # Newly found inputs go to the first folder; the corpus in the repository is only read.
  if "$target" "$found" ${corpus:+"$corpus"} -seed="$seed" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="$build/artifacts/$name-" -print_final_stats=1 >"$build/$name.log" 2>&1; then
    echo "fuzz $name: ok, $(grep -oP 'number_of_executed_units: \K\d+' "$build/$name.log") inputs"
  else
    echo "fuzz $name: FAILED, see $build/$name.log" >&2
    tail -40 "$build/$name.log" >&2
    return 1
  fi
}
export -f run_one
export build seconds seed

# shellcheck disable=SC2016  # $0 is expanded by the inner shell
find "$build/libs" -type f -executable -name '*_fuzz' -print0 | sort -z |
  xargs -0 -r -n 1 -P 2 bash -c 'run_one "$0"'
