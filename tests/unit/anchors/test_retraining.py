"""The retraining job: what is removed, VAE-TracIn against plain gradients, and resuming."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from genlens.anchors.evaluation.retrained import rescored
from genlens.anchors.evaluation.table import retraining_tables
from genlens.anchors.retraining import apart
from genlens.anchors.retraining.influence import mean_influence, pair_influence
from genlens.anchors.retraining.job import RetrainingJob
from genlens.anchors.retraining.removal import WAYS, clusters, kept_first
from genlens.anchors.retraining.results import Retraining
from genlens.anchors.retraining.settings import RetrainSettings
from genlens.common.tables import Table
from genlens.errors import Cancelled, InputError, ModelError
from genlens.models.autoencoders.mlp_vae import MlpVAE
from genlens.models.distances.networks import Network
from genlens.training.loss import seeded

pytestmark = pytest.mark.unit
SMALL = RetrainSettings(
    seeds=(1, 2), shares=(0.5,), groups=2, checkpoints=2, samples=300, repeats=1, epochs=2
)


def vaes(count: int = 3) -> list[MlpVAE]:
    return [seeded(MlpVAE((1, 4, 4), (9,), 3), seed) for seed in range(count)]


def pictures(n: int, seed: int = 0) -> torch.Tensor:
    return torch.rand((n, 1, 4, 4), generator=torch.Generator().manual_seed(seed))


def test_influence_is_the_sum_of_gradient_products() -> None:
    """Written out once more: one backward pass a picture, the noise as documented."""
    train, others, models = pictures(5, 1), pictures(4, 2), vaes()
    got = pair_influence(models, train, others, rate=0.01, seed=7, batch=2)
    want = np.zeros((5, 4))
    for c, vae in enumerate(models):
        generator = torch.Generator().manual_seed(7 * 1_000_003 + c)
        own = torch.randn((5, 3), generator=generator)
        theirs = torch.randn((4, 3), generator=generator)

        def slope(x: torch.Tensor, e: torch.Tensor, vae: MlpVAE = vae) -> torch.Tensor:
            mean, logvar = vae.encode(x[None])
            drawn = vae.decoder(mean + torch.exp(logvar / 2) * e)
            loss = F.binary_cross_entropy(drawn, x[None], reduction="sum")
            loss = loss - 0.5 * torch.sum(1 + logvar - mean.pow(2) - logvar.exp())
            parts = torch.autograd.grad(loss, list(vae.parameters()))
            return torch.cat([p.flatten() for p in parts])

        for i in range(5):
            for j in range(4):
                product = slope(train[i], own[i]) @ slope(others[j], theirs[j])
                want[i, j] += 0.01 * float(product)
    assert np.allclose(got, want, rtol=1e-3, atol=1e-5)


def test_the_mean_influence_needs_no_pairs() -> None:
    train, others, models = pictures(30, 1), pictures(17, 2), vaes()
    pairs = pair_influence(models, train, others, rate=0.01, seed=3)
    for batch in (7, 250):
        mean = mean_influence(models, train, others, rate=0.01, seed=3, batch=batch)
        assert np.allclose(mean, pairs.mean(axis=1), rtol=1e-3, atol=1e-5)
    with pytest.raises(Cancelled):
        mean_influence(models, train, others, cancel=lambda: True)


def test_a_picture_helps_itself_and_its_like() -> None:
    """Self-influence is a squared length; a duplicate of a picture counts as much as itself."""
    train = pictures(6)
    own = pair_influence(vaes(), train, train, seed=0, rate=1.0)
    assert (np.diag(own) > 0).all()


def test_what_goes_first() -> None:
    value = np.array([5.0, 1.0, 9.0, 3.0, 2.0, 8.0])
    hihe = np.array([True, True, False, True, False, True])
    influence = np.array([0.1, 0.6, 0.3, 0.2, 0.5, 0.4])
    order = kept_first(value, hihe, influence, seed=0)
    assert set(order) == set(WAYS)
    assert order["HIHE"].tolist() == [1, 3, 0, 5, 4, 2]  # loses the others, then high values
    assert order["HIHE"][:4].tolist() == np.flatnonzero(hihe)[[1, 2, 0, 3]].tolist()
    assert order["Others"].tolist() == [2, 4, 5, 0, 3, 1]  # loses HIHE's low values first
    assert order["TracIn"].tolist() == [1, 4, 5, 2, 3, 0]
    assert sorted(order["Random"]) == list(range(6))


def test_groups_take_equally_much_away() -> None:
    rng = np.random.default_rng(0)
    images = np.concatenate(
        [rng.integers(0, 60, (30, 1, 4, 4)), rng.integers(180, 255, (12, 1, 4, 4))]
    )
    found = clusters(images.astype(np.uint8), 2)
    assert [len(rows) for rows in found] == [12, 12]
    assert {int(rows[0] >= 30) for rows in found} == {0, 1}
    assert all(len({int(row >= 30) for row in rows}) == 1 for rows in found)


def digits(n: int = 420, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pictures in place of MNIST: zeros are rings of several sizes, ones bars, the rest noise."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    grid = np.indices((28, 28)) - 13.5
    images = rng.integers(0, 40, (n, 28, 28))
    for i in np.flatnonzero(labels == 0):
        away = np.hypot(*grid)
        images[i] += np.where(np.abs(away - rng.uniform(5, 10)) < 2, 200, 0)
    images[labels == 1] += np.where(np.abs(grid[1]) < 2, 200, 0)
    return images.clip(0, 255).astype(np.uint8), labels.astype(np.uint8)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Retraining]:
    folder = tmp_path_factory.mktemp("job") / "run"
    return folder, RetrainingJob(digits(), digits(90, 1), folder, SMALL).run()


def rows_of(job: Retraining) -> dict[str, object]:
    """What a job found, without how long that took."""
    found = job.to_dict()
    found.pop("made_by")
    for row in found["originals"]:
        row.pop("pxgen_seconds"), row.pop("tracin_seconds")
    return found


def test_a_job_has_every_row_once(finished: tuple[Path, Retraining]) -> None:
    job = finished[1]
    assert {(r.seed, r.way) for r in job.shrunk} == {(s, w) for s in (1, 2) for w in WAYS}
    assert {(r.seed, r.group) for r in job.left_out} == {(s, g) for s in (1, 2) for g in (0, 1)}
    assert [(r.seed, r.way) for r in job.controls] == [
        (1, "Everything"), (2, "Everything"), (1, "Ones"),
    ]  # fmt: skip
    ones = next(r for r in job.controls if r.way == "Ones")
    assert ones.fid > 3 * max(r.fid for r in job.controls if r.way == "Everything")
    again = Retraining.read(json.loads(json.dumps(job.to_dict())))
    assert again.to_dict() == job.to_dict()


def test_a_stopped_job_resumes_to_the_same_rows(
    finished: tuple[Path, Retraining], tmp_path: Path
) -> None:
    """Cancelled in a training, again later, and continued: nothing is done twice or differently."""
    folder, asked = tmp_path / "run", [0]

    def stop_after(count: int):  # type: ignore[no-untyped-def]
        asked[0] = 0

        def cancel() -> bool:
            asked[0] += 1
            return asked[0] > count

        return cancel

    for count in (5, 60):
        with pytest.raises(Cancelled):
            RetrainingJob(digits(), digits(90, 1), folder, SMALL).run(cancel=stop_after(count))
    kept = {p.name: p.stat().st_mtime_ns for p in folder.glob("seed-*.json")}
    resumed = RetrainingJob(digits(), digits(90, 1), folder, SMALL).run()
    assert rows_of(resumed) == rows_of(finished[1])
    assert all((folder / name).stat().st_mtime_ns == then for name, then in kept.items())


def test_a_folder_belongs_to_one_job(finished: tuple[Path, Retraining], tmp_path: Path) -> None:
    other = dataclasses.replace(SMALL, epochs=3)
    with pytest.raises(InputError, match="other settings"):
        RetrainingJob(digits(), digits(90, 1), finished[0], other)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="something else"):
        RetrainingJob(digits(), digits(90, 1), tmp_path, SMALL)
    damaged = finished[0] / "seed-1-ones.json"
    text = damaged.read_text()
    damaged.write_text(text[:10])
    with pytest.raises(ModelError, match="damaged"):
        RetrainingJob(digits(), digits(90, 1), finished[0], SMALL).collected()
    damaged.write_text(text)


def test_inceptions_features_are_compared_where_they_are_asked_for(
    finished: tuple[Path, Retraining], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a random projection in its place: rows, tables, and a job that began without."""
    asked = dataclasses.replace(SMALL, seeds=(1,), groups=0, hihe_only=False, inception=300)
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path / "cache"))
    with pytest.raises(InputError, match="not on this machine: genlens fetch inception"):
        RetrainingJob(digits(), digits(90, 1), tmp_path / "run", asked)
    weights = torch.randn((28 * 28, 40), generator=torch.Generator().manual_seed(0))
    monkeypatch.setattr(apart, "inception_features", lambda x: x.flatten(1) @ weights)
    monkeypatch.setattr(Network, "missing", lambda self: "")
    job = RetrainingJob(digits(), digits(90, 1), tmp_path / "run", asked).run()
    ones = next(r for r in job.controls if r.way == "Ones")
    near = next(r for r in job.controls if r.way == "Everything")
    assert ones.inception_fid > 3 * near.inception_fid > 0
    assert ones.inception_kid > 3 * near.inception_kid
    with_it, without = (
        [t.headers[0] for t in retraining_tables(rescored(r).to_dict()) if isinstance(t, Table)]
        for r in (job, finished[1])
    )
    assert [str(t)[:3] for t in with_it if "Inception’s features" in str(t)] == ["FID", "KID"]
    assert with_it[:2] == without and len(with_it) == 4
    older = json.loads((finished[0] / "job.json").read_text())
    older.pop("inception")
    (finished[0] / "job.json").write_text(json.dumps(older))
    RetrainingJob(digits(), digits(90, 1), finished[0], SMALL)


def test_settings_out_of_range() -> None:
    for wrong, message in (
        ({"seeds": ()}, "seeds"), ({"seeds": (1, 1)}, "different"), ({"shares": (1.5,)}, "share"),
        ({"groups": 1}, "groups"), ({"samples": 10}, "samples"),
        ({"checkpoints": 99}, "checkpoints"), ({"inception": 20}, "inception"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=message):
            RetrainSettings(**wrong)  # type: ignore[arg-type]


def test_rescoring_pairs_trainings_of_one_seed(finished: tuple[Path, Retraining]) -> None:
    job = finished[1]
    again = rescored(job)
    by = {(r.seed, r.way): r.fid for r in job.shrunk if r.share == 0.5}
    for gap in again.gaps:
        if gap.hihe:  # two epochs leave HIHE empty: there is no model to compare
            assert gap.fid.n == 0 and gap.fid.left_out == {"no finite value": 2}
            continue
        want = np.mean([by[s, gap.rival] - by[s, "HIHE"] for s in (1, 2)])
        assert gap.fid.value == pytest.approx(want) and gap.fid.n == 2
        assert gap.fid.low <= gap.fid.value <= gap.fid.high
    assert again.damage is None  # two groups are no correlation
    assert again.ones.value > again.everything.value
