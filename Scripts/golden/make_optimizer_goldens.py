"""Makes the values in Tests/Golden/torch that the tests of HoneTraining's optimisers read.

Usage: python make_optimizer_goldens.py [FOLDER]      (needs torch, torch_ema and numpy)

optimizers.npz: runs of torch.optim in double precision on a toy loss, with the gradients they met
and the parameters after every step. optimizers-schedules.npz: learning rates, averages and clipped
gradients. The settings are repeated in Tests/HoneTrainingTests/Optimization; keep both in step.
"""

import pathlib
import sys

import numpy as np
import torch
import torch_ema
from torch.optim import lr_scheduler, swa_utils

torch.set_default_dtype(torch.float64)

STEPS = 50
# Name, shape, rate factor, whether weight decay applies; as OptimizerFixture.layout in the tests.
GROUPS = [
    ("embedding", (4,), 1.0, True),
    ("interaction-0", (2, 3), 1.5, True),
    ("interaction-1", (2, 3), 1.5, True),
    ("radial", (3, 2), 0.5, False),
    ("readout", (1, 3), 2.0, False),
    ("scale", (2,), 0.0, True),
]
SIZES = [int(np.prod(shape)) for _, shape, _, _ in GROUPS]
COUNT = sum(SIZES)
RATES = 0.03 * 0.98 ** np.arange(STEPS)


class Toy:
    """A random quadratic with ripples and a quartic wall."""

    def __init__(self, seed):
        generator = torch.Generator().manual_seed(seed)
        basis = torch.randn(COUNT, COUNT, generator=generator)
        self.hessian = basis @ basis.T / COUNT + 0.1 * torch.eye(COUNT)
        self.center = torch.randn(COUNT, generator=generator)
        self.start = 2 * torch.randn(COUNT, generator=generator)

    def gradient(self, values):
        x = values.detach().clone().requires_grad_(True)
        d = x - self.center
        loss = 0.5 * d @ self.hessian @ d + 0.3 * torch.cos(3 * x).sum() + 0.02 * (x**4).sum()
        return torch.autograd.grad(loss, x)[0]


class Run:
    """Parameters in groups, seen as one vector, and the optimisers that move them."""

    def __init__(self, toy, *makers):
        """Each maker: which shapes it takes, a function from groups to an optimiser, a decay."""
        parts = torch.split(toy.start.clone(), SIZES)
        self.toy = toy
        self.parameters = [
            torch.nn.Parameter(part.reshape(shape).clone(), requires_grad=factor > 0)
            for part, (_, shape, factor, _) in zip(parts, GROUPS)
        ]
        self.optimizers = []
        for takes, make, weight_decay in makers:
            groups = [
                dict(params=[p], weight_decay=weight_decay if decays else 0.0, factor=factor)
                for p, (_, shape, factor, decays) in zip(self.parameters, GROUPS)
                if factor > 0 and takes(shape)
            ]
            self.optimizers.append(make(groups))

    def vector(self):
        return torch.cat([p.detach().reshape(-1) for p in self.parameters])

    def assign(self, vector):
        for p, part in zip(self.parameters, torch.split(vector, SIZES)):
            p.data.copy_(part.reshape(p.shape))

    def step(self, gradient, rate, frozen=()):
        for p, part, (name, *_) in zip(
            self.parameters, torch.split(gradient, SIZES), GROUPS
        ):
            trains = p.requires_grad and name not in frozen
            p.grad = part.reshape(p.shape).clone() if trains else None
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate * group["factor"]
            optimizer.step()

    def follow(self, frozen=lambda step: ()):
        gradients, values = [], []
        for step, rate in enumerate(RATES):
            gradient = self.toy.gradient(self.vector())
            self.step(gradient, rate, frozen(step))
            gradients.append(gradient.numpy())
            values.append(self.vector().numpy())
        return np.array(gradients), np.array(values)


