// SPDX-License-Identifier: Apache-2.0

#include "web/normalization.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Mathematics without a library: these are instructions. ROUND is to even, as Python's.
#define CEIL __builtin_ceil
#define FLOOR __builtin_floor
#define ROUND __builtin_rint
#define SQRT __builtin_sqrt
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define MIN(a, b) ((a) < (b) ? (a) : (b))

enum {
  kBox = 20,
  // Row and column of the centre of mass.
  kCentre = 14,
  // The digit's strokes are measured on a grid of so many pixels for each one of the result.
  kFine = 10,
  kFineSide = kBox * kFine,
  // The ink with a margin of a tenth on each side. A digit on the fine grid has such margins, too, at most two pixels
  // of ink more, which are enlarged, and what a thin stroke grows: 200 + 2 * (20 + 25) + 2 * 14 is less.
  kMostSide = kInkSide + 2 * (kInkSide / 10),
  kMostPixels = kMostSide * kMostSide,
  // Of a filter: a mean of 336 / 20 pixels, or a smooth curve through four.
  kMostTaps = 20,
};

// As NIST's writers drew them: see micro/pictures/normalization.py.
static const double kLeastStroke = 2.0;
static const double kMostStroke = 4.7;
static const double kUsualStroke = 2.4;

struct picture {
  int32_t height;
  int32_t width;
  // From one row to the next.
  int32_t stride;
  float* pixels;
};

// Rows and columns, the ends not included.
struct bounds {
  int32_t top;
  int32_t bottom;
  int32_t left;
  int32_t right;
};

static float memory_a[kMostPixels];
static float memory_b[kMostPixels];
static float memory_c[kMostPixels];

static bool find_bounds(const struct picture* ink, struct bounds* found) {
  *found = (struct bounds){.top = ink->height, .left = ink->width};
  for (int32_t y = 0; y < ink->height; ++y) {
    for (int32_t x = 0; x < ink->width; ++x) {
      if (ink->pixels[y * ink->stride + x] < 0.5f) continue;
      found->top = MIN(found->top, y);
      found->bottom = y + 1;
      found->left = MIN(found->left, x);
      found->right = MAX(found->right, x + 1);
    }
  }
  return found->bottom > 0;
}

static int32_t longer_side(const struct bounds* box) {
  return MAX(box->bottom - box->top, box->right - box->left);
}

// --- resizing, as Pillow does it ---------------------------------------------------------------------

