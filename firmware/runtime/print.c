// SPDX-License-Identifier: Apache-2.0

#include "firmware/runtime/print.h"

#include "firmware/runtime/board.h"

void PrintText(const char* text) {
  for (; *text != '\0'; ++text) BoardPutByte(*text);
}

void PrintNumber(uint32_t number) {
  char digits[11];
  char* at = digits + sizeof(digits) - 1;
  *at = '\0';
  do {
    *--at = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  PrintText(at);
}

void PrintHex(uint32_t number) {
  PrintText("0x");
  for (int digits = 8; digits > 0; --digits) {
    const uint32_t digit = number >> 28;
    BoardPutByte((char)(digit + (digit < 10 ? '0' : 'a' - 10)));
    number <<= 4;
  }
}
