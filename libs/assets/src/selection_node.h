#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tidemill/assets/selection.h"

namespace tidemill::assets {

/// One operation of a selection, over the results of its children.
struct AssetSelection::Node {
  enum class Kind {
    kAll,
    kKeys,
    kKeyPattern,
    kTag,
    kOwner,
    kGroup,
    kGroupPattern,
    kKind,
    kIs,
    kPartitions,
    kJob,
    kAttribute,
    kAnd,
    kOr,
    kSubtract,
    kSinks,
    kRoots,
    kUpstream,
    kDownstream,
    kKeyPrefix,
    kKeyPart,
    kMaterializable,
    kExecutionSets,
    kExternalSources,
    kAllChecks,  ///< This and the next two select checks and no assets.
    kChecksOfAssets,
    kChecks,
  };

  Kind kind = Kind::kAll;
  std::optional<std::string> value;  ///< Of leaves; nothing for "<null>".
  std::string key;                   ///< kTag, and kAttribute of column tags.
  AssetAttribute attribute = AssetAttribute::kCodeLocation;
  std::vector<model::AssetKey> keys;  ///< kKeys and kChecksOfAssets; of kKeyPrefix the first parts.
  std::vector<model::AssetCheckKey> checks;
  std::optional<std::int64_t> depth;
  bool include_external = false;
  bool include_self = true;  ///< Of kUpstream and kDownstream: whether what they start from is selected.
  std::vector<std::shared_ptr<const Node>> children;
};

using SelectionNode = AssetSelection::Node;
using SelectionNodePtr = std::shared_ptr<const AssetSelection::Node>;

/// The grammar. Throws Error(kInvalidArgument) with column and expectation.
SelectionNodePtr ParseSelection(std::string_view text, SelectionOptions options);

SelectionNodePtr JoinSelections(SelectionNode::Kind kind, const SelectionNodePtr& left, const SelectionNodePtr& right);

/// Whether all of `text` fits a pattern in which '*' stands for any characters but line ends.
bool FitsPattern(std::string_view text, std::string_view pattern);

}  // namespace tidemill::assets
