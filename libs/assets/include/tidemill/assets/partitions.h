#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemill/assets/time_window_partitions.h>
#include <tidemill/base/clock.h>
#include <tidemill/model/job_snap.h>
#include <tidemill/model/repository_snap.h>

namespace tidemill::assets {

/// Knows the keys of dynamic partitions, which users add and delete while the platform runs: the storage does.
class DynamicPartitionsSource {
 public:
  virtual ~DynamicPartitionsSource() = default;
  virtual std::vector<std::string> Keys(std::string_view name) const = 0;
  virtual bool Has(std::string_view name, std::string_view key) const = 0;
};

/// What a set of partitions depends on. Without `dynamic`, a question about dynamic partitions throws
/// Error(kFailedPrecondition).
struct PartitionsContext {
  Timestamp now;
  const DynamicPartitionsSource* dynamic = nullptr;
};

/// How time-window partitions differ from the plain ones. Times are wall-clock texts in the format of the keys.
struct TimeWindowOptions {
  std::optional<std::string> end{};  ///< The set ends here, exclusive.
  std::string timezone = "UTC";
  std::optional<std::string> fmt{};  ///< "%Y-%m-%d" by default, "%Y-%m-%d-%H:%M" for hourly ones.
  std::int64_t end_offset = 0;       ///< How many partitions exist beyond the last that has ended; negative for fewer.
  int minute_offset = 0;
  int hour_offset = 0;
  std::optional<int> day_offset{};  ///< Weekly: 0 is Sunday, the default. Monthly: the day, 1 by default.
  std::vector<std::string> excluded_crons{};
  std::vector<std::string> excluded_times{};
};

/// A set of partition keys: listed, made of time windows, dynamic, or the product of several.
///
/// An immutable value, cheap to copy, safe from any thread. A key of a product is its dimensions' keys joined by '|',
/// in the order of the dimensions' names.
class PartitionsDefinition final {
 public:
  using Dimension = std::pair<std::string, PartitionsDefinition>;

  /// Throws Error(kInvalidArgument) for a key that occurs twice, or that holds "..." or a control character.
  static PartitionsDefinition Static(std::vector<std::string> keys);
  static PartitionsDefinition Dynamic(std::string name);
  /// Throws Error(kInvalidArgument) for fewer than two dimensions, a nested product, two dimensions of one name, or a
  /// listed key with '|', ',', '[' or ']'.
  static PartitionsDefinition Multi(std::vector<Dimension> dimensions);

  /// `start` is a wall-clock text in the format of the keys; the first partition starts at the first tick from there.
  /// Throws Error(kInvalidArgument) for a wrong time, zone, offset or cron string.
  static PartitionsDefinition Hourly(std::string_view start, const TimeWindowOptions& options = {});
  static PartitionsDefinition Daily(std::string_view start, const TimeWindowOptions& options = {});
  static PartitionsDefinition Weekly(std::string_view start, const TimeWindowOptions& options = {});
  static PartitionsDefinition Monthly(std::string_view start, const TimeWindowOptions& options = {});
  /// Windows between the ticks of any cron schedule; the options' offsets do not apply.
  static PartitionsDefinition Cron(std::string_view cron, std::string_view start, std::string_view fmt,
                                   const TimeWindowOptions& options = {});
  static PartitionsDefinition TimeWindows(TimeWindowPartitions::Spec spec);

  static PartitionsDefinition FromSnap(const model::PartitionsSnap& snap);
  model::PartitionsSnap ToSnap() const;

  /// In order; a product's last dimension varies fastest.
  std::vector<std::string> Keys(const PartitionsContext& context) const;
  std::int64_t Count(const PartitionsContext& context) const;
  bool HasKey(std::string_view key, const PartitionsContext& context) const;
  /// Throws Error(kInvalidArgument) that names the key if there is none.
  void CheckKey(std::string_view key, const PartitionsContext& context) const;
  std::optional<std::string> FirstKey(const PartitionsContext& context) const;
  std::optional<std::string> LastKey(const PartitionsContext& context) const;
  /// From one key to another, both included; of a product, the range in each dimension. Throws Error(kInvalidArgument)
  /// for a key that does not exist.
  std::vector<std::string> KeysInRange(std::string_view first, std::string_view last,
                                       const PartitionsContext& context) const;

  /// The tags of a run for one partition: "dagster/partition", and for a product "dagster/partition/<dimension>".
  model::Tags TagsForKey(std::string_view key) const;

  /// The window of a key of time windows, or of a product with exactly one dimension of them; else nothing.
  std::optional<TimeWindow> WindowOf(std::string_view key) const;

  bool is_static() const;
  bool is_dynamic() const;
  bool is_multi() const;
  /// Nothing if this is no set of time windows.
  const TimeWindowPartitions* time_windows() const;
  /// The name of dynamic partitions. Throws Error(kInternal) for others, as the next ones do.
  const std::string& dynamic_name() const;
  const std::vector<std::string>& static_keys() const;
  /// Sorted by name.
  const std::vector<Dimension>& dimensions() const;
  /// Nothing if there is none of this name.
  const PartitionsDefinition* FindDimension(std::string_view name) const;
  /// A product's key in its parts. Throws Error(kInvalidArgument) if it has another number of them.
  std::vector<std::string> SplitKey(std::string_view key) const;

  bool operator==(const PartitionsDefinition& other) const;

 private:
  struct Rep;
  explicit PartitionsDefinition(std::shared_ptr<const Rep> rep) : rep_(std::move(rep)) {}

  std::shared_ptr<const Rep> rep_;
};

/// Reads "first...last". Nothing if the text is not of this form.
std::optional<std::pair<std::string, std::string>> ParseKeyRange(std::string_view text);

}  // namespace tidemill::assets
