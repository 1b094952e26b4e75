#!/bin/bash
# demo.sh HOME: runs the demo pipelines of bin/dagster-pipelines in HOME, shows their reports and where they lie.
set -euo pipefail
cd "$(dirname "$0")/.."
export DAGSTER_HOME=$1
mkdir -p "$DAGSTER_HOME"
SEATTLE_WEATHER_CSV=$(.venv/bin/python -c 'import vega_datasets; print(vega_datasets.data.seattle_weather.filepath)')
export SEATTLE_WEATHER_CSV

run() { bin/tidemill job execute --location bin/dagster-pipelines --job "$@"; }
say() { printf '\n== %s\n' "$*"; }

say "data_pipeline_job: simulated readings, summarised, checked and reported"
run data_pipeline_job

say "test_failure_job: fails on purpose"
if run test_failure_job; then
  echo "test_failure_job has not failed" >&2
  exit 1
fi

say "Seattle's weather, month by month from 2012 to 2015: loaded, cleaned, checked"
for year in 2012 2013 2014 2015; do
  for month in 01 02 03 04 05 06 07 08 09 10 11 12; do
    run weather_month_job --partition "$year-$month-01" >/dev/null
  done
  run weather_year_job --partition "$year" >/dev/null
  echo "$year: twelve months and the year"
done
run weather_report_job

say "the newest runs of $DAGSTER_HOME"
bin/tidemill run list --limit 6

for report in data_pipeline weather; do
  say "reports/$report.md (the chart, an inline SVG, is left out here)"
  sed '/<svg/,/<\/svg>/d' "$DAGSTER_HOME/reports/$report.md"
done
