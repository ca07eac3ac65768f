#ifndef MICRO_ARENA_MEASUREMENT_H_
#define MICRO_ARENA_MEASUREMENT_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

// Measures the arena that the linked model needs on the machine that this runs on. Host only.

namespace mnist_micro {

// TFLM aligns its buffers to 16 bytes: sizes in between buy nothing.
inline constexpr std::size_t kArenaStep = 16;
// The arena that is certainly enough, whose output is taken as correct.
inline constexpr std::size_t kLargestArena = 256 * 1024;

enum class ArenaOutcome {
  kWorks,        // Ran twice, and gave the same output each time as with the largest arena.
  kRefused,      // TFLM returned an error: the clean way to fail.
  kWrongOutput,  // Ran to another output.
  kOverrun,      // Wrote beyond the arena.
  kCrashed,      // The process died: TFLM doesn't check each of its allocations.
};

// One word for a report.
const char* OutcomeName(ArenaOutcome outcome);

// Runs the model on the sample image with an arena of `arena_size` bytes, at most kLargestArena, in
// this process. With an arena that is far too small TFLM may crash.
ArenaOutcome TryArena(std::size_t arena_size);

// The same in a process of its own, so that a crash is an outcome too. TFLM's log is suppressed.
ArenaOutcome TryArenaInChild(std::size_t arena_size);

// The smallest multiple of kArenaStep, up to `largest`, with which `works` is true, by bisection: it
// must be false below some size and true from there. 0 if it is not even true for `largest`.
std::size_t FindSmallestArena(std::size_t largest, const std::function<bool(std::size_t)>& works);

struct ArenaPart {
  std::string name;
  std::size_t bytes;
};

// What holds the arena, by TFLM's own account.
struct ArenaReport {
  std::size_t used = 0;            // arena_used_bytes().
  std::size_t non_persistent = 0;  // Activations and scratch buffers, planned to share memory.
  std::size_t persistent = 0;      // What lives as long as the interpreter.
  // By allocation type; their sum is `persistent`. The last one is what TFLM records under no type.
  std::vector<ArenaPart> persistent_parts;
};

// Returns an empty string, or why it can't be told.
std::string DescribeArena(ArenaReport& report);

}  // namespace mnist_micro

#endif  // MICRO_ARENA_MEASUREMENT_H_
