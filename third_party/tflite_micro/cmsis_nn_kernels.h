// SPDX-License-Identifier: Apache-2.0

// Calls of CMSIS-NN for the int8 kernels of the TFLM of 2020: cmsis_nn.patch puts them into its kernels. The
// files for CMSIS-NN that came with that TFLM fit an older CMSIS-NN, overrun their arrays from 257 channels on
// and know neither batches nor dense weights per channel.

#ifndef MNIST_MICRO_THIRD_PARTY_TFLITE_MICRO_CMSIS_NN_KERNELS_H_
#define MNIST_MICRO_THIRD_PARTY_TFLITE_MICRO_CMSIS_NN_KERNELS_H_

#include <cstdint>
#include <limits>

#include "arm_nnfunctions.h"
#include "tensorflow/lite/c/builtin_op_data.h"
#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/kernels/internal/tensor_ctypes.h"
#include "tensorflow/lite/kernels/kernel_util.h"

namespace mnist_micro::cmsis_nn {

// Of a tensor with four dimensions.
inline cmsis_nn_dims DimsOf(const TfLiteTensor* tensor) {
  const int* dims = tensor->dims->data;
  return {dims[0], dims[1], dims[2], dims[3]};
}

inline TfLiteStatus CheckDims(TfLiteContext* context, const TfLiteTensor* input,
                              const TfLiteTensor* output) {
  TF_LITE_ENSURE_EQ(context, input->dims->size, 4);
  TF_LITE_ENSURE_EQ(context, output->dims->size, 4);
  TF_LITE_ENSURE_EQ(context, input->dims->data[0], output->dims->data[0]);
  return kTfLiteOk;
}

// Sets `*index` to -1 if no memory is needed.
inline TfLiteStatus RequestScratch(TfLiteContext* context, std::int32_t bytes, int* index) {
  *index = -1;
  return bytes > 0 ? context->RequestScratchBufferInArena(context, bytes, index) : kTfLiteOk;
}

inline cmsis_nn_context ScratchAt(TfLiteContext* context, int index) {
  return {index < 0 ? nullptr : context->GetScratchBuffer(context, index), 0};
}

inline TfLiteStatus StatusOf(TfLiteContext* context, arm_cmsis_nn_status status) {
  TF_LITE_ENSURE_EQ(context, status, ARM_CMSIS_NN_SUCCESS);
  return kTfLiteOk;
}

// --- CONV_2D -----------------------------------------------------------------------------------------

template <typename OpData>
cmsis_nn_conv_params ConvParamsOf(const TfLiteConvParams& params, const OpData& data,
                                  const TfLiteTensor* input, const TfLiteTensor* output) {
  return {-input->params.zero_point,
          output->params.zero_point,
          {params.stride_width, params.stride_height},
          {data.padding.width, data.padding.height},
          {params.dilation_width_factor, params.dilation_height_factor},
          {data.output_activation_min, data.output_activation_max}};
}

template <typename OpData>
TfLiteStatus PrepareConv(TfLiteContext* context, const TfLiteConvParams& params, OpData* data,
                         const TfLiteTensor* input, const TfLiteTensor* filter,
                         const TfLiteTensor* output) {
  data->scratch = -1;
  if (input->type != kTfLiteInt8) return kTfLiteOk;
  TF_LITE_ENSURE_STATUS(CheckDims(context, input, output));
  TF_LITE_ENSURE_EQ(context, filter->dims->size, 4);
  TF_LITE_ENSURE_EQ(context, input->dims->data[3], filter->dims->data[3]);
  TF_LITE_ENSURE_EQ(context, output->dims->data[3], filter->dims->data[0]);
  const cmsis_nn_conv_params conv = ConvParamsOf(params, *data, input, output);
  const cmsis_nn_dims input_dims = DimsOf(input), filter_dims = DimsOf(filter),
                      output_dims = DimsOf(output);
  return RequestScratch(
      context,
      arm_convolve_wrapper_s8_get_buffer_size(&conv, &input_dims, &filter_dims, &output_dims),
      &data->scratch);
}

template <typename OpData>
TfLiteStatus EvalConv(TfLiteContext* context, const TfLiteConvParams& params, const OpData& data,
                      const TfLiteTensor* input, const TfLiteTensor* filter,
                      const TfLiteTensor* bias, TfLiteTensor* output) {
  const cmsis_nn_context scratch = ScratchAt(context, data.scratch);
  const cmsis_nn_conv_params conv = ConvParamsOf(params, data, input, output);
  const cmsis_nn_per_channel_quant_params scales = {data.per_channel_output_multiplier,
                                                    data.per_channel_output_shift};
  const cmsis_nn_dims input_dims = DimsOf(input), filter_dims = DimsOf(filter),
                      output_dims = DimsOf(output), bias_dims = {1, 1, 1, output_dims.c};
  return StatusOf(context,
                  arm_convolve_wrapper_s8(&scratch, &conv, &scales, &input_dims,
                                          tflite::GetTensorData<std::int8_t>(input), &filter_dims,
                                          tflite::GetTensorData<std::int8_t>(filter), &bias_dims,
                                          tflite::GetTensorData<std::int32_t>(bias), &output_dims,
                                          tflite::GetTensorData<std::int8_t>(output)));
}

// --- DEPTHWISE_CONV_2D -------------------------------------------------------------------------------

template <typename OpData>
cmsis_nn_dw_conv_params DepthwiseConvParamsOf(const TfLiteDepthwiseConvParams& params,
                                              const OpData& data, const TfLiteTensor* input,
                                              const TfLiteTensor* output) {
  // The reference kernel of 2020 has no other limits either.
  using Limits = std::numeric_limits<std::int8_t>;
  return {-input->params.zero_point,
          output->params.zero_point,
          params.depth_multiplier,
          {params.stride_width, params.stride_height},
          {data.padding.width, data.padding.height},
          {params.dilation_width_factor, params.dilation_height_factor},
          {Limits::min(), Limits::max()}};
}

template <typename OpData>
TfLiteStatus PrepareDepthwiseConv(TfLiteContext* context, const TfLiteDepthwiseConvParams& params,
                                  OpData* data, const TfLiteTensor* input,
                                  const TfLiteTensor* filter, const TfLiteTensor* output) {
  data->scratch = -1;
  if (input->type != kTfLiteInt8) return kTfLiteOk;
  TF_LITE_ENSURE_STATUS(CheckDims(context, input, output));
  TF_LITE_ENSURE_EQ(context, filter->dims->size, 4);
  TF_LITE_ENSURE_EQ(context, output->dims->data[3], filter->dims->data[3]);
  TF_LITE_ENSURE_EQ(context, output->dims->data[3], input->dims->data[3] * params.depth_multiplier);
  const cmsis_nn_dw_conv_params conv = DepthwiseConvParamsOf(params, *data, input, output);
  const cmsis_nn_dims input_dims = DimsOf(input), filter_dims = DimsOf(filter),
                      output_dims = DimsOf(output);
  return RequestScratch(
      context,
      arm_depthwise_conv_wrapper_s8_get_buffer_size(&conv, &input_dims, &filter_dims, &output_dims),
      &data->scratch);
}

template <typename OpData>
TfLiteStatus EvalDepthwiseConv(TfLiteContext* context, const TfLiteDepthwiseConvParams& params,
                               const OpData& data, const TfLiteTensor* input,
                               const TfLiteTensor* filter, const TfLiteTensor* bias,
                               TfLiteTensor* output) {
  const cmsis_nn_context scratch = ScratchAt(context, data.scratch);
  const cmsis_nn_dw_conv_params conv = DepthwiseConvParamsOf(params, data, input, output);
  const cmsis_nn_per_channel_quant_params scales = {data.per_channel_output_multiplier,
                                                    data.per_channel_output_shift};
  const cmsis_nn_dims input_dims = DimsOf(input), filter_dims = DimsOf(filter),
                      output_dims = DimsOf(output), bias_dims = {1, 1, 1, output_dims.c};
  return StatusOf(
      context, arm_depthwise_conv_wrapper_s8(
                   &scratch, &conv, &scales, &input_dims, tflite::GetTensorData<std::int8_t>(input),
                   &filter_dims, tflite::GetTensorData<std::int8_t>(filter), &bias_dims,
                   tflite::GetTensorData<std::int32_t>(bias), &output_dims,
                   tflite::GetTensorData<std::int8_t>(output)));
}

// --- FULLY_CONNECTED ---------------------------------------------------------------------------------

// For weights with one scale, symmetric. Needs no scratch memory.
template <typename OpData>
TfLiteStatus EvalFullyConnected(TfLiteContext* context, const OpData& data,
                                const TfLiteTensor* input, const TfLiteTensor* filter,
                                const TfLiteTensor* bias, TfLiteTensor* output) {
  const int channels = filter->dims->data[filter->dims->size - 2];
  const int depth = filter->dims->data[filter->dims->size - 1];
  const cmsis_nn_dims output_dims = {tflite::NumElements(output) / channels, 1, 1, channels};
  const cmsis_nn_dims input_dims = {output_dims.n, 1, 1, depth},
                      filter_dims = {depth, 1, 1, channels}, bias_dims = {1, 1, 1, channels};
  const cmsis_nn_context no_scratch = {nullptr, 0};
  const cmsis_nn_fc_params dense = {-input->params.zero_point,
                                    0,
                                    output->params.zero_point,
                                    {data.output_activation_min, data.output_activation_max}};
  const cmsis_nn_per_tensor_quant_params scale = {data.output_multiplier, -data.output_shift};
  return StatusOf(context,
                  arm_fully_connected_s8(&no_scratch, &dense, &scale, &input_dims,
                                         tflite::GetTensorData<std::int8_t>(input), &filter_dims,
                                         tflite::GetTensorData<std::int8_t>(filter), &bias_dims,
                                         tflite::GetTensorData<std::int32_t>(bias), &output_dims,
                                         tflite::GetTensorData<std::int8_t>(output)));
}

// --- AVERAGE_POOL_2D, MAX_POOL_2D --------------------------------------------------------------------

// Calls `pool`, arm_avgpool_s8 or arm_max_pool_s8, for each batch: they know of one only.
template <typename Pool>
TfLiteStatus EvalPool(TfLiteContext* context, Pool pool, const TfLitePoolParams& params,
                      const TfLitePaddingValues& padding, int scratch_index,
                      const TfLiteTensor* input, TfLiteTensor* output) {
  TF_LITE_ENSURE_STATUS(CheckDims(context, input, output));
  std::int32_t least = 0;
  std::int32_t most = 0;
  TF_LITE_ENSURE_STATUS(
      tflite::CalculateActivationRangeQuantized(context, params.activation, output, &least, &most));
  const cmsis_nn_context scratch = ScratchAt(context, scratch_index);
  const cmsis_nn_pool_params pooling = {
      {params.stride_width, params.stride_height}, {padding.width, padding.height}, {least, most}};
  cmsis_nn_dims input_dims = DimsOf(input), output_dims = DimsOf(output);
  const cmsis_nn_dims filter_dims = {1, params.filter_height, params.filter_width, 1};
  const auto* from = tflite::GetTensorData<std::int8_t>(input);
  auto* to = tflite::GetTensorData<std::int8_t>(output);
  const int batches = input_dims.n;
  input_dims.n = output_dims.n = 1;
  for (int batch = 0; batch < batches; ++batch) {
    TF_LITE_ENSURE_STATUS(StatusOf(
        context, pool(&scratch, &pooling, &input_dims, from, &filter_dims, &output_dims, to)));
    from += input_dims.h * input_dims.w * input_dims.c;
    to += output_dims.h * output_dims.w * output_dims.c;
  }
  return kTfLiteOk;
}

inline TfLiteStatus PrepareAveragePool(TfLiteContext* context, int* scratch,
                                       const TfLiteTensor* input, const TfLiteTensor* output) {
  *scratch = -1;
  if (input->type != kTfLiteInt8) return kTfLiteOk;
  TF_LITE_ENSURE_STATUS(CheckDims(context, input, output));
  return RequestScratch(
      context, arm_avgpool_s8_get_buffer_size(output->dims->data[2], output->dims->data[3]),
      scratch);
}

inline TfLiteStatus EvalAveragePool(TfLiteContext* context, const TfLitePoolParams& params,
                                    const TfLitePaddingValues& padding, int scratch,
                                    const TfLiteTensor* input, TfLiteTensor* output) {
  return EvalPool(context, arm_avgpool_s8, params, padding, scratch, input, output);
}

inline TfLiteStatus EvalMaxPool(TfLiteContext* context, const TfLitePoolParams& params,
                                const TfLitePaddingValues& padding, const TfLiteTensor* input,
                                TfLiteTensor* output) {
  return EvalPool(context, arm_max_pool_s8, params, padding, -1, input, output);
}

}  // namespace mnist_micro::cmsis_nn

#endif  // MNIST_MICRO_THIRD_PARTY_TFLITE_MICRO_CMSIS_NN_KERNELS_H_
