"""Saves a model as mace does, less the source positions in its compiled code.

e3nn's modules pickle their generated code as TorchScript archives. The debug records of these name
files on the machine that made them and take much space; TorchScript loads without them.
"""

import io

import torch
from e3nn.util.codegen import CodeGenMixin

_full_state = CodeGenMixin.__getstate__


def _lean_state(self):
    state = _full_state(self)
    for name, archive in state.get("__codegen__", {}).items():
        state["__codegen__"][name] = _without_debug(archive)
    return state


def _without_debug(archive):
    reader = torch._C.PyTorchFileReader(io.BytesIO(archive))
    buffer = io.BytesIO()
    writer = torch._C.PyTorchFileWriter(buffer)
    for record in reader.get_all_records():
        if record.endswith(".debug_pkl") or record.startswith((".data/", "version", "byteorder")):
            continue
        data = reader.get_record(record)
        writer.write_record(record, data, len(data))
    writer.write_end_of_file()
    return buffer.getvalue()


CodeGenMixin.__getstate__ = _lean_state


def save(model, path):
    """torch.save, with the code of e3nn's modules stripped of source positions."""
    torch.save(model, path)
