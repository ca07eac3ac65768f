// What a program for a board looks like.

#include "firmware/runtime/print.h"

int main() {
  PrintText("hello\nPASS\n");
  return 0;
}
