// SPDX-License-Identifier: Apache-2.0

#include "firmware/report/report.h"

#include <cstddef>
#include <cstdint>

#include "firmware/runtime/print.h"
#include "firmware/runtime/stack.h"
#include "firmware/runtime/ticks.h"

// From the linker script.
extern "C" std::uint32_t __stack_limit[], __stack_top[];

namespace mnist_micro::firmware {
namespace {

// A difference of two reads.
constexpr std::uint32_t kTicksMask = kTicksBits < 32 ? (1u << kTicksBits % 32) - 1 : 0xffffffffu;

std::uint32_t ticks_calls = 0;

// Two instructions a round.
void Loop(std::uint32_t rounds) {
#if defined(__arm__)
  __asm__ volatile(
      "1: subs %0, %0, #1\n"
      "bne 1b\n"
      : "+r"(rounds)
      :
      : "cc");
#elif defined(__riscv)
  __asm__ volatile(
      "1: addi %0, %0, -1\n"
      "bnez %0, 1b\n"
      : "+r"(rounds));
#endif
}

void PrintField(const char* name, std::uint32_t number) {
  PrintText(", \"");
  PrintText(name);
  PrintText("\": ");
  PrintNumber(number);
}

void PrintSpan(std::uint32_t from, std::uint32_t to, std::uint32_t ticks) {
  PrintField("from", from);
  PrintField("to", to);
  PrintField("ticks", ticks & kTicksMask);
  PrintText("}\n");
}

void Calibrate(std::uint32_t rounds) {
  const std::uint32_t begin = CountedTicks();
  Loop(rounds);
  const std::uint32_t ticks = CountedTicks() - begin;
  PrintText("{\"calibration\": ");
  PrintNumber(2 * rounds);
  PrintSpan(ticks_calls - 1, ticks_calls, ticks);
}

}  // namespace

std::uint32_t CountedTicks() {
  ++ticks_calls;
  return TicksNow();
}

std::uint32_t TicksCalls() { return ticks_calls; }

std::uint32_t AddToHash(std::uint32_t hash, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  for (std::size_t i = 0; i < size; ++i) hash = (hash ^ bytes[i]) * 16777619u;
  return hash;
}

void PrintCalibration() {
  TicksStart();
  Calibrate(1);
  Calibrate(100001);
}

void PrintInvoke(int number, std::uint32_t from, std::uint32_t ticks) {
  PrintText("{\"invoke\": ");
  PrintNumber(static_cast<std::uint32_t>(number));
  PrintSpan(from, ticks_calls, ticks);
}

void PrintMemory(std::size_t arena, std::size_t arena_used) {
  PrintText("{\"arena\": ");
  PrintNumber(arena);
  PrintField("arena_used", arena_used);
  PrintField("stack_peak", StackPeak());
  PrintField("stack", static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(__stack_top) -
                                                 reinterpret_cast<std::uintptr_t>(__stack_limit)));
  PrintText("}\n");
}

void PrintOutput(std::uint32_t hash) {
  PrintText("{\"output_fnv1a\": \"");
  PrintHex(hash);
  PrintText("\"}\n");
}

int Fail(const char* what) {
  PrintText("FAIL: ");
  PrintText(what);
  PrintText("\n");
  return 1;
}

void PrintOperator(const char* name, std::uint8_t depth, std::uint32_t from, std::uint32_t to,
                   std::uint32_t ticks) {
  PrintText("{\"operator\": \"");
  PrintText(name);
  PrintText("\"");
  PrintField("depth", depth);
  PrintSpan(from, to, ticks);
}

int Pass() {
  PrintText("PASS\n");
  return 0;
}

}  // namespace mnist_micro::firmware
