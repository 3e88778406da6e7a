"""Makes Tests/Golden/o3/e3nn-VERSION.json, which the tests of HoneO3 read.

Usage: python make_o3_fixtures.py [FOLDER]

Run it once with e3nn 0.4.4, mace-torch 0.3.16 and cuequivariance 0.13.0 (couplings, harmonics,
irreps and contraction bases) and once with e3nn 0.6.0 (couplings and harmonics). Tensors are not
stored: each gives one number or a few, its product with fixed weights.
"""

import datetime
import json
import pathlib
import sys

import e3nn
import numpy as np
import torch

load = torch.load
# The constants of e3nn 0.4 are from before PyTorch's list of harmless types.
torch.load = lambda *args, **options: load(*args, **{**options, "weights_only": False})
torch.set_default_dtype(torch.float64)

from e3nn import o3  # noqa: E402


def pattern(count):
    return np.array([(37 * k + 11) % 101 / 50 - 1 for k in range(count)])


def couplings():
    cases = []
    for l1 in range(9):
        for l2 in range(9):
            for l3 in range(abs(l1 - l2), min(l1 + l2, 11) + 1):
                tensor = o3.wigner_3j(l1, l2, l3).numpy().ravel()
                cases.append([l1, l2, l3, float(tensor @ pattern(tensor.size))])
    return cases


def harmonics():
    vectors = [[0.3, -1.2, 0.7], [2.0, 0.1, -0.4], [-0.6, 0.8, 1.5]]
    result = {"lMax": 6, "vectors": vectors, "values": {}}
    for normalization in ["component", "norm", "integral"]:
        values = o3.spherical_harmonics(
            list(range(7)), torch.tensor(vectors), True, normalization
        )
        result["values"][normalization] = values.tolist()
    return result


def irreps():
    cases = []
    for text in ["2o + 1e + 0e + 1e+0o+1o+3x1e", "128x0e+64x1o", " 2 x1y+0x5e+1o ", "0e", ""]:
        value = o3.Irreps(text)
        order = value.sort()
        cases.append(
            {
                "text": text,
                "string": "+".join(f"{mul}x{ir}" for mul, ir in value),
                "dim": value.dim,
                "simplified": "+".join(f"{mul}x{ir}" for mul, ir in value.simplify()),
                "sorted": "+".join(f"{mul}x{ir}" for mul, ir in order.irreps),
                "newPosition": list(order.p),
                "oldPosition": list(order.inv),
            }
        )
    return cases


def contraction(l_max, order, degree, reduced):
    from mace.tools.cg import U_matrix_real

    name = "+".join(f"{l}{'eo'[l % 2]}" for l in range(l_max + 1))
    output = f"{degree}{'eo'[degree % 2]}"
    tensor = U_matrix_real(name, output, order, use_cueq_cg=reduced)[-1].numpy()
    if degree == 0:
        tensor = tensor[None]
    vector = pattern((l_max + 1) ** 2)
    for _ in range(order):
        # The contracted axis is the last but one.
        tensor = np.einsum("...ip,i->...p", tensor, vector)
    weights = 1 + np.arange(2 * degree + 1) / 8
    return {
        "lMax": l_max,
        "order": order,
        "l": degree,
        "reduced": reduced,
        "paths": (weights @ tensor).tolist(),
    }


def contractions():
    cases = []
    for l_max in range(1, 5):
        for order in range(1, 5):
            for degree in range(4):
                for reduced in [False, True]:
                    size = (l_max + 1) ** (2 * order) * (2 * degree + 1)
                    if not reduced and size > 70_000:
                        continue
                    # Three factors of degree 4: the full basis takes minutes and is the reduced.
                    if l_max == 4 and order == 3 and not reduced:
                        continue
                    # Not reproduced: depends on rounding errors inside cuequivariance.
                    if l_max > 2 and order == 4 and reduced:
                        continue
                    cases.append(contraction(l_max, order, degree, reduced))
    return cases


def main():
    folder = pathlib.Path(__file__).parents[2] / "Tests/Golden/o3"
    if len(sys.argv) > 1:
        folder = pathlib.Path(sys.argv[1])
    version = f"e3nn {e3nn.__version__}"
    result = {
        "description": "products of coupling tensors and bases with fixed weights",
        "source": {},
        "tolerance": 1e-12,
        "couplings": couplings(),
        "harmonics": harmonics(),
    }
    if e3nn.__version__.startswith("0.4"):
        import cuequivariance
        from importlib.metadata import version as installed

        version += f", mace-torch {installed('mace-torch')}"
        version += f", cuequivariance {cuequivariance.__version__}"
        result["irreps"] = irreps()
        result["contractions"] = contractions()
    result["source"] = {
        "code": "e3nn.o3 and mace.tools.cg",
        "version": version,
        "command": "python Scripts/golden/make_o3_fixtures.py",
        "dtype": "float64",
        "date": datetime.date.today().isoformat(),
    }
    path = folder / f"e3nn-{e3nn.__version__.rsplit('.', 1)[0]}.json"
    path.write_text(json.dumps(result, separators=(",", ":"), allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
