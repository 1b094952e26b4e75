// A selection is refused, or its text parses to a selection whose text stays the same, and it resolves or says why not.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <tidemill/assets/name_selection.h>
#include <tidemill/assets/selection.h>
#include <tidemill/base/error.h>

using tidemill::Error;
using tidemill::assets::AssetGraph;
using tidemill::assets::AssetSelection;

namespace {

std::vector<tidemill::model::AssetNodeSnap> Nodes() {
  std::vector<tidemill::model::AssetNodeSnap> nodes(3);
  nodes[0].asset_key = "a";
  nodes[1].asset_key = "b";
  nodes[1].group_name = "g";
  nodes[1].tags = {{"k", "v"}};
  nodes[1].dependencies.push_back({"a", {}, {}, {}});
  nodes[2].asset_key = tidemill::model::AssetKey({"c", "d"});
  nodes[2].dependencies.push_back({"b", {}, {}, {}});
  return nodes;
}

/// What a selection wrote is read, and stays the same from the second time on: as in Dagster, the text of a walk of no
/// steps may have parentheses that the parser then drops. Parentheses nest, so that it may be too deep for the parser.
void CheckText(const std::string& once) {
  std::optional<AssetSelection> again;
  try {
    again = AssetSelection::Parse(once);
  } catch (const Error& error) {
    if (std::string_view(error.what()).find("nested too deep") == std::string_view::npos) std::abort();
    return;
  }
  const std::string twice = again->ToString();
  if (AssetSelection::Parse(twice).ToString() != twice) std::abort();
}

void Check(std::string_view text) {
  static const auto nodes = Nodes();
  static const AssetGraph graph(nodes);
  std::optional<AssetSelection> selection;
  try {
    selection = AssetSelection::Parse(text);
  } catch (const Error&) {
    return;
  }
  CheckText(selection->ToString());
  try {
    selection->Resolve(graph);
  } catch (const Error& error) {
    if (error.code() != tidemill::Code::kNotFound && error.code() != tidemill::Code::kUnimplemented) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (size > 4096) return 0;
  tidemill::assets::ParseClause(text);
  Check(text);
  return 0;
}
