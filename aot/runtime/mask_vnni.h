// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_MASK_VNNI_H_
#define AOT_RUNTIME_MASK_VNNI_H_

#include <stdint.h>

#include "aot/runtime/x86.h"

#if AOT_X86 && AOT_X86_LEVEL >= 2
// Names the first `count` of 16.
AOT_VNNI static inline __mmask16 mask_vnni(int32_t count) {
  return _cvtu32_mask16(count >= 16 ? 0xFFFFu : (1u << count) - 1);
}
#endif

#endif  // AOT_RUNTIME_MASK_VNNI_H_
