#!/bin/bash
# tidy.sh BUILD_DIR: clang-tidy over every source of the libraries and the applications, two at a time.
set -euo pipefail
cd "$(dirname "$0")/.."

git ls-files -z 'libs/*/src/*.cc' 'apps/*.cc' | grep -zvE '_(test|fuzz|bench)\.cc$' |
  xargs -0 -n 1 -P 2 clang-tidy-14 -p "$1" --quiet --extra-arg=-Wno-unknown-warning-option
