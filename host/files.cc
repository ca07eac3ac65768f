// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/host/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <vector>

namespace mnist_micro::host {
namespace {

namespace fs = std::filesystem;

// Where a path leads, also if nothing is there yet.
fs::path Target(const std::string& path) {
  std::error_code ignored;
  fs::path target = path;
  // A link to what is not there is none that weakly_canonical follows. A chain may be 40 long.
  for (int i = 0; i < 40 && !fs::exists(target, ignored) && fs::is_symlink(target, ignored); ++i) {
    target = target.parent_path() / fs::read_symlink(target, ignored);
  }
  const fs::path resolved = fs::weakly_canonical(fs::absolute(target, ignored), ignored);
  return resolved.empty() ? target : resolved;
}

// The same for two paths if and only if they lead to the same file. Empty if that is not a regular
// file: nothing is lost if a device, for example, is read and written.
std::string Identity(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) return Target(path).string();
  if (!S_ISREG(status.st_mode)) return "";
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

// Whether a path is not a place for a new file: for example /dev/stdout, whatever is behind it.
bool WrittenInPlace(const std::string& path) {
  std::error_code ignored;
  const std::string folder = Target(fs::absolute(path, ignored).parent_path().string()).string();
  return folder == "/dev" || folder == "/proc" || folder.rfind("/proc/", 0) == 0 ||
         (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored) &&
          !fs::is_directory(path, ignored));
}

// Returns whether all was written; else errno says why not.
bool Write(const std::string& path, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return false;
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  return std::fclose(file) == 0 && written;
}

}  // namespace

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
  // Fewer than asked for: the end, or a fault.
  do {
    count = std::fread(chunk, 1, sizeof(chunk), file);
    bytes.insert(bytes.end(), chunk, chunk + count);
  } while (count == sizeof(chunk));
  // A folder can be opened, but not read.
  const int fault = std::ferror(file) != 0 ? errno : 0;
  std::fclose(file);
  return fault == 0 ? "" : path + ": cannot be read: " + std::strerror(fault);
}

std::string CheckOutputs(const std::vector<std::string>& inputs,
                         const std::vector<std::string>& outputs) {
  std::map<std::string, std::string> taken;
  for (const std::string& path : inputs) taken.emplace(Identity(path), path + ", which is read");
  for (const std::string& path : outputs) {
    const std::string identity = path.empty() ? "" : Identity(path);
    if (identity.empty()) continue;
    const auto [same, is_new] = taken.emplace(identity, path);
    if (!is_new) {
      return "cannot write " + path + ": it is the same file as " + same->second +
             ": name another one";
    }
  }
  return "";
}

std::string WriteFile(const std::string& path, const std::string& text) {
  errno = 0;
  if (WrittenInPlace(path)) {
    return Write(path, text) ? "" : "cannot write " + path + ": " + std::strerror(errno);
  }
  const std::string target = Target(path).string();
  // No part of the file's own name, which may be as long as names can be.
  const std::string partial =
      (fs::path(target).parent_path() / (".partial-" + std::to_string(getpid()))).string();
  if (Write(partial, text) && std::rename(partial.c_str(), target.c_str()) == 0) return "";
  const std::string reason = std::strerror(errno);
  std::remove(partial.c_str());
  return "cannot write " + path + ": " + reason;
}

std::string FlushStdout() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return "";
  return std::string("cannot write to stdout: ") + std::strerror(errno);
}

}  // namespace mnist_micro::host
