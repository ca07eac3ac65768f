# SPDX-License-Identifier: Apache-2.0
"""The module extension that declares what is neither a module nor a wheel.

Nothing fetched is checked in. Each repository has its own folder here, with its rule or BUILD file.
"""

load("//third_party/arm_none_eabi:arm_none_eabi.bzl", "arm_none_eabi_repository")
load("//third_party/buildifier:buildifier.bzl", "buildifier_repository")
load("//third_party/chromium:chromium.bzl", "chromium_repository")
load("//third_party/clang:clang.bzl", "clang_repository")
load("//third_party/cmsis_nn:cmsis_nn.bzl", "cmsis_nn_repository")
load("//third_party/googletest:googletest.bzl", "googletest_repository")
load("//third_party/llvm_mca:llvm_mca.bzl", "llvm_mca_repository")
load("//third_party/mnist:mnist.bzl", "mnist_repository")
load("//third_party/nginx:nginx.bzl", "nginx_repository")
load("//third_party/qemu_system:qemu_system.bzl", "qemu_system_repository")
load("//third_party/qemu_user:qemu_user.bzl", "qemu_user_repository")
load("//third_party/real_models:real_models.bzl", "real_models_repository")
load("//third_party/riscv_unknown_elf:riscv_unknown_elf.bzl", "riscv_unknown_elf_repository")
load("//third_party/tflite_micro:tflite_micro.bzl", "tflite_micro_repository")
load("//third_party/tflite_micro_wheel:tflite_micro_wheel.bzl", "tflite_micro_wheel_repository")

def _third_party_impl(_mctx):
    arm_none_eabi_repository(name = "arm_none_eabi")
    buildifier_repository(name = "buildifier")
    chromium_repository(name = "chromium")
    clang_repository(name = "clang")
    cmsis_nn_repository(name = "cmsis_nn")
    googletest_repository(name = "googletest")
    llvm_mca_repository(name = "llvm_mca")
    mnist_repository(name = "mnist")
    nginx_repository(name = "nginx")
    qemu_system_repository(name = "qemu_system")
    qemu_user_repository(name = "qemu_user")
    real_models_repository(name = "real_models")
    riscv_unknown_elf_repository(name = "riscv_unknown_elf")
    tflite_micro_repository(name = "tflite_micro")
    tflite_micro_wheel_repository(name = "tflite_micro_wheel")

third_party = module_extension(
    implementation = _third_party_impl,
    doc = "Declares @arm_none_eabi, @buildifier, @chromium, @clang, @cmsis_nn, @googletest, @llvm_mca, @mnist, @nginx, @qemu_system, @qemu_user, @real_models, @riscv_unknown_elf, @tflite_micro and @tflite_micro_wheel.",
)
