/* SPDX-License-Identifier: Apache-2.0 */
/* memcpy of one byte, which the linker's --wrap=memcpy puts before the C library's.

   CMSIS-NN gathers the input of a convolution by a memcpy for each channel's bytes. With one channel that is one byte:
   5 instructions here, 17 in the C library. */

    .syntax unified
    .thumb
    .section .text.__wrap_memcpy, "ax", %progbits
    .global __wrap_memcpy
    .type __wrap_memcpy, %function
    .p2align 2

/* void* memcpy(void* to [r0, the result], const void* from [r1], size_t size [r2]) */
__wrap_memcpy:
    cmp     r2, #1
    bne     .Lnot_one
    ldrb    r3, [r1]
    strb    r3, [r0]
    bx      lr
.Lnot_one:
    b       __real_memcpy

    .size __wrap_memcpy, . - __wrap_memcpy
