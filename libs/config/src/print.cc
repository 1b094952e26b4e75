#include <string>

#include <tidemill/config/config_type.h>

namespace tidemill::config {
namespace {

using model::ConfigTypeKind;

void Print(const ConfigType& type, std::size_t limit, std::string& out);

void PrintFields(const ConfigType& type, std::size_t limit, std::string& out) {
  out += type.kind() == ConfigTypeKind::kSelector ? "one of { " : "{ ";
  bool first = true;
  for (const auto& [name, field] : type.fields()) {
    if (out.size() > limit) return;
    if (!first) out += ", ";
    first = false;
    out.append(name).append(field.is_required ? ": " : "?: ");
    Print(*field.type, limit, out);
  }
  if (type.kind() == ConfigTypeKind::kPermissiveShape) out += first ? "..." : ", ...";
  out += " }";
}

void Print(const ConfigType& type, std::size_t limit, std::string& out) {
  if (out.size() > limit) return;
  switch (type.kind()) {
    case ConfigTypeKind::kArray:
      out += '[';
      Print(*type.parameters()[0], limit, out);
      out += ']';
      return;
    case ConfigTypeKind::kNoneable:
      Print(*type.parameters()[0], limit, out);
      out += '?';
      return;
    case ConfigTypeKind::kScalarUnion:
      out += '(';
      Print(*type.parameters()[0], limit, out);
      out += " | ";
      Print(*type.parameters()[1], limit, out);
      out += ')';
      return;
    case ConfigTypeKind::kMap:
      out += "{ [";
      if (type.given_name()) out.append(*type.given_name()).append(": ");
      Print(*type.parameters()[0], limit, out);
      out += "]: ";
      Print(*type.parameters()[1], limit, out);
      out += " }";
      return;
    case ConfigTypeKind::kStrictShape:
    case ConfigTypeKind::kPermissiveShape:
    case ConfigTypeKind::kSelector:
      PrintFields(type, limit, out);
      return;
    default:
      out += type.given_name().value_or(type.key());
  }
}

}  // namespace

std::string ConfigType::ToString(std::size_t max_length) const {
  std::string out;
  Print(*this, max_length, out);
  if (out.size() > max_length) {
    while (max_length > 0 && (static_cast<unsigned char>(out[max_length]) & 0xC0) == 0x80) --max_length;
    out.resize(max_length);
    out += "...";
  }
  return out;
}

}  // namespace tidemill::config
