#include <vector>

#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <sys/random.h>

#include <tidemill/base/error.h>
#include <tidemill/base/uuid.h>

namespace tidemill {
namespace {

void FillRandom(void* bytes, std::size_t size) {
  if (getrandom(bytes, size, 0) != static_cast<ssize_t>(size)) {
    throw Error(Code::kInternal, "the kernel gave no random bytes");
  }
}

}  // namespace

std::string NewUuid() {
  boost::uuids::uuid id{};
  FillRandom(id.data, sizeof(id.data));
  id.data[6] = static_cast<std::uint8_t>((id.data[6] & 0x0F) | 0x40);
  id.data[8] = static_cast<std::uint8_t>((id.data[8] & 0x3F) | 0x80);
  return boost::uuids::to_string(id);
}

std::string NewLetters(int length) {
  std::vector<std::uint32_t> random(static_cast<std::size_t>(length));
  FillRandom(random.data(), random.size() * sizeof(std::uint32_t));
  std::string letters;
  for (const std::uint32_t value : random) letters.push_back(static_cast<char>('a' + value % 26));
  return letters;
}

}  // namespace tidemill
