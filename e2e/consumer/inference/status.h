#ifndef INFERENCE_STATUS_H_
#define INFERENCE_STATUS_H_

// As a repository of yours may have it: see app/own_names_test.cc.
namespace inference {
enum class Status { kOurs };
}  // namespace inference

#endif  // INFERENCE_STATUS_H_
