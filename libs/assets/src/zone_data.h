#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidemill::assets {

/// The rules in force between two transitions; offsets in seconds.
struct ZoneRules {
  std::int64_t offset = 0;
  std::int64_t daylight_saving = 0;
  bool is_daylight_saving = false;
  std::string abbreviation;
};

/// A zone as lists sorted by time: `rules[i]` holds from `utc[i]` on, `before` holds ahead of the first. `wall[fold]`
/// are the same instants as wall-clock seconds, from which a reading with that fold is in the new rules.
struct ZoneData {
  std::string name;
  ZoneRules before;
  std::vector<std::int64_t> utc;
  std::array<std::vector<std::int64_t>, 2> wall;
  std::vector<ZoneRules> rules;

  const ZoneRules& AtUtc(std::int64_t seconds) const;
  const ZoneRules& AtWall(std::int64_t seconds, bool fold) const;
  bool FoldAtUtc(std::int64_t seconds) const;
};

/// Reads a TZif file (RFC 8536, version 2 or later) and carries its closing POSIX rule on until 2200. Throws
/// Error(kDataLoss) that names the zone if the text is not such a file.
ZoneData ParseZoneFile(std::string_view name, std::string_view bytes);

}  // namespace tidemill::assets
