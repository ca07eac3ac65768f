# SPDX-License-Identifier: Apache-2.0
"""What the rules hand to one another."""

TfliteModelInfo = provider(
    doc = "A TensorFlow Lite model, of `tflite_model`.",
    fields = {
        "description": "File: JSON with size, SHA-256, operators, and the tensors, inputs and outputs with dtype, shape and quantization.",
        "model": "File: the `.tflite` file.",
    },
)

TfliteArrayInfo = provider(
    doc = "A model as a C++ array, of `tflite_cc_library`.",
    fields = {
        "include": "The header's path in #include directives.",
        "model": "TfliteModelInfo of the model.",
        "namespace": "The C++ namespace.",
        "symbol": "What the array is named after, snake_case.",
    },
)

TflmOpResolverInfo = provider(
    doc = "An op resolver, of `tflm_op_resolver`.",
    fields = {
        "include": "The header's path in #include directives.",
        "models": "Depset of the `.tflite` files whose operators it has.",
        "namespace": "The C++ namespace.",
        "symbol": "What the resolver is named after, snake_case.",
        "verdicts": "Dict from each of those files to the File with what the linked TFLM did with it, JSON.",
    },
)

TfliteArenaInfo = provider(
    doc = "How much memory a model works in, whatever engine runs it. `tflite_size_test` takes it.",
    fields = {
        "json": "File: JSON whose `arena_size` is in bytes.",
    },
)

TflmArenaInfo = provider(
    doc = "A measured arena, of `tflm_arena`.",
    fields = {
        "array": "TfliteArrayInfo of the model that was measured.",
        "include": "The header's path in #include directives.",
        "json": "File: the report.",
        "namespace": "The C++ namespace.",
        "program": "File: the program that tries arenas of given sizes, of the target configuration.",
        "resolver": "TflmOpResolverInfo of the resolver that it was measured with.",
        "symbol": "What the size is named after, snake_case.",
    },
)

TfliteLibraryInfo = provider(
    doc = "A model's C++ class, whatever engine runs it. The tests of accuracy and parity take it.",
    fields = {
        "class_name": "The class, with its namespace: `mnist_micro::inference::TypedModel` is its base.",
        "engine_date": "File or None: a C header that says of which date the engine's kernels are. A parity test that fails then says so if the reference is of another date.",
        "include": "The header's path in #include directives.",
        "integer_inputs": "File or None: JSON whose `integer_inputs` is the number that generated samples have in inputs of 32- and 64-bit integers. None for 0.",
        "model": "TfliteModelInfo of the model.",
        "program": "File: a program that runs samples through the class, for tests; linked only if a test asks for it.",
    },
)

TfliteAotInfo = provider(
    doc = "What a `tflite_aot_library` has beside its TfliteLibraryInfo.",
    fields = {
        "disabled_passes": "Passes of the compiler that were left out.",
        "explanation": "File: each layer with its kernel, bounds and memory, as text.",
        "header": "File: the C header.",
        "include": "The C header's path in #include directives.",
        "optimize": "What counts most: \"speed\", \"size\" or \"ram\".",
        "section": "The linker section of the weights, or \"\" for the usual one.",
        "source": "File: the C source.",
        "symbol": "What the C is named after, snake_case.",
        "target": "What the C is for, e.g. \"portable\".",
    },
)

TflmLibraryInfo = provider(
    doc = "What a `tflm_cc_library` has beside its TfliteLibraryInfo.",
    fields = {
        "arena": "TflmArenaInfo of its arena.",
    },
)

ExecEnvInfo = provider(
    doc = "Where firmware runs, of `exec_env`.",
    fields = {
        "arguments": "The emulator's arguments before the program.",
        "code": "CcInfo of the start-up code and the board's functions, without the linker script.",
        "core": "What its core is called, e.g. \"cortex_m4f\".",
        "emulator": "None, or a struct of the emulator: `program` (File), `files` (depset), `runfiles` and `to_run` (FilesToRunProvider).",
        "exit_line": "Whether a program ends by a line with its exit code, and the emulator goes on.",
        "linker_script": "File or None: the linker script.",
        "linker_script_parts": "Depset of Files that it includes.",
        "uf2_absolute": "For the RP2350: the address of UF2's absolute block, or \"\".",
        "uf2_family": "The number of its chips in UF2 files, or \"\" if no bootloader of them takes UF2.",
        "ticks_per_microsecond": "How fast the core's counter runs in the emulator, or 0.",
    },
)

FirmwareInfo = provider(
    doc = "A program for a chip, of `firmware_binary`.",
    fields = {
        "bin": "File: the memory from the first byte to the last.",
        "elf": "File: the program, with symbols.",
        "env": "ExecEnvInfo: where it runs.",
        "hex": "File: the same in Intel HEX.",
        "map": "File: the linker's map.",
        "map_of_objects": "File or None: for a program that was optimized when it was linked: the map that it would have otherwise.",
        "symbols": "File: the program's symbols, as the toolchain's nm lists them.",
        "uf2": "File or None: the same as UF2.",
    },
)

FirmwareReportInfo = provider(
    doc = "What a model costs on a chip, of `firmware_report`.",
    fields = {
        "json": "File: the report.",
        "text": "File: the same to read.",
    },
)
