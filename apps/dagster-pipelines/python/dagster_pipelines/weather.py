"""Four years of Seattle's weather, loaded month by month, summed by year, and plotted."""

import csv
from dataclasses import dataclass
from typing import Any

import dagster as dg

from .charts import line_chart
from .reports import ReportFolder

MONTHS = dg.MonthlyPartitionsDefinition(start_date="2012-01-01", end_date="2016-01-01")
YEARS = dg.TimeWindowPartitionsDefinition(cron_schedule="0 0 1 1 *", fmt="%Y", start="2012", end="2016")


@dataclass
class Day:
    date: str
    precipitation: float
    temp_max: float
    temp_min: float
    wind: float
    weather: str


@dataclass
class YearSummary:
    year: str
    days: int
    rain_days: int
    precipitation: float
    warmest: float
    coldest: float
    monthly_mean: list[float]


# As in data_pipeline: Any keeps Python's module names out of the job snapshots.
Days = list[Any]  # of Day
DaysByMonth = dict[str, Days]
Years = dict[str, Any]  # of YearSummary


class WeatherSource(dg.ConfigurableResource):
    # The file has the columns date (2012/01/31), precipitation, temp_max, temp_min, wind, weather.
    csv_path: str

    def month(self, prefix: str) -> list[Day]:
        """The days whose date starts with `prefix`, e.g. "2012/01"."""
        days = []
        with open(self.csv_path) as file:
            for row in csv.DictReader(file):
                if row["date"].startswith(prefix):
                    days.append(
                        Day(
                            row["date"].replace("/", "-"),
                            float(row["precipitation"]),
                            float(row["temp_max"]),
                            float(row["temp_min"]),
                            float(row["wind"]),
                            row["weather"],
                        )
                    )
        return days


@dg.asset(
    group_name="weather",
    partitions_def=MONTHS,
    kinds={"csv"},
    description="The observations of one month as they were published.",
)
def weather_raw(context: dg.AssetExecutionContext, weather_source: WeatherSource) -> Days:
    days = weather_source.month(context.partition_key[:7].replace("-", "/"))
    context.log.info(f"{len(days)} days in {context.partition_key}")
    context.add_output_metadata({"days": len(days)})
    return days


@dg.asset(
    group_name="weather",
    partitions_def=MONTHS,
    description="The month in order of date, each day once, impossible values dropped.",
)
def weather_clean(context: dg.AssetExecutionContext, weather_raw: Days) -> Days:
    days = {}
    for day in weather_raw:
        if day.temp_min <= day.temp_max and day.precipitation >= 0:
            days[day.date] = day
    context.add_output_metadata({"days": len(days), "dropped": len(weather_raw) - len(days)})
    return [days[date] for date in sorted(days)]


@dg.asset_check(asset=weather_clean, partitions_def=MONTHS, description="No day of the month is missing.")
def month_is_complete(weather_clean: Days) -> dg.AssetCheckResult:
    first, last = weather_clean[0].date, weather_clean[-1].date
    return dg.AssetCheckResult(
        passed=len(weather_clean) == int(last[8:]) and len(weather_clean) >= 28,
        metadata={"first": first, "last": last, "days": len(weather_clean)},
    )


@dg.asset(
    group_name="weather",
    partitions_def=YEARS,
    description="Sums and extremes of one year, from its twelve months.",
)
def weather_by_year(context: dg.AssetExecutionContext, weather_clean: DaysByMonth) -> Any:
    summary = YearSummary(context.partition_key, 0, 0, 0.0, -99.0, 99.0, [])
    for month in sorted(weather_clean):
        total = 0.0
        for day in weather_clean[month]:
            summary.days += 1
            summary.rain_days += 1 if day.precipitation > 0 else 0
            summary.precipitation += day.precipitation
            summary.warmest = max(summary.warmest, day.temp_max)
            summary.coldest = min(summary.coldest, day.temp_min)
            total += (day.temp_max + day.temp_min) / 2
        summary.monthly_mean.append(total / len(weather_clean[month]))
    context.add_output_metadata({"days": summary.days, "rain_days": summary.rain_days})
    return summary


@dg.asset(group_name="weather", kinds={"markdown"}, description="The years side by side, with a plot of the monthly means.")
def weather_report(weather_by_year: Years, reports: ReportFolder) -> dg.MaterializeResult:
    lines = ["# Seattle's weather", "", "| year | days | with rain | rain, mm | warmest | coldest |", "|---|---|---|---|---|---|"]
    means: list[float] = []
    for year in sorted(weather_by_year):
        summary: YearSummary = weather_by_year[year]
        lines.append(
            f"| {year} | {summary.days} | {summary.rain_days} | {summary.precipitation:.1f}"
            f" | {summary.warmest:.1f} | {summary.coldest:.1f} |"
        )
        means += summary.monthly_mean
    text = "\n".join(lines) + "\n\n" + line_chart("Mean temperature by month, Celsius", means) + "\n"
    path = reports.write("weather.md", text)
    return dg.MaterializeResult(
        metadata={"report": dg.MetadataValue.md(text), "path": dg.MetadataValue.path(path), "months": len(means)}
    )


weather_month_job = dg.define_asset_job(
    "weather_month_job",
    selection=[weather_raw, weather_clean],
    partitions_def=MONTHS,
    description="Loads and cleans one month.",
)
weather_year_job = dg.define_asset_job(
    "weather_year_job", selection=[weather_by_year], partitions_def=YEARS, description="Sums one year up."
)
weather_report_job = dg.define_asset_job(
    "weather_report_job", selection=[weather_report], description="Plots all years."
)

RESOURCES = {"weather_source": WeatherSource(csv_path=dg.EnvVar("SEATTLE_WEATHER_CSV"))}
ASSETS = [weather_raw, weather_clean, weather_by_year, weather_report]
CHECKS = [month_is_complete]
JOBS = [weather_month_job, weather_year_job, weather_report_job]
