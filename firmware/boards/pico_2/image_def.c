// SPDX-License-Identifier: Apache-2.0

// What the RP2350's boot ROM looks for in the first 4 KB of flash: "RP2350 Datasheet", "Minimum viable image
// metadata". Without an entry point in it an Arm program starts by the vector table, a RISC-V one at its first
// instruction; the linker script has both at the beginning.

#include <stdint.h>

enum { kExecutable = 1 << 0, kSecure = 2 << 4, kRiscv = 1 << 8, kRp2350 = 1 << 12 };

#if defined(__riscv)
enum { kImageType = kExecutable | kRiscv | kRp2350 };
#else
enum { kImageType = kExecutable | kSecure | kRp2350 };
#endif

__attribute__((section(".image_def"), used)) static const uint32_t kImageDef[] = {
    0xffffded3,                        // The start of a block.
    0x42 | 1 << 8 | kImageType << 16,  // An item of one word: the type of the image.
    0xff | 1 << 8,                     // The last item: before it there is one word.
    0,                                 // The next block is this one.
    0xab123579,                        // The end of the block.
};
