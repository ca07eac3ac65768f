// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DSP_H_
#define AOT_RUNTIME_DSP_H_

// Cortex-M4, M7, M33 and others with the instructions of the DSP extension. On all else there is C that does the
// same.
#if defined(__ARM_FEATURE_DSP) && defined(__ARM_ARCH_PROFILE) && defined(__GNUC__)
#if __ARM_ARCH_PROFILE == 'M'
#define AOT_DSP 1
#endif
#endif
#if !defined(AOT_DSP)
#define AOT_DSP 0
#endif

#endif  // AOT_RUNTIME_DSP_H_
