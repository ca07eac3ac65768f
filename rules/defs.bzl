"""The public rules: everything that other repositories load comes from here."""

load(":providers.bzl", _TfliteArrayInfo = "TfliteArrayInfo", _TfliteModelInfo = "TfliteModelInfo", _TflmArenaInfo = "TflmArenaInfo", _TflmLibraryInfo = "TflmLibraryInfo", _TflmOpResolverInfo = "TflmOpResolverInfo")
load(":tflite_cc_library.bzl", _tflite_cc_library = "tflite_cc_library")
load(":tflite_model.bzl", _tflite_model = "tflite_model")
load(":tflm_arena.bzl", _tflm_arena = "tflm_arena")
load(":tflm_cc_library.bzl", _tflm_cc_library = "tflm_cc_library")
load(":tflm_op_resolver.bzl", _tflm_op_resolver = "tflm_op_resolver")

TfliteArrayInfo = _TfliteArrayInfo
TfliteModelInfo = _TfliteModelInfo
TflmArenaInfo = _TflmArenaInfo
TflmLibraryInfo = _TflmLibraryInfo
TflmOpResolverInfo = _TflmOpResolverInfo

tflite_cc_library = _tflite_cc_library
tflite_model = _tflite_model
tflm_arena = _tflm_arena
tflm_cc_library = _tflm_cc_library
tflm_op_resolver = _tflm_op_resolver
