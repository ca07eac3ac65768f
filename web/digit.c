// SPDX-License-Identifier: Apache-2.0

// What the page calls: WebAssembly's exports. The memory that they return is the module's, to be read and written there.

#include <stdint.h>
#include <string.h>

#include "web/digit_model_c.h"
#include "web/digit_model_traced_c.h"
#include "web/normalization.h"

#define EXPORT(name) __attribute__((export_name(#name))) name

_Static_assert(DIGIT_MODEL_INPUT_0_SIZE == kImagePixels, "not a model of such images");

// The page's: is called with each tensor that an operator made, by its number in the model.
__attribute__((import_module("page"), import_name("tensor"))) void page_tensor(int32_t tensor,
                                                                               const void* data,
                                                                               uint32_t size);

static uint8_t ink[kInkSide * kInkSide];
static uint8_t image[kImagePixels];
static int8_t input[kImagePixels];

static _Alignas(DIGIT_MODEL_MEMORY_ALIGNMENT) unsigned char memory[DIGIT_MODEL_MEMORY_SIZE];
static _Alignas(DIGIT_MODEL_TRACED_MEMORY_ALIGNMENT) unsigned char traced_memory
    [DIGIT_MODEL_TRACED_MEMORY_SIZE];

// As inference/tensor.h quantizes: a pixel stands for a number from 0 to 1.
static void quantize(void) {
  for (int32_t i = 0; i < kImagePixels; ++i) {
    const float steps = (float)image[i] / 255.0f / DIGIT_MODEL_INPUT_0_SCALE;
    const float rounded = __builtin_floorf(steps + 0.5f) + (float)DIGIT_MODEL_INPUT_0_ZERO_POINT;
    input[i] = (int8_t)(rounded < -128 ? -128 : rounded > 127 ? 127 : rounded);
  }
}

// What is drawn: kInkSide rows of as many pixels, 255 is ink.
uint8_t* EXPORT(ink_pixels)(void) { return ink; }

int32_t EXPORT(ink_side)(void) { return kInkSide; }

// What the model sees: 28 rows of 28 pixels, white on black. normalize_ink() writes it, or the page does.
uint8_t* EXPORT(image_pixels)(void) { return image; }

// Makes the image of the ink. Returns 0 if there is too little of it.
int32_t EXPORT(normalize_ink)(void) { return normalize(ink, image); }

// Runs the model on the image, so often. Returns the scores of the last run.
const int8_t* EXPORT(classify)(int32_t times) {
  quantize();
  struct digit_model_state model;
  digit_model_init(&model, memory);
  for (int32_t i = 0; i < times; ++i) {
    memcpy(digit_model_input_0(&model), input, sizeof(input));
    digit_model_invoke(&model);
  }
  return digit_model_output_0(&model);
}

static void tensor_made(void* context, int32_t tensor, const void* data, uint32_t size) {
  (void)context;
  page_tensor(tensor, data, size);
}

// Runs it once, compiled so that it makes the tensors of all layers, and hands each to the page.
const int8_t* EXPORT(classify_traced)(void) {
  quantize();
  struct digit_model_traced_state model;
  digit_model_traced_init(&model, traced_memory);
  model.trace = tensor_made;
  memcpy(digit_model_traced_input_0(&model), input, sizeof(input));
  digit_model_traced_invoke(&model);
  return digit_model_traced_output_0(&model);
}
