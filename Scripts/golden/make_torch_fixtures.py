"""Makes the small files in Tests/Golden/torch that the tests of HoneFormats read.

Usage: python make_torch_fixtures.py [FOLDER]      (needs torch and numpy)

The expected values stand in Tests/HoneFormatsTests; keep both in step.
"""

import collections
import functools
import pathlib
import pickle
import sys

import numpy as np
import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.r_max = 4.5
        self.linear = torch.nn.Linear(3, 2)
        self.blocks = torch.nn.ModuleList([torch.nn.Linear(2, 2, bias=False)])
        self.register_buffer("numbers", torch.tensor([1, 6, 8]))
        self.register_parameter("absent", None)
        self.act = torch.nn.functional.silu
        with torch.no_grad():
            self.linear.weight.copy_(torch.arange(6.0).reshape(2, 3))
            self.linear.bias.copy_(torch.tensor([-1.0, 0.5]))
            self.blocks[0].weight.copy_(torch.eye(2))


def tensors():
    base = torch.arange(24, dtype=torch.float64).reshape(2, 3, 4)
    values = [0, 1, -2, 3]
    return collections.OrderedDict(
        base=base,
        transposed=base.permute(2, 0, 1),
        part=base[1, 1:, ::2],
        expanded=torch.tensor([7.0], dtype=torch.float32).expand(3, 2),
        scalar=torch.tensor(2.5, dtype=torch.float32),
        empty=torch.zeros(0, 3),
        half=torch.tensor([1.5, -2.0, 65504.0, 6e-8, float("inf")], dtype=torch.float16),
        bfloat=torch.tensor([1.5, -2.0, 1e30], dtype=torch.bfloat16),
        int64=torch.tensor(values, dtype=torch.int64),
        int32=torch.tensor(values, dtype=torch.int32),
        int16=torch.tensor(values, dtype=torch.int16),
        int8=torch.tensor(values, dtype=torch.int8),
        uint8=torch.tensor([0, 1, 254, 255], dtype=torch.uint8),
        flags=torch.tensor([True, False, True]),
        parameter=torch.nn.Parameter(torch.tensor([1.0, 2.0])),
    )


def values():
    cyclic = [1]
    cyclic.append(cyclic)
    return {
        "none": None,
        "true": True,
        "false": False,
        "small": 7,
        "negative": -3,
        "word": 40000,
        "long": 1 << 40,
        "minus_long": -(1 << 40),
        "huge": 1 << 70,
        "pi": 3.141592653589793,
        "text": "Å\n'quoted' \\ \U0001F600",
        "bytes": bytes([0, 127, 128, 255]),
        "tuple0": (),
        "tuple1": (1,),
        "tuple4": (1, 2, 3, 4),
        "list": ["a", 2.0],
        "set": {5},
        "frozenset": frozenset([6]),
        "ordered": collections.OrderedDict([("z", 1), ("a", 2)]),
        "default": collections.defaultdict(list, {"k": [1]}),
        "cyclic": cyclic,
        "slice": slice(1, None, 2),
        "partial": functools.partial(int, "12", base=3),
        "named": collections.OrderedDict,
        "complex": complex(1, 2),
        "numpy_scalar": np.float64(0.25),
        "numpy_int": np.int64(-9),
        "numpy_bool": np.bool_(True),
        "numpy_array": np.arange(6, dtype=np.float32).reshape(2, 3),
        "numpy_columns": np.asfortranarray(np.arange(6, dtype=np.int64).reshape(2, 3)),
    }


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "Tests/Golden/torch")
    folder.mkdir(parents=True, exist_ok=True)
    # The class is pickled by name only.
    Net.__module__ = "example"
    sys.modules["example"] = sys.modules["__main__"]
    torch.save(Net(), folder / "module.pt")
    torch.save(tensors(), folder / "tensors.pt")
    torch.save({"size": torch.Size([2, 3]), "device": torch.device("cpu"), "dtype": torch.float32},
               folder / "attributes.pt")
    torch.save([1.0], folder / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.jit.script(torch.nn.Linear(1, 1)).save(folder / "script.pt")
    for protocol in range(6):
        path = folder / f"values{protocol}.pkl"
        path.write_bytes(pickle.dumps(values(), protocol=protocol))
    np.savez_compressed(folder / "arrays.npz", ramp=np.arange(600.0).reshape(20, 30),
                        flags=np.array([True, False]), index=np.arange(4, dtype=np.int32),
                        single=np.float32(1.5), zeros=np.zeros(2000))


if __name__ == "__main__":
    main()
