"""Training on one's own pictures: it learns, it is the same each time, it can be stopped."""

from __future__ import annotations

import threading
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from genlens.errors import Cancelled, InputError, ModelError
from genlens.models.autoencoders.module import ConvVAE
from genlens.models.contracts import Posterior
from genlens.study import own as study_module
from genlens.study.own import study_of_training
from genlens.training import files as training_files
from genlens.training import loss as vae_training
from genlens.training import vae as training_module
from genlens.training.files import train_vae
from genlens.training.settings import TrainingSettings
from genlens.training.vae import Training
from own_pictures import picture_set

pytestmark = pytest.mark.unit
FEW = TrainingSettings(latents=3, epochs=6, seed=4)  # 60 pictures: 6 steps of 40


def numbers(training):
    """Everything that two equal trainings share: weights and curve, without the seconds."""
    curve = [{k: v for k, v in asdict(p).items() if k != "seconds"} for p in training.curve]
    return training.vae.state_dict(), curve


def assert_same(one, other):
    (weights, curve), (weights2, curve2) = numbers(one), numbers(other)
    assert curve == curve2 and one.step == other.step
    assert all(torch.equal(weights[k], weights2[k]) for k in weights)


@pytest.fixture(scope="module")
def pictures():
    return picture_set(60)


@pytest.fixture(scope="module")
def trained(pictures):
    return train_vae(pictures, FEW, device="cpu")


def test_the_curve_has_both_halves_for_both_sets(trained):
    assert trained.finished and trained.steps == trained.step == 6 == len(trained.curve)
    assert [p.step for p in trained.curve] == [1, 2, 3, 4, 5, 6]
    for point in trained.curve:
        assert all(np.isfinite(list(asdict(point).values())))
        assert min(point.reconstruction, point.kl, point.held_reconstruction, point.held_kl) > 0
    assert trained.curve[-1].held_reconstruction < trained.curve[0].held_reconstruction
    seconds = [p.seconds for p in trained.curve]
    assert seconds == sorted(seconds) and trained.seconds >= seconds[-1]


def test_a_point_is_the_bound_of_the_held_out_pictures(pictures):
    training = Training(pictures, FEW, device="cpu")
    point = next(training.run())
    held = training._held.float() / 255
    with torch.no_grad():
        logits, mean, logvar = training.vae(held, None, torch.Generator().manual_seed(FEW.seed))
    p = torch.sigmoid(logits).clamp(1e-9, 1 - 1e-9)
    own = (held * (held / p).clamp_min(1e-30).log()).nan_to_num() + (
        (1 - held) * ((1 - held) / (1 - p)).clamp_min(1e-30).log()
    ).nan_to_num()
    assert point.held_reconstruction == pytest.approx(float(own.flatten(1).sum(1).mean()), rel=1e-3)
    kl = Posterior(mean, logvar).kl().sum(1).mean()
    assert point.held_kl == pytest.approx(float(kl), rel=1e-4)


def test_entropy_is_what_a_perfect_copy_costs():
    x = torch.rand(3, 1, 4, 4)
    x[0] = 0
    own = torch.nn.functional.binary_cross_entropy(x, x, reduction="none").flatten(1).sum(1)
    torch.testing.assert_close(vae_training.entropy(x), own)
    assert float(vae_training.entropy(x)[0]) == 0


def test_the_same_seed_gives_the_same_model(pictures, trained):
    state = torch.get_rng_state()
    again = train_vae(pictures, FEW, device="cpu")
    torch.rand(3)
    assert_same(trained, again)
    other = train_vae(pictures, replace(FEW, seed=5), device="cpu")
    assert numbers(other)[1] != numbers(trained)[1]
    torch.set_rng_state(state)


def test_other_users_of_torchs_generator_do_not_matter(pictures, trained):
    torch.manual_seed(123)
    training = Training(pictures, FEW, device="cpu")
    for _ in training.run(progress=lambda *_: torch.rand(7)):
        torch.manual_seed(7)
    assert_same(trained, training)


@pytest.mark.parametrize("at", [0, 1, 4])
def test_stopped_and_resumed_is_never_stopped(tmp_path, pictures, trained, at):
    file = tmp_path / "sub" / "state.safetensors"
    done = []
    with pytest.raises(Cancelled, match=f"stopped after step {at} of 6"):
        train_vae(
            pictures,
            FEW,
            checkpoint=file,
            device="cpu",
            progress=lambda d, t, _: done.append(d),
            cancel=lambda: len(done) >= at,
        )
    resumed = train_vae(pictures, FEW, checkpoint=file, device="cpu")
    assert_same(trained, resumed)
    assert not file.exists(), "a finished training leaves no checkpoint"


def test_resuming_in_the_middle_of_a_point(tmp_path, pictures, monkeypatch):
    monkeypatch.setattr(training_module, "POINTS", 2)  # a point each third step
    whole = train_vae(pictures, FEW, device="cpu")
    assert [p.step for p in whole.curve] == [3, 6]
    training = Training(pictures, FEW, device="cpu")
    assert list(training.run(cancel=lambda: training.step == 2)) == []
    training_files.save_checkpoint(training, tmp_path / "s")
    resumed = training_files.load_checkpoint(tmp_path / "s", pictures, device="cpu")
    list(resumed.run())
    assert_same(whole, resumed)


