#include "revisions.h"

#include <algorithm>
#include <array>

namespace tidemill::storage_sqlite {
namespace {

/// All revisions from Dagster 0.6 to 1.13, sorted.
constexpr auto kRevisions = std::to_array<std::string_view>({
    "05844c702676", "07f83cc13695", "0da417ae1b81", "130b087bc274", "140198fdfe65", "16689497301f", "16e3115a602a",
    "16e3655b4d9b", "17154c80d885", "1a2d72f6b24e", "1aca709bba64", "1ebdd7a9686f", "224640159acf", "284a732df317",
    "29a8e9d74220", "29b539ebc72a", "375e95bad550", "3778078a3582", "3b1e175a2be3", "3b529ad30626", "3ca619834060",
    "3e0770016702", "3e71cf573ba6", "42add02bf976", "45fa602c43dc", "46b412388816", "493871843165", "4ea2b1f6f67b",
    "521d4caca7ad", "54666da3db5c", "567bc23fd1ac", "5771160a95ad", "5ae53cd67d0c", "5b467f7af3f6", "5c18fd3c2957",
    "5e139331e376", "63d7a8ec641a", "6860f830e40c", "6b7fb194ff9c", "6d366a41b4be", "6df03f4b1efb", "6e1f65d78b92",
    "701913684cb4", "721d858e1dda", "72686963a802", "727ffe943a9f", "7b8304b4429d", "7cba9eeaaf1d", "7e2f3204cf8e",
    "7f2b1a4ca7a5", "8ccbed5060b8", "8d66aa722f94", "8f8dba68fd3b", "942138e33bf9", "9483999bad92", "958a9495162d",
    "9c5f00e80ef2", "9fe9e746268c", "a00dd8d936a1", "a0234163e0e3", "a914fb6ccdf9", "b22f16781a7c", "b32a4f3036d2",
    "b37316bf5584", "b4e0c470acb3", "b601eb913efa", "ba4050312958", "c34498c29964", "c39c047fa021", "c63a27054f08",
    "c892b3fe0a9f", "c9159e740d7e", "d32d1d6de793", "d3a4c9e87af3", "d538c9496c01", "d9092588866f", "da7cd32b690d",
    "ddcc6d7244c6", "e62c379ac8f4", "e784752027a6", "ec80dd91891a", "f0367d611631", "f3e43ff66603", "f495c27d5019",
    "f4b6a4885876", "f4eed4c26e2c", "f5bac2c36fad", "f78059038d01",
});

}  // namespace

bool IsKnownRevision(std::string_view revision) {
  return std::binary_search(kRevisions.begin(), kRevisions.end(), revision);
}

}  // namespace tidemill::storage_sqlite