static double cubic(double x) {
  const double a = -0.5;
  if (x < 0) x = -x;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

static double box(double x) { return x > -0.5 && x <= 0.5 ? 1 : 0; }

// One direction of a resize: so many lines of elements that are `step` apart.
struct line {
  int32_t size;
  int32_t step;
  int32_t next_line;
};

static void resize_lines(int32_t lines, bool smooth, struct line in, const float* from,
                         struct line out, float* to) {
  double taps[kMostTaps];
  const double scale = (double)in.size / out.size;
  const double filter_scale = MAX(scale, 1.0);
  const double support = (smooth ? 2.0 : 0.5) * filter_scale;
  for (int32_t i = 0; i < out.size; ++i) {
    const double centre = (i + 0.5) * scale;
    const int32_t first = MAX((int32_t)(centre - support + 0.5), 0);
    const int32_t count = MIN((int32_t)(centre + support + 0.5), in.size) - first;
    double sum = 0;
    for (int32_t k = 0; k < count; ++k) {
      const double x = (k + first - centre + 0.5) * (1 / filter_scale);
      taps[k] = smooth ? cubic(x) : box(x);
      sum += taps[k];
    }
    for (int32_t k = 0; k < count; ++k) taps[k] /= sum;
    for (int32_t n = 0; n < lines; ++n) {
      const float* at = from + n * in.next_line + first * in.step;
      double value = 0;
      for (int32_t k = 0; k < count; ++k) value += (double)at[k * in.step] * taps[k];
      to[n * out.next_line + i * out.step] = (float)value;
    }
  }
}

// Resizes to the size of `to`, with averaging if it gets smaller and with smooth curves if it gets larger.
//
// between: memory for to->width times from->height elements.
static void resize(const struct picture* from, const struct picture* to, float* between) {
  const bool smooth = to->height > from->height || to->width > from->width;
  resize_lines(from->height, smooth, (struct line){from->width, 1, from->stride}, from->pixels,
               (struct line){to->width, 1, to->width}, between);
  resize_lines(to->width, smooth, (struct line){from->height, to->width, 1}, between,
               (struct line){to->height, to->stride, 1}, to->pixels);
  for (int32_t i = 0; i < to->height * to->stride; ++i) {
    to->pixels[i] = MIN(MAX(to->pixels[i], 0.0f), 1.0f);
  }
}

// A side of a resized picture.
static int32_t resized(double side) { return (int32_t)MAX(ROUND(side), 1.0); }

// --- strokes ---------------------------------------------------------------------------------------------

static float pixel(const struct picture* ink, int32_t y, int32_t x) {
  const bool inside = y >= 0 && y < ink->height && x >= 0 && x < ink->width;
  return inside ? ink->pixels[y * ink->stride + x] : 0.0f;
}

// The mean width of the strokes, in pixels: twice the area by the length of the edge.
static double stroke_width(const struct picture* ink) {
  double area = 0;
  double edge = 0;
  for (int32_t y = 0; y < ink->height; ++y) {
    for (int32_t x = 0; x < ink->width; ++x) {
      const double across = (double)(pixel(ink, y, x + 1) - pixel(ink, y, x - 1)) / 2;
      const double down = (double)(pixel(ink, y + 1, x) - pixel(ink, y - 1, x)) / 2;
      area += (double)ink->pixels[y * ink->stride + x];
      edge += SQRT(across * across + down * down);
    }
  }
  return edge > 0 ? 2 * area / edge : 0;
}

static float darker(float a, float b) { return MIN(a, b); }
static float brighter(float a, float b) { return MAX(a, b); }

// Thickens or thins: the maximum or the minimum over an octagon, which is a cross and a square by turns. Beyond the
// border there is no ink.
//
// other: memory of the same size. It has the result if the radius is odd.
static void change_stroke(struct picture* ink, float* other, int32_t radius,
                          float (*choose)(float, float)) {
  for (int32_t step = 0; step < radius; ++step) {
    for (int32_t y = 0; y < ink->height; ++y) {
      // Of the column before, of this one and of the next one: the middle, and all three rows.
      float before = 0;
      float all_before = 0;
      float here = pixel(ink, y, 0);
      float all_here = choose(choose(pixel(ink, y - 1, 0), here), pixel(ink, y + 1, 0));
      for (int32_t x = 0; x < ink->width; ++x) {
        const float next = pixel(ink, y, x + 1);
        const float all_next =
            choose(choose(pixel(ink, y - 1, x + 1), next), pixel(ink, y + 1, x + 1));
        other[y * ink->stride + x] = step % 2 == 0 ? choose(choose(before, all_here), next)
                                                   : choose(choose(all_before, all_here), all_next);
        before = here;
        all_before = all_here;
        here = next;
        all_here = all_next;
      }
    }
    float* const made = other;
    other = ink->pixels;
    ink->pixels = made;
  }
}

// Copies ink into the middle of a larger picture.
static struct picture padded(const struct picture* ink, int32_t margin, float* pixels) {
  struct picture to = {ink->height + 2 * margin, ink->width + 2 * margin, ink->width + 2 * margin,
                       pixels};
  for (int32_t y = 0; y < to.height; ++y) {
    for (int32_t x = 0; x < to.width; ++x) {
      pixels[y * to.stride + x] = pixel(ink, y - margin, x - margin);
    }
  }
  return to;
}

// Thickens strokes that are thinner than MNIST's, and thins those that are thicker.
//
// free_a, free_b: memory. The result lies there, or where the ink is.
static struct picture set_stroke(const struct picture* ink, float* free_a, float* free_b) {
  const double width = stroke_width(ink) / kFine;
  if (width < kLeastStroke) {
    // A stroke of width w and a digit of 20 become w + 2r and 20 + 2r, which is then scaled to 20.
    const double radius = (kUsualStroke - width) / (2 - 2 * kUsualStroke / kBox);
    const int32_t pixels = (int32_t)ROUND(radius * kFine);
    struct picture thicker = padded(ink, pixels, free_a);
    change_stroke(&thicker, free_b, pixels, brighter);
    return thicker;
  }
  if (width > kMostStroke) {
    const double radius = (width - kMostStroke) / (2 - 2 * kMostStroke / kBox);
    struct picture thinner = padded(ink, 0, free_a);
    // After so many nothing is left.
    change_stroke(&thinner, free_b, (int32_t)MIN(ROUND(radius * kFine), (double)kFineSide), darker);
    struct bounds before;
    struct bounds after;
    find_bounds(ink, &before);
    // Thin parts of a thick digit are not given up.
    if (find_bounds(&thinner, &after) && longer_side(&after) > 0.6 * longer_side(&before)) {
      return thinner;
    }
  }
  return *ink;
}

// --- the steps -------------------------------------------------------------------------------------------

// Where the ink's first row or column goes, so that its centre of mass is in the middle: but all of it is inside.
static int32_t place(const struct picture* ink, int32_t size, int32_t step, int32_t across,
                     int32_t across_step) {
  double mass = 0;
  double moment = 0;
  for (int32_t i = 0; i < size; ++i) {
    for (int32_t k = 0; k < across; ++k) {
      const double value = (double)ink->pixels[i * step + k * across_step];
      mass += value;
      moment += value * i;
    }
  }
  const int32_t start = (int32_t)FLOOR(kCentre - moment / mass + 0.5);
  return MIN(MAX(start, 0), kImageSide - size);
}

// Crops to the ink, and scales it so that its longer side has kFineSide pixels, with margins.
static struct picture crop(const struct picture* ink, const struct bounds* found, float* part,
                           float* between, float* pixels) {
  const double ratio = (double)kFineSide / longer_side(found);
  const int32_t margin = (int32_t)CEIL(2 * kFine / ratio);
  struct picture cut = {found->bottom - found->top + 2 * margin,
                        found->right - found->left + 2 * margin,
                        found->right - found->left + 2 * margin, part};
  for (int32_t y = 0; y < cut.height; ++y) {
    for (int32_t x = 0; x < cut.width; ++x) {
      part[y * cut.stride + x] = pixel(ink, found->top - margin + y, found->left - margin + x);
    }
  }
  const int32_t width = resized(cut.width * ratio);
  const struct picture made = {resized(cut.height * ratio), width, width, pixels};
  resize(&cut, &made, between);
  return made;
}

bool normalize(const uint8_t* ink, uint8_t* image) {
  for (int32_t i = 0; i < kInkSide * kInkSide; ++i) memory_a[i] = (float)ink[i] / 255.0f;
  const struct picture drawn = {kInkSide, kInkSide, kInkSide, memory_a};
  struct bounds found;
  if (!find_bounds(&drawn, &found) || longer_side(&found) < kLeastInk) return false;
  const struct picture fine = crop(&drawn, &found, memory_b, memory_c, memory_a);
  const struct picture stroked = set_stroke(&fine, memory_b, memory_c);
  find_bounds(&stroked, &found);
  const struct picture part = {found.bottom - found.top, found.right - found.left, stroked.stride,
                               stroked.pixels + found.top * stroked.stride + found.left};
  static float between[kBox * kMostSide];
  static float scaled[kBox * kBox];
  const double longest = longer_side(&found);
  const int32_t width = resized(part.width * kBox / longest);
  const struct picture digit = {resized(part.height * kBox / longest), width, width, scaled};
  resize(&part, &digit, between);
  const int32_t top = place(&digit, digit.height, digit.stride, digit.width, 1);
  const int32_t left = place(&digit, digit.width, 1, digit.height, digit.stride);
  for (int32_t i = 0; i < kImagePixels; ++i) image[i] = 0;
  for (int32_t y = 0; y < digit.height; ++y) {
    for (int32_t x = 0; x < digit.width; ++x) {
      const float grey = digit.pixels[y * digit.stride + x] * 255.0f + 0.5f;
      image[(top + y) * kImageSide + left + x] = (uint8_t)grey;
    }
  }
  return true;
}
