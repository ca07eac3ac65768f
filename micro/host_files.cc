#include "micro/host_files.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace mnist_micro {

std::string UserPath(const std::string& path) {
  const char* folder = std::getenv("BUILD_WORKING_DIRECTORY");
  if (folder == nullptr || path.empty() || path[0] == '/') return path;
  return std::string(folder) + "/" + path;
}

std::string ReadFile(const std::string& path, std::vector<std::uint8_t>& bytes) {
  bytes.clear();
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return path + ": cannot be read: " + std::strerror(errno);
  std::uint8_t chunk[64 * 1024];
  std::size_t count = 0;
  while ((count = std::fread(chunk, 1, sizeof(chunk), file)) > 0) {
    bytes.insert(bytes.end(), chunk, chunk + count);
  }
  // A folder can be opened, but not read.
  const int fault = std::ferror(file) != 0 ? errno : 0;
  std::fclose(file);
  return fault == 0 ? "" : path + ": cannot be read: " + std::strerror(fault);
}

std::string WriteFile(const std::string& path, const std::string& text) {
  const std::string partial = path + ".partial";
  errno = 0;
  std::FILE* file = std::fopen(partial.c_str(), "wb");
  bool written = file != nullptr;
  if (file != nullptr) {
    written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    written = std::fclose(file) == 0 && written;
  }
  if (written && std::rename(partial.c_str(), path.c_str()) == 0) return "";
  const std::string reason = std::strerror(errno);
  if (file != nullptr) std::remove(partial.c_str());
  return "cannot write " + path + ": " + reason;
}

std::string FlushStdout() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return "";
  return std::string("cannot write to stdout: ") + std::strerror(errno);
}

}  // namespace mnist_micro
