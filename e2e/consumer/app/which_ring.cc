// Says in which ring a point lies: which_ring X Y

#include <cstdio>
#include <cstdlib>

#include "rings.h"

int main(int argc, char** argv) {
  static consumer::Rings model;  // With its arena: static storage, no heap.
  using Status = consumer::Rings::Status;
  if (argc != 3) {
    std::fprintf(stderr, "usage: which_ring X Y\n");
    return 2;
  }
  const float point[] = {std::strtof(argv[1], nullptr), std::strtof(argv[2], nullptr)};
  float scores[3];
  Status status = model.Create();
  if (status == Status::kOk) status = model.QuantizeInput(point, 2);
  if (status == Status::kOk) status = model.Invoke();
  if (status == Status::kOk) status = model.DequantizeOutput(scores, 3);
  if (status != Status::kOk) {
    std::fprintf(stderr, "which_ring: %s\n", tflm_model::StatusMessage(status));
    return 1;
  }
  std::printf("ring %zu (%.2f)\n", model.ArgMax(), static_cast<double>(scores[model.ArgMax()]));
  return 0;
}
