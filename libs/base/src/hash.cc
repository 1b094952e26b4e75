#include <array>

#include <openssl/evp.h>

#include <tidemill/base/error.h>
#include <tidemill/base/hash.h>

namespace tidemill {
namespace {

std::string DigestHex(const EVP_MD* algorithm, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, algorithm, nullptr) != 1) {
    throw Error(Code::kInternal, "OpenSSL could not compute a digest");
  }
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(size * 2);
  for (unsigned int i = 0; i < size; ++i) {
    hex.push_back(kDigits[digest[i] >> 4]);
    hex.push_back(kDigits[digest[i] & 15]);
  }
  return hex;
}

}  // namespace

std::string Sha1Hex(std::string_view bytes) { return DigestHex(EVP_sha1(), bytes); }
std::string Sha256Hex(std::string_view bytes) { return DigestHex(EVP_sha256(), bytes); }
std::string Md5Hex(std::string_view bytes) { return DigestHex(EVP_md5(), bytes); }

}  // namespace tidemill
