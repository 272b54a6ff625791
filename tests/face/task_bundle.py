"""A working ``face_landmarker.task`` made of the models that MediaPipe 0.10.14 carries, so that no download is needed.

The bundle that is offered for download predicts 478 vertices, the model in the package 468: ten vertices at the origin
are appended to its output. None of the 68 points is made of them.
"""

import zipfile
from pathlib import Path

import numpy as np
import pytest

DETECTOR = "modules/face_detection/face_detection_short_range.tflite"
LANDMARKS = "modules/face_landmark/face_landmark.tflite"


def make_bundle(path: Path) -> Path:
    """Write the bundle; the test is skipped where the models are not installed."""
    mediapipe = pytest.importorskip("mediapipe", reason="needs MediaPipe's face model")
    root = Path(mediapipe.__file__).parent
    if not (root / LANDMARKS).is_file():
        pytest.skip("this MediaPipe carries no model")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.write(root / DETECTOR, "face_detector.tflite")
        archive.writestr("face_landmarks_detector.tflite", with_ten_more((root / LANDMARKS).read_bytes()))
    return path


def with_ten_more(model: bytes) -> bytes:
    """The network with 30 zeros joined to its first output."""
    import flatbuffers
    from mediapipe.tasks.metadata import schema_py_generated as schema

    network = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(model, 0))
    graph = network.subgraphs[0]

    def tensor(name: bytes, numbers: int, buffer: int) -> int:
        made = schema.TensorT()
        made.name, made.shape, made.type, made.buffer = name, [1, 1, 1, numbers], schema.TensorType.FLOAT32, buffer
        graph.tensors.append(made)
        return len(graph.tensors) - 1

    zeros = schema.BufferT()
    zeros.data = np.zeros(30, np.float32).view(np.uint8)
    network.buffers.append(zeros)
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.CONCATENATION
    code.version = 1
    network.operatorCodes.append(code)
    join = schema.OperatorT()
    join.opcodeIndex = len(network.operatorCodes) - 1
    join.inputs = [graph.outputs[0], tensor(b"more", 30, len(network.buffers) - 1)]
    join.outputs = [tensor(b"all", 1434, 0)]
    join.builtinOptionsType = schema.BuiltinOptions.ConcatenationOptions
    join.builtinOptions = schema.ConcatenationOptionsT()
    join.builtinOptions.axis = 3
    graph.operators.append(join)
    graph.outputs = [join.outputs[0], graph.outputs[1]]
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(network.Pack(builder), b"TFL3")
    return bytes(builder.Output())
