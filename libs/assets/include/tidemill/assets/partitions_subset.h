#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tidemill/assets/partitions.h>

namespace tidemill::assets {

/// Some of the partitions of a definition: of time windows as few stretches of time, of others as a set of keys.
///
/// An immutable value, safe from any thread. Both sides of an operator must be of one definition, or of two with the
/// same windows.
class PartitionsSubset final {
 public:
  using Windows = std::vector<TimeWindow>;
  using KeySet = std::vector<std::string>;  ///< Ascending, each once.

  static PartitionsSubset Empty(PartitionsDefinition definition);
  /// Everything that exists.
  static PartitionsSubset All(PartitionsDefinition definition, const PartitionsContext& context);
  /// Of time windows those keys that exist, of others all the keys.
  static PartitionsSubset OfKeys(PartitionsDefinition definition, const std::vector<std::string>& keys,
                                 const PartitionsContext& context);
  /// Stretches of time, in order and apart, whose ends are ends of windows. Throws Error(kInvalidArgument) for a
  /// definition without windows.
  static PartitionsSubset OfWindows(PartitionsDefinition definition, Windows windows);
  /// Keys as they are, also those that no partition has.
  static PartitionsSubset OfLooseKeys(PartitionsDefinition definition, std::vector<std::string> keys);

  const PartitionsDefinition& definition() const { return definition_; }
  /// Nothing if this holds keys.
  const Windows* windows() const { return std::get_if<Windows>(&content_); }
  /// Nothing if this holds stretches of time.
  const KeySet* key_set() const { return std::get_if<KeySet>(&content_); }

  bool empty() const;
  std::int64_t Count() const;
  /// In order of time, or ascending.
  std::vector<std::string> Keys() const;
  /// The keys as the definition orders its partitions, then those that it does not have.
  std::vector<std::string> KeysInOrder(const PartitionsContext& context) const;
  bool Contains(std::string_view key) const;
  /// The partitions that exist and are not in here, in the order of the definition.
  std::vector<std::string> KeysNotIn(const PartitionsContext& context) const;
  /// First and last key of each unbroken run. Of a product of two, runs along one dimension for each key of the other.
  std::vector<std::pair<std::string, std::string>> KeyRanges(const PartitionsContext& context) const;

  PartitionsSubset WithKeys(const std::vector<std::string>& keys, const PartitionsContext& context) const;
  /// The same stretches of time in a definition with the same windows but another start or end.
  PartitionsSubset WithDefinition(PartitionsDefinition definition) const;

  friend PartitionsSubset operator|(const PartitionsSubset& a, const PartitionsSubset& b);
  friend PartitionsSubset operator&(const PartitionsSubset& a, const PartitionsSubset& b);
  friend PartitionsSubset operator-(const PartitionsSubset& a, const PartitionsSubset& b);

  bool operator==(const PartitionsSubset&) const = default;

 private:
  using Content = std::variant<Windows, KeySet>;

  PartitionsSubset(PartitionsDefinition definition, Content content)
      : definition_(std::move(definition)), content_(std::move(content)) {}

  PartitionsDefinition definition_;
  Content content_;
};

}  // namespace tidemill::assets
