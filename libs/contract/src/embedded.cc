#include "embedded.h"

// TIDEMILL_CONTRACT_JSON is the path of the export, given by the build. The assembler copies the file: nothing to
// parse.
__asm__(
    ".pushsection .rodata\n"
    "tidemill_contract_begin:\n"
    ".incbin \"" TIDEMILL_CONTRACT_JSON
    "\"\n"
    "tidemill_contract_end:\n"
    ".byte 0\n"
    ".popsection\n");

extern "C" const char tidemill_contract_begin[];
extern "C" const char tidemill_contract_end[];

namespace tidemill::contract {

std::string_view EmbeddedContract() {
  return {tidemill_contract_begin, static_cast<std::size_t>(tidemill_contract_end - tidemill_contract_begin)};
}

}  // namespace tidemill::contract
