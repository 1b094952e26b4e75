#include <tidemill/contract/graphql_schema.h>

// TIDEMILL_CONTRACT_SCHEMA is the path of the export, given by the build.
__asm__(
    ".pushsection .rodata\n"
    "tidemill_contract_schema_begin:\n"
    ".incbin \"" TIDEMILL_CONTRACT_SCHEMA
    "\"\n"
    "tidemill_contract_schema_end:\n"
    ".byte 0\n"
    ".popsection\n");

extern "C" const char tidemill_contract_schema_begin[];
extern "C" const char tidemill_contract_schema_end[];

namespace tidemill::contract {

std::string_view GraphqlSchema() {
  return {tidemill_contract_schema_begin,
          static_cast<std::size_t>(tidemill_contract_schema_end - tidemill_contract_schema_begin)};
}

}  // namespace tidemill::contract
