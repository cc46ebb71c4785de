"""What to try next: first every family's start settings, then more of what has done well."""

import hashlib

import numpy as np

from churn_mlops.models.search.trial import COMPLETE, FAILED, Asked, Trial

BATCH = 8  # trials asked together; constant, so that the number of workers does not change what is asked
HALF = 0.005  # ROC AUC behind the best family that halves a family's share of the trials
LEAST = 0.02  # share beside the best's 1 that a family keeps however far behind it is
RANDOM = 4  # trials of a family before its settings are sought near the good ones


def ask_batch(families: dict, trials: list[Trial], seed: int) -> list[Asked]:
    """The next batch of trials, from the trials of all earlier batches and the seed alone."""
    batch = trials[-1].batch + 1 if trials else 0
    asked = [Asked(len(trials) + k, batch, *start) for k, start in enumerate(_starts(families)[len(trials) :][:BATCH])]
    counts = _counts(families, trials, asked)
    shares = _shares(families, trials)
    wanted = []
    while shares and len(asked) + len(wanted) < BATCH:
        chosen = max(shares, key=lambda name: shares[name] / (counts[name] + 1))
        counts[chosen] += 1
        wanted.append(chosen)
    proposed = {name: iter(_propose(families[name], trials, wanted.count(name), batch, seed)) for name in set(wanted)}
    return asked + [Asked(len(trials) + len(asked) + k, batch, name, next(proposed[name])) for k, name in
                    enumerate(wanted)]  # fmt: skip


def searched(families: dict) -> dict:
    """The families that have something to choose."""
    return {name: family for name, family in families.items() if family.space}


def _starts(families) -> list[tuple[str, dict]]:
    """Every family's first start settings, then every family's second, and so on."""
    known = searched(families)
    longest = max((len(family.start) for family in known.values()), default=0)
    return [(name, dict(f.start[k])) for k in range(longest) for name, f in known.items() if k < len(f.start)]


def _counts(families, trials, asked) -> dict[str, int]:
    """Trials of each family beyond its start settings."""
    done = [one.family for one in [*trials, *asked]]
    return {name: max(0, done.count(name) - len(family.start)) for name, family in searched(families).items()}


def _shares(families, trials) -> dict[str, float]:
    """Each family's share of the trials to come, the best one's 1; of one that has only failed none.

    Only complete trials count. Before there are any, all have the same.
    """
    best = {
        name: max((t.value for t in trials if t.family == name and t.state == COMPLETE), default=None)
        for name in searched(families)
    }
    top = max((value for value in best.values() if value is not None), default=None)
    if top is None:
        return dict.fromkeys(best, 1.0)
    return {name: max(LEAST, 0.5 ** ((top - value) / HALF)) for name, value in best.items() if value is not None}


def _propose(family, trials, count: int, batch: int, seed: int) -> list[dict]:
    """New settings of one family, by a tree-structured Parzen estimator (Bergstra et al. 2011).

    The sampler is made anew for each batch, with a seed of its own, and told the same trials in the same order:
    so a search that was interrupted goes on as if it had not been.
    """
    optuna = _optuna()
    space = {setting.name: _distribution(setting) for setting in family.space}
    number = int.from_bytes(hashlib.sha256(f"{seed} {family.name} {batch}".encode()).digest()[:4])
    sampler = optuna.samplers.TPESampler(seed=number, n_startup_trials=RANDOM)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for trial in trials:
        if trial.family == family.name and trial.state != FAILED and space.keys() <= trial.settings.keys():
            study.add_trial(_told(trial, family, space))
    return [dict(study.ask(space).params) for _ in range(count)]


def _optuna():
    """Optuna, silent: in JupyterLab its bar, which is never drawn here, would ask for widgets."""
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "IProgress not found")
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _distribution(setting):
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if setting.choices:
        return CategoricalDistribution(setting.choices)
    if setting.whole:
        return IntDistribution(int(setting.low), int(setting.high), log=setting.log)
    return FloatDistribution(setting.low, setting.high, log=setting.log)


def _told(trial, family, space):
    """The trial as Optuna knows it; start settings beyond the space stand at its edge."""
    optuna = _optuna()
    done = trial.state == COMPLETE
    return optuna.trial.create_trial(
        state=optuna.trial.TrialState.COMPLETE if done else optuna.trial.TrialState.PRUNED,
        value=trial.value if done else None,
        params={s.name: _within(s, trial.settings[s.name]) for s in family.space},
        distributions=space,
        intermediate_values={k: float(np.mean(trial.roc_auc[: k + 1])) for k in range(len(trial.roc_auc))},
    )


def _within(setting, value):
    if setting.choices:
        return value
    kept = min(max(value, setting.low), setting.high)
    return round(kept) if setting.whole else float(kept)
