// SPDX-License-Identifier: Apache-2.0

// A plugin of QEMU: counts how often each block of translated code runs, and how often a block is left by a
// jump, between calls of a function.
//
//   qemu-system-arm … -plugin trace.so,mark=1a2c,output=FILE
//
// `mark` is the function's address in hexadecimal. The file has lines of three kinds:
//   b ID ADDRESS BYTES INSTRUCTIONS   a block, before it is counted
//   m N                               the N-th call of the function, or 0 at the program's end; then for each
//   c ID RUNS JUMPS                   block that ran since the one before how often
// Numbers are hexadecimal. Interface: https://www.qemu.org/docs/master/devel/tcg-plugins.html

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- what QEMU 7.2 offers, version 1 of its interface ---------------------------------------------------

#define EXPORT __attribute__((visibility("default")))

struct qemu_plugin_tb;
struct qemu_plugin_insn;

extern void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id,
                                                  void (*callback)(uint64_t id,
                                                                   struct qemu_plugin_tb* block));
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb* block,
                                                 void (*callback)(unsigned int cpu, void* data),
                                                 int flags, void* data);
extern void qemu_plugin_register_atexit_cb(uint64_t id, void (*callback)(uint64_t id, void* data),
                                           void* data);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb* block);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb* block);
extern struct qemu_plugin_insn* qemu_plugin_tb_get_insn(const struct qemu_plugin_tb* block,
                                                        size_t index);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn* instruction);
extern const void* qemu_plugin_insn_data(const struct qemu_plugin_insn* instruction);

// What qemu_plugin_install gets begins so.
struct qemu_info {
  const char* target_name;
};

EXPORT int qemu_plugin_version = 1;

// --- counting ---------------------------------------------------------------------------------------------

struct Block {
  struct Block* next;  // In the order of translation.
  unsigned id;
  uint64_t begin, end;
  uint64_t runs, jumps;
};

static FILE* output;
static int is_riscv;
static uint64_t mark;
static unsigned marks;
static struct Block* first;
static struct Block** end_of_list = &first;
static unsigned blocks;
static struct Block* last;

static void PrintCounts(unsigned number) {
  fprintf(output, "m %x\n", number);
  for (struct Block* block = first; block != NULL; block = block->next) {
    if (block->runs == 0) continue;
    fprintf(output, "c %x %llx %llx\n", block->id, (unsigned long long)block->runs,
            (unsigned long long)block->jumps);
    block->runs = block->jumps = 0;
  }
}

static void OnRun(unsigned int cpu, void* data) {
  (void)cpu;
  struct Block* block = data;
  if (last != NULL && last->end != block->begin) ++last->jumps;
  if (block->begin == mark) PrintCounts(++marks);
  ++block->runs;
  last = block;
}

// The bytes of a Thumb or RISC-V instruction. QEMU's own count has what it looked at behind it, too.
static uint64_t Size(const struct qemu_plugin_insn* instruction) {
  const uint8_t* bytes = qemu_plugin_insn_data(instruction);
  if (is_riscv) return (bytes[0] & 3) == 3 ? 4 : 2;
  return bytes[1] >= 0xe8 ? 4 : 2;
}

static void OnTranslation(uint64_t id, struct qemu_plugin_tb* translated) {
  (void)id;
  const size_t instructions = qemu_plugin_tb_n_insns(translated);
  struct Block* block = calloc(1, sizeof(*block));
  if (block == NULL) abort();
  block->id = blocks++;
  block->begin = qemu_plugin_tb_vaddr(translated);
  const struct qemu_plugin_insn* end = qemu_plugin_tb_get_insn(translated, instructions - 1);
  block->end = qemu_plugin_insn_vaddr(end) + Size(end);
  *end_of_list = block;
  end_of_list = &block->next;
  fprintf(output, "b %x %llx %llx %zx\n", block->id, (unsigned long long)block->begin,
          (unsigned long long)(block->end - block->begin), instructions);
  qemu_plugin_register_vcpu_tb_exec_cb(translated, OnRun, 0, block);
}

static void OnExit(uint64_t id, void* data) {
  (void)id;
  (void)data;
  PrintCounts(0);
  fclose(output);
}

// strtoull() of newer C libraries has a name that QEMU's C library may lack.
static uint64_t Hexadecimal(const char* text) {
  uint64_t value = 0;
  for (; *text != '\0'; ++text) {
    value = value * 16 + (uint64_t)(*text <= '9' ? *text - '0' : *text - 'a' + 10);
  }
  return value;
}

EXPORT int qemu_plugin_install(uint64_t id, const struct qemu_info* info, int argc, char** argv) {
  is_riscv = strncmp(info->target_name, "riscv", 5) == 0;
  for (int i = 0; i < argc; ++i) {
    if (strncmp(argv[i], "mark=", 5) == 0) mark = Hexadecimal(argv[i] + 5);
    if (strncmp(argv[i], "output=", 7) == 0) output = fopen(argv[i] + 7, "w");
  }
  if (output == NULL) {
    fprintf(stderr, "trace_plugin: its output can't be written\n");
    return -1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, OnTranslation);
  qemu_plugin_register_atexit_cb(id, OnExit, NULL);
  return 0;
}
