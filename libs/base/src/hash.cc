// OpenSSL's functions for one algorithm each: EVP loads providers and configuration at its first use, which costs a
// process that starts, hashes a few snapshots and ends a tenth of its time.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <array>
#include <span>

#include <openssl/md5.h>
#include <openssl/sha.h>

#include <tidemill/base/hash.h>

namespace tidemill {
namespace {

std::string Hex(std::span<const unsigned char> digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(digest.size() * 2);
  for (const unsigned char byte : digest) {
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 15]);
  }
  return hex;
}

}  // namespace

std::string Sha1Hex(std::string_view bytes) {
  SHA_CTX context;
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1_Init(&context);
  SHA1_Update(&context, bytes.data(), bytes.size());
  SHA1_Final(digest.data(), &context);
  return Hex(digest);
}

std::string Sha256Hex(std::string_view bytes) {
  SHA256_CTX context;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(digest.data(), &context);
  return Hex(digest);
}

std::string Md5Hex(std::string_view bytes) {
  MD5_CTX context;
  std::array<unsigned char, MD5_DIGEST_LENGTH> digest{};
  MD5_Init(&context);
  MD5_Update(&context, bytes.data(), bytes.size());
  MD5_Final(digest.data(), &context);
  return Hex(digest);
}

}  // namespace tidemill
