/* SPDX-License-Identifier: Apache-2.0 */
/* memcpy for Armv7-M and Armv8-M with the main extension, whose loads and stores of one register need no alignment.

   CMSIS-NN gathers the input of a convolution by a memcpy of one byte per channel: 5 instructions here, 17 in newlib.
   newlib-nano copies byte by byte, whatever the size.

   As in newlib's, memory must not be a device's, and CCR.UNALIGN_TRP must be 0, which it is after a reset. */

    .syntax unified
    .thumb
    .section .text.memcpy, "ax", %progbits
    .global memcpy
    .type memcpy, %function
    .p2align 2

/* void* memcpy(void* to [r0, the result], const void* from [r1], size_t size [r2]) */
memcpy:
    cmp     r2, #1
    beq     .Lone
    mov     ip, r0
    subs    r2, r2, #16
    blo     .Lless_than_16
.L16_bytes:
    ldr     r3, [r1], #4
    str     r3, [ip], #4
    ldr     r3, [r1], #4
    str     r3, [ip], #4
    ldr     r3, [r1], #4
    str     r3, [ip], #4
    ldr     r3, [r1], #4
    str     r3, [ip], #4
    subs    r2, r2, #16
    bhs     .L16_bytes
.Lless_than_16:                     /* r2: what is left, minus 16 */
    adds    r2, r2, #12
    bmi     .Lless_than_4
.L4_bytes:
    ldr     r3, [r1], #4
    str     r3, [ip], #4
    subs    r2, r2, #4
    bpl     .L4_bytes
.Lless_than_4:                      /* the low two bits of r2: what is left */
    lsls    r2, r2, #31             /* bit 1 to the carry flag, bit 0 to the sign */
    itt     cs
    ldrhcs  r3, [r1], #2
    strhcs  r3, [ip], #2
    itt     mi
    ldrbmi  r3, [r1]
    strbmi  r3, [ip]
    bx      lr
.Lone:
    ldrb    r3, [r1]
    strb    r3, [r0]
    bx      lr

    .size memcpy, . - memcpy
