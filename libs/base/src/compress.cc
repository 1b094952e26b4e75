#include <algorithm>

#include <zlib.h>

#include <tidemill/base/compress.h>
#include <tidemill/base/error.h>

namespace tidemill {
namespace {

constexpr int kMemoryLevel = 8;  // zlib's default.

/// How zlib is told of the packing.
int WindowBits(Packing packing) { return packing == Packing::kGzip ? MAX_WBITS + 16 : MAX_WBITS; }

Bytef* BytesOf(const char* bytes) { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes)); }

}  // namespace

std::string Compress(std::string_view bytes, Packing packing, int level) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, WindowBits(packing), kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw Error(Code::kInternal, "zlib could not be initialised");
  }
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = BytesOf(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = BytesOf(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw Error(Code::kInternal, "zlib could not compress");
  return out;
}

std::string Decompress(std::string_view bytes, Packing packing) {
  z_stream stream{};
  if (inflateInit2(&stream, WindowBits(packing)) != Z_OK) throw Error(Code::kInternal, "zlib could not be initialised");
  stream.next_in = BytesOf(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  int status = Z_OK;
  while (status == Z_OK) {
    const std::size_t start = out.size();
    out.resize(start + std::max<std::size_t>(bytes.size() * 4, 4096));
    stream.next_out = BytesOf(out.data() + start);
    stream.avail_out = static_cast<uInt>(out.size() - start);
    status = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  const bool trailing = stream.avail_in != 0;
  inflateEnd(&stream);
  if (status != Z_STREAM_END || trailing) {
    throw Error(Code::kDataLoss, packing == Packing::kGzip ? "not a whole gzip stream" : "not a whole zlib stream");
  }
  return out;
}

std::string ZlibCompress(std::string_view bytes) { return Compress(bytes, Packing::kZlib, 6); }

std::string ZlibDecompress(std::string_view bytes) { return Decompress(bytes, Packing::kZlib); }

}  // namespace tidemill