def simple(kind, weight_decay, **settings):
    """Groups bring their own rates and decays; those of the optimiser itself do not matter."""
    make = lambda groups: kind(groups, lr=1.0, **settings)
    return Run(Toy(1), (lambda shape: True, make, weight_decay))


def orthogonalized(matrix, coefficients, steps, eps):
    """Newton and Schulz's iteration acts on singular values alone: here, on nothing else."""
    a, b, c = coefficients
    u, s, v = np.linalg.svd(matrix.numpy(), full_matrices=False)
    s = s / max(np.linalg.norm(s), eps)
    reachable = s > 0.002
    for _ in range(steps):
        s = a * s + b * s**3 + c * s**5
    assert np.all((s[reachable] > 0.68) & (s[reachable] < 1.21)), s
    return torch.from_numpy(u @ np.diag(s) @ v)


def muon(nesterov):
    # torch.optim.Muon rounds to bfloat16 in this function alone.
    torch.optim._muon._zeropower_via_newtonschulz = orthogonalized
    is_matrix = lambda shape: len(shape) == 2 and min(shape) > 1
    return Run(
        Toy(1),
        (
            is_matrix,
            lambda groups: torch.optim.Muon(
                groups, lr=1.0, momentum=0.9, nesterov=nesterov, adjust_lr_fn="match_rms_adamw"
            ),
            0.1,
        ),
        (
            lambda shape: not is_matrix(shape),
            lambda groups: torch.optim.AdamW(groups, lr=1.0, betas=(0.8, 0.95)),
            0.05,
        ),
    )


def perturbation(run, gradient, radius, eta=None):
    """Foret et al. (2021), or, with eta, Kwon et al. (2021)."""
    trained = torch.cat(
        [torch.full((size,), float(group[2] > 0)) for size, group in zip(SIZES, GROUPS)]
    )
    weight = torch.ones(COUNT) if eta is None else run.vector().abs() + eta
    scaled = weight * gradient * trained
    return radius * weight * scaled / torch.linalg.vector_norm(scaled)


def sharpness():
    run = simple(torch.optim.Adam, 0.02)
    arrays = {name: [] for name in ("gradients", "perturbed", "seconds", "values")}
    for rate in RATES[:25]:
        before = run.vector()
        gradient = run.toy.gradient(before)
        perturbed = before + perturbation(run, gradient, 0.1)
        second = run.toy.gradient(perturbed)
        run.step(second, rate)
        for name, vector in zip(arrays, (gradient, perturbed, second, run.vector())):
            arrays[name].append(vector.numpy())
    adaptive = run.vector() + perturbation(run, gradient, 1.0, eta=0.01)
    return {f"sam.{name}": np.array(rows) for name, rows in arrays.items()} | {
        "sam.adaptive": adaptive.numpy()
    }


def runs():
    optim = torch.optim
    cases = {
        "descent": simple(optim.SGD, 0.0),
        "momentum": simple(optim.SGD, 0.05, momentum=0.8),
        "nesterov": simple(optim.SGD, 0.05, momentum=0.8, nesterov=True),
        "adam": simple(optim.Adam, 0.05),
        "amsgrad": simple(optim.Adam, 0.05, betas=(0.8, 0.9), eps=1e-4, amsgrad=True),
        "adamw": simple(optim.AdamW, 0.1),
        "adamw-amsgrad": simple(optim.AdamW, 0.1, betas=(0.8, 0.9), amsgrad=True),
        "muon": muon(nesterov=True),
        "muon-plain": muon(nesterov=False),
    }
    arrays = {"start": Toy(1).start.numpy(), "rates": RATES}
    for name, run in cases.items():
        arrays[f"{name}.gradients"], arrays[f"{name}.values"] = run.follow()
    thawing = lambda step: ("embedding",) if step < 20 else ("readout",)
    run = simple(optim.Adam, 0.05)
    arrays["thawing.gradients"], arrays["thawing.values"] = run.follow(thawing)
    return arrays | sharpness()


