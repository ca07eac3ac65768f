// Says in which ring a point lies: which_ring X Y

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "rings.h"

// Returns whether `text` is a number, and nothing else.
static bool ParseCoordinate(const char* text, float& value) {
  char* end = nullptr;
  value = std::strtof(text, &end);
  return end != text && *end == '\0' && std::isfinite(value);
}

int main(int argc, char** argv) {
  static consumer::Rings model;  // With its arena: static storage, no heap.
  using Status = consumer::Rings::Status;
  float point[2];
  if (argc != 3 || !ParseCoordinate(argv[1], point[0]) || !ParseCoordinate(argv[2], point[1])) {
    std::fprintf(stderr, "usage: which_ring X Y, two numbers\n");
    return 2;
  }
  float scores[3];
  Status status = model.Create();
  if (status == Status::kOk) status = model.QuantizeInput(point, 2);
  if (status == Status::kOk) status = model.Invoke();
  if (status == Status::kOk) status = model.DequantizeOutput(scores, 3);
  if (status != Status::kOk) {
    std::fprintf(stderr, "which_ring: %s\n", mnist_micro::inference::StatusMessage(status));
    return 1;
  }
  std::printf("ring %zu (%.2f)\n", model.ArgMax(), static_cast<double>(scores[model.ArgMax()]));
  return 0;
}