def test_an_error_keeps_the_checkpoint_too(tmp_path, pictures, trained):
    def fail(done, total, text):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_vae(pictures, FEW, checkpoint=tmp_path / "s", device="cpu", progress=fail)
    assert_same(trained, train_vae(pictures, FEW, checkpoint=tmp_path / "s", device="cpu"))


def test_progress_tells_steps_and_rounds(pictures):
    seen = []
    train_vae(pictures, FEW, device="cpu", progress=lambda *what: seen.append(what))
    assert seen[0] == (1, 6, "Training, round 1 of 6") and seen[-1][:2] == (6, 6)


def test_it_learns_to_copy(pictures):
    training = Training(pictures, TrainingSettings(latents=4, epochs=120), device="cpu")
    before = training.measured()["mse"]
    list(training.run())
    after = training.measured()
    assert after["mse"] < before / 3 and after["active"] >= 2
    shown, copies = training.reconstructions(5)
    assert shown.shape == copies.shape == (5, 3, 32, 32) and shown.dtype == copies.dtype
    assert copies.min() >= 0 and copies.max() <= 1
    assert np.square(shown - copies).mean() < before / 2


def test_the_model_is_a_copy(pictures):
    training = Training(pictures, FEW, device="cpu")
    steps = training.run()
    next(steps)
    model = training.model("mine")
    assert model.card.id == "mine" and not any(p.requires_grad for p in model.module.parameters())
    x = torch.from_numpy(training.reconstructions(2)[0])
    before = model.encode(x).mean
    next(steps)
    assert torch.equal(model.encode(x).mean, before)
    assert not torch.equal(training.model().encode(x).mean, before)


def test_the_study_of_a_trained_model(trained, monkeypatch):
    study = study_of_training(trained, "mine")
    assert len(study) == 60 and study.id == "mine" and study.names == ("blue", "red")
    assert study.labels.tolist() == [0, 1] * 30 and study.images.shape == (60, 3, 32, 32)
    monkeypatch.setattr(study_module, "STUDIED", 20)
    some = study_of_training(trained)
    assert len(some) == 20 and some.data == "your 20 pictures"


def test_grey_pictures_and_the_larger_side():
    grey = Training(picture_set(40, grey=True), replace(FEW, epochs=1), device="cpu")
    list(grey.run())
    assert grey.vae.image_shape == (1, 32, 32) and grey.reconstructions(2)[1].shape[1] == 1
    large = Training(picture_set(40, 64), TrainingSettings(64, 3, epochs=1), device="cpu")
    list(large.run())
    assert large.vae.image_shape == (3, 64, 64)


@pytest.mark.parametrize(("n", "epochs"), [(200, 300), (1000, 107), (5000, 21)])
def test_the_usual_length(n, epochs):
    few = picture_set(40)
    many = replace(few, images=few.images[np.arange(n) % 40], names=("x",) * n)
    training = Training(many, device="cpu")
    assert training.epochs == epochs and training.steps <= 1_500


def test_two_trainings_at_once_do_not_disturb_each_other(pictures, trained):
    other = Training(pictures, replace(FEW, seed=9), device="cpu")
    beside = threading.Thread(target=lambda: list(other.run()))
    beside.start()
    again = train_vae(pictures, FEW, device="cpu")
    beside.join()
    assert_same(trained, again)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"side": 48}, "side 48 is not offered: take 32 or 64"),
        ({"latents": 1}, "latents"),
        ({"latents": 2.5}, "latents"),
        ({"beta": 0}, "beta 0 is out of range: take 0.01 to 50"),
        ({"beta": float("nan")}, "beta"),
        ({"beta": "1"}, "beta"),
        ({"epochs": -1}, "epochs"),
        ({"seed": 2**31}, "seed"),
    ],
)
def test_settings_that_are_refused(wrong, says):
    with pytest.raises(InputError, match=says):
        TrainingSettings(**wrong)


def test_pictures_that_do_not_fit(pictures):
    with pytest.raises(InputError, match="39 pictures are too few: give 40"):
        Training(picture_set(39))
    with pytest.raises(InputError, match="read the pictures with side=64"):
        Training(pictures, TrainingSettings(side=64))


def test_a_loss_that_is_no_number(pictures):
    training = Training(pictures, FEW, device="cpu")
    with torch.no_grad():
        training.vae.encoder.code.weight.fill_(torch.nan)
    with pytest.raises(ModelError, match="diverged at step 0"):
        list(training.run())


def test_fresh_weights_look_like_torchs_own():
    own = ConvVAE((3, 32, 32), 4, (8, 16), 32)
    drawn = vae_training.seeded(ConvVAE((3, 32, 32), 4, (8, 16), 32), 3)
    again = vae_training.seeded(ConvVAE((3, 32, 32), 4, (8, 16), 32), 3)
    state = drawn.state_dict()
    for name, a in own.state_dict().items():
        b = state[name]
        if a.numel() > 1000:
            assert float(a.std()) == pytest.approx(float(b.std()), rel=0.1), name
            assert float(b.abs().max()) <= float(a.abs().max()) * 1.05, name
        assert torch.equal(b, again.state_dict()[name])
