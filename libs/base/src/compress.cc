#include <zlib.h>

#include <tidemill/base/compress.h>
#include <tidemill/base/error.h>

namespace tidemill {

std::string ZlibCompress(std::string_view bytes) {
  uLongf size = compressBound(bytes.size());
  std::string out(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(),
                6) != Z_OK) {
    throw Error(Code::kInternal, "zlib could not compress");
  }
  out.resize(size);
  return out;
}

std::string ZlibDecompress(std::string_view bytes) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) throw Error(Code::kInternal, "zlib could not be initialised");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  int status = Z_OK;
  while (status == Z_OK) {
    const std::size_t start = out.size();
    out.resize(start + std::max<std::size_t>(bytes.size() * 4, 4096));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + start);
    stream.avail_out = static_cast<uInt>(out.size() - start);
    status = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  const bool trailing = stream.avail_in != 0;
  inflateEnd(&stream);
  if (status != Z_STREAM_END || trailing) throw Error(Code::kDataLoss, "not a whole zlib stream");
  return out;
}

}  // namespace tidemill
