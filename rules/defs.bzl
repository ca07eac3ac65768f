# SPDX-License-Identifier: Apache-2.0
"""The public rules: everything that other repositories load comes from here."""

load(":exec_env.bzl", _exec_env = "exec_env")
load(":exec_env_toolchain.bzl", _exec_env_toolchain = "exec_env_toolchain")
load(":firmware_binary.bzl", _firmware_binary = "firmware_binary")
load(":firmware_budget_test.bzl", _firmware_budget_test = "firmware_budget_test")
load(":firmware_image_test.bzl", _firmware_image_test = "firmware_image_test")
load(":firmware_report.bzl", _firmware_report = "firmware_report")
load(":firmware_symbols_test.bzl", _firmware_symbols_test = "firmware_symbols_test")
load(":firmware_test.bzl", _firmware_test = "firmware_test")
load(":firmware_trace_test.bzl", _firmware_trace_test = "firmware_trace_test")
load(":providers.bzl", _ExecEnvInfo = "ExecEnvInfo", _FirmwareInfo = "FirmwareInfo", _FirmwareReportInfo = "FirmwareReportInfo", _TfliteAotInfo = "TfliteAotInfo", _TfliteArenaInfo = "TfliteArenaInfo", _TfliteArrayInfo = "TfliteArrayInfo", _TfliteLibraryInfo = "TfliteLibraryInfo", _TfliteModelInfo = "TfliteModelInfo", _TflmArenaInfo = "TflmArenaInfo", _TflmLibraryInfo = "TflmLibraryInfo", _TflmOpResolverInfo = "TflmOpResolverInfo")
load(":quantization_report.bzl", _quantization_report = "quantization_report")
load(":tflite_accuracy_test.bzl", _tflite_accuracy_test = "tflite_accuracy_test")
load(":tflite_aot_c_library.bzl", _tflite_aot_c_library = "tflite_aot_c_library")
load(":tflite_aot_library.bzl", _tflite_aot_library = "tflite_aot_library")
load(":tflite_cc_library.bzl", _tflite_cc_library = "tflite_cc_library")
load(":tflite_model.bzl", _tflite_model = "tflite_model")
load(":tflite_parity_test.bzl", _tflite_parity_test = "tflite_parity_test")
load(":tflite_size_test.bzl", _tflite_size_test = "tflite_size_test")
load(":tflm_arena.bzl", _tflm_arena = "tflm_arena")
load(":tflm_arena_test.bzl", _tflm_arena_test = "tflm_arena_test")
load(":tflm_cc_library.bzl", _tflm_cc_library = "tflm_cc_library")
load(":tflm_op_resolver.bzl", _tflm_op_resolver = "tflm_op_resolver")
load(":wasm_module.bzl", _wasm_module = "wasm_module")

ExecEnvInfo = _ExecEnvInfo
FirmwareInfo = _FirmwareInfo
FirmwareReportInfo = _FirmwareReportInfo
TfliteAotInfo = _TfliteAotInfo
TfliteArenaInfo = _TfliteArenaInfo
TfliteArrayInfo = _TfliteArrayInfo
TfliteLibraryInfo = _TfliteLibraryInfo
TfliteModelInfo = _TfliteModelInfo
TflmArenaInfo = _TflmArenaInfo
TflmLibraryInfo = _TflmLibraryInfo
TflmOpResolverInfo = _TflmOpResolverInfo

exec_env = _exec_env
exec_env_toolchain = _exec_env_toolchain
firmware_binary = _firmware_binary
firmware_budget_test = _firmware_budget_test
firmware_image_test = _firmware_image_test
firmware_report = _firmware_report
firmware_symbols_test = _firmware_symbols_test
firmware_test = _firmware_test
firmware_trace_test = _firmware_trace_test
quantization_report = _quantization_report
tflite_accuracy_test = _tflite_accuracy_test
tflite_aot_c_library = _tflite_aot_c_library
tflite_aot_library = _tflite_aot_library
tflite_cc_library = _tflite_cc_library
tflite_model = _tflite_model
tflite_parity_test = _tflite_parity_test
tflite_size_test = _tflite_size_test
tflm_arena = _tflm_arena
tflm_arena_test = _tflm_arena_test
tflm_cc_library = _tflm_cc_library
tflm_op_resolver = _tflm_op_resolver
wasm_module = _wasm_module

def tflm_parity_test(*, name, **kwargs):
    """Another name of tflite_parity_test.

    Args:
      name: of the test.
      **kwargs: see tflite_parity_test.
    """
    tflite_parity_test(name = name, **kwargs)