def rates(make, count, losses=None):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.01)
    scheduler = make(optimizer)
    result = []
    for epoch in range(count):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if losses is None:
            scheduler.step()
        else:
            scheduler.step(losses[epoch])
    return np.array(result)


def warmed(make):
    return lambda o: lr_scheduler.SequentialLR(
        o, [lr_scheduler.LinearLR(o, start_factor=0.1, total_iters=5), make(o)], milestones=[5]
    )


def schedules():
    exponential = lambda o: lr_scheduler.ExponentialLR(o, gamma=0.93)
    decay = lambda o: lr_scheduler.StepLR(o, step_size=7, gamma=0.5)
    cosine = lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=40, eta_min=1e-4)
    random = np.random.default_rng(5)
    losses = 1 + np.exp(-np.arange(120) / 6) + 0.002 * random.standard_normal(120)
    losses[40] = np.nan
    plateau = lambda **settings: lambda o: lr_scheduler.ReduceLROnPlateau(o, **settings)
    return {
        "exponential": rates(exponential, 60),
        "decay": rates(decay, 60),
        "cosine": rates(cosine, 41),
        "warm-exponential": rates(warmed(exponential), 60),
        "warm-decay": rates(warmed(decay), 60),
        "warm-cosine": rates(warmed(cosine), 46),
        "losses": losses,
        "plateau": rates(
            plateau(factor=0.5, patience=2, threshold=1e-3, cooldown=3, min_lr=3e-5), 120, losses
        ),
        "plateau-eager": rates(plateau(factor=0.3, patience=0, threshold=0.0), 120, losses),
    }


def averages():
    track = np.cumsum(np.random.default_rng(6).standard_normal((30, 5)), axis=0)
    arrays = {"track": track}
    for name, decay, warms in (("ema", 0.7, True), ("ema-cold", 0.9, False)):
        p = torch.nn.Parameter(torch.from_numpy(track[0].copy()))
        ema = torch_ema.ExponentialMovingAverage([p], decay=decay, use_num_updates=warms)
        rows = []
        for values in track[1:]:
            p.data.copy_(torch.from_numpy(values))
            ema.update()
            rows.append(ema.shadow_params[0].numpy().copy())
        arrays[name] = np.array(rows)
    module = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(5))])
    average = swa_utils.AveragedModel(module)
    rows = []
    for values in track[10:]:
        module[0].data.copy_(torch.from_numpy(values))
        average.update_parameters(module)
        rows.append(average.module[0].detach().numpy().copy())
    arrays["swa"] = np.array(rows)
    return arrays


def clipped():
    gradient = 3 * torch.randn(COUNT, generator=torch.Generator().manual_seed(7))
    arrays = {"gradient": gradient.numpy()}

    def parameters():
        parts = torch.split(gradient, SIZES)
        result = [torch.nn.Parameter(torch.zeros(size)) for size in SIZES]
        for p, part, (_, _, factor, _) in zip(result, parts, GROUPS):
            p.grad = part.clone() if factor > 0 else None
        return result

    def collected(ps):
        parts = torch.split(gradient, SIZES)
        return torch.cat([part if p.grad is None else p.grad for p, part in zip(ps, parts)]).numpy()

    for name, limit in (("clip-norm", 2.0), ("clip-loose", 1e3)):
        ps = parameters()
        arrays["norm"] = torch.nn.utils.clip_grad_norm_(ps, limit).numpy()
        arrays[name] = collected(ps)
    ps = parameters()
    torch.nn.utils.clip_grad_value_(ps, 1.5)
    arrays["clip-value"] = collected(ps)
    return arrays


def main():
    default = pathlib.Path(__file__).parents[2] / "Tests/Golden/torch"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    np.savez_compressed(folder / "optimizers.npz", **runs())
    np.savez_compressed(
        folder / "optimizers-schedules.npz", **schedules(), **averages(), **clipped()
    )
    for path in sorted(folder.glob("optimizers*.npz")):
        print(path.name, path.stat().st_size)


main()
