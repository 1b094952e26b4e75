#pragma once

#include <string_view>

namespace tidemill::storage_sqlite {

/// The newest schema revision of Dagster 1.13 (its alembic head), the same for every file.
inline constexpr std::string_view kHeadRevision = "29b539ebc72a";

/// The revision that Dagster assumes for a file which has tables but no stamp.
inline constexpr std::string_view kUnstampedRevision = "5771160a95ad";

/// Whether Dagster 1.13 or one before it knows this revision.
bool IsKnownRevision(std::string_view revision);

}  // namespace tidemill::storage_sqlite
