"""Processes that are timed: the command hone, and workers that run PyTorch."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
HONE = os.environ.get("HONE_COMMAND", str(BUILD / "bin" / "hone"))


def environment(threads):
    """One thread means one thread, whatever library asks.

    With more, OpenMP's wait without taking their cores from those that work: where the machine has
    anything else to do, PyTorch is many times faster so.
    """
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    waiting = {"OMP_WAIT_POLICY": "PASSIVE"} if threads > 1 else {}
    return os.environ | {name: str(threads) for name in names} | waiting


def is_wanted(*names):
    words = os.environ.get("HONE_BENCHMARK_CASES", "").split()
    return not words or any(word in " ".join(names) for word in words)


def clock(threads):
    """The clock that counts: with one thread its processor time is what a run takes on a machine
    without other work."""
    return "cpu" if threads == 1 else "wall"


class Worker:
    """A Python process that says what it found at first, and then answers lines."""

    def __init__(self, python, script, *arguments, threads):
        path = pathlib.Path(__file__).parent / script
        self.log = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen(
            [python, path, *map(str, arguments), str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True,
            env=environment(threads),
        )  # fmt: skip
        self.first = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            sys.exit("the reference code failed:\n" + self.log.read()[-2000:])
        return json.loads(line)

    def ask(self, line=""):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.answer()

    def end(self):
        self.process.stdin.close()
        result = self.answer()
        self.process.wait()
        return result


def hone(*arguments, threads):
    """Runs the command, whose JSON is the answer."""
    command = [HONE, *map(str, arguments), "--json", "--quiet", "--threads", str(threads)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(threads))
    if done.returncode:
        sys.exit(f"hone failed: {done.stderr.strip()}")
    return json.loads(done.stdout)
