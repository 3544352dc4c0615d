"""Targets against closed forms on linear models, the frame around explainers, and the registry."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from genlens.attribution.gradients import integrated_gradients, saliency
from genlens.attribution.lrp import lrp
from genlens.attribution.methods import METHODS, attribute, methods_for
from genlens.attribution.perturbation import exact_shap
from genlens.attribution.results import Attribution
from genlens.attribution.run import explaining, watched
from genlens.attribution.target import Target
from genlens.errors import Cancelled, InputError, ModelError
from genlens.latents.targets import (
    class_score,
    decoded_region,
    elbo_latent,
    latent_mean,
    reconstruction_error,
)
from genlens.models.autoencoders.conditional import ConditionalAutoencoder
from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.models.autoencoders.module import ModuleAutoencoder
from tiny_vaes import code, conv_model, image, linear_model, weights_of

pytestmark = pytest.mark.unit


def gradient(target, x):
    """Signed df/dx, flat float64."""
    return saliency(target, x, absolute=False).values.reshape(-1)


def test_a_latents_mean_is_a_row_of_the_encoder():
    model, x = linear_model(), image()
    w, _ = weights_of(model)
    found = saliency(latent_mean(model, 2), x, absolute=False)
    assert found.values.shape == (1, 6, 6) and found.values.dtype == np.float64
    assert np.allclose(found.values.reshape(-1), w[2], atol=1e-6)
    assert found.output == pytest.approx(float(w[2] @ x.numpy().reshape(-1)), abs=1e-5)
    assert (found.target, found.unit) == ("mean of z2", "latent units")


def test_the_gradient_of_the_reconstruction_error():
    model, x = linear_model(), image()
    w, d = weights_of(model)
    flat = x.double().numpy().reshape(-1)
    rest = flat - d @ (w @ flat)
    target = reconstruction_error(model)
    assert np.allclose(gradient(target, x), 2 * (rest - w.T @ (d.T @ rest)), atol=1e-4)
    assert saliency(target, x).output == pytest.approx(rest @ rest, rel=1e-5)


def test_the_bound_of_a_linear_gaussian_model():
    model, x, z = linear_model(), image(), code()
    _, d = weights_of(model)
    target = elbo_latent(model, x, likelihood="gaussian")
    rest = x.double().numpy().reshape(-1) - d @ z.double().numpy()
    assert np.allclose(gradient(target, z), d.T @ rest - z.numpy(), atol=1e-4)
    # KL of N(z, s^2) from N(0, 1), summed over latents; this model's logvar is -20
    kl = 0.5 * float((z.double().square() + np.exp(-20.0) - 1 + 20).sum())
    assert saliency(target, z).output == pytest.approx(-0.5 * rest @ rest - kl, rel=1e-5)


def test_the_bernoulli_bound_is_the_training_loss():
    model, x = conv_model(), image((1, 16, 16))
    posterior = model.encode(x[None])
    rebuilt = model.decode(posterior.mean)
    bce = torch.nn.functional.binary_cross_entropy(rebuilt, x[None], reduction="sum")
    kl = -0.5 * (1 + posterior.logvar - posterior.mean**2 - posterior.logvar.exp()).sum()
    found = saliency(elbo_latent(model, x), posterior.mean[0])
    assert found.output == pytest.approx(float(-bce - kl), rel=1e-4)
    with pytest.raises(InputError, match="one image at a time"):
        elbo_latent(model, torch.rand(2, 1, 16, 16))


def test_the_softmax_of_a_linear_classifier():
    model, x, z = linear_model(), image(), code()
    _, d = weights_of(model)
    head = torch.nn.Linear(36, 3, bias=False)

    def read(images):
        return head(images.flatten(1))

    rows = head.weight.detach().double().numpy()
    for path, flat, start in [
        ("input", x.double().numpy().reshape(-1), x),
        ("decoded", d @ z.double().numpy(), z),
    ]:
        p = np.exp(rows @ flat) / np.exp(rows @ flat).sum()
        slope = p[1] * (rows[1] - p @ rows)  # d softmax_1 / d pixels
        wanted = slope if path == "input" else d.T @ slope
        target = class_score(model, read, 1, path=path)
        assert np.allclose(gradient(target, start), wanted, atol=1e-5)
        assert saliency(target, start).output == pytest.approx(p[1], rel=1e-4)
    with pytest.raises(InputError, match="class 7 is not among"):
        saliency(class_score(model, read, 7), x)
    with pytest.raises(InputError, match="path"):
        class_score(model, read, 1, path="sideways")
    codes = torch.nn.Linear(4, 3)
    assert saliency(class_score(model, codes, 0, path="code"), x).kind == "image"
    assert saliency(class_score(model, codes, 0, path="latents"), z).kind == "latent"


def test_a_decoded_region_is_a_mean_of_pixels():
    model, z = linear_model(shape=(3, 4, 4)), code()
    _, d = weights_of(model)
    mask = np.zeros((4, 4), dtype=bool)
    mask[1, 1:3] = True
    rows = d.reshape(3, 4, 4, 4)[:, mask].reshape(-1, 4)
    target = decoded_region(model, mask)
    assert np.allclose(gradient(target, z), rows.mean(axis=0), atol=1e-6)
    assert saliency(target, z).output == pytest.approx(
        float(rows.mean(axis=0) @ z.double().numpy()), abs=1e-5
    )
    with pytest.raises(InputError, match="empty"):
        decoded_region(model, np.zeros((4, 4), dtype=bool))
    with pytest.raises(InputError, match=r"\(5, 5\)"):
        decoded_region(model, np.ones((5, 5), dtype=bool))


def test_latents_that_are_maps_are_flattened():
    encoder = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 4, 4))
    decoder = torch.nn.Sequential(torch.nn.ConvTranspose2d(2, 1, 4, 4), torch.nn.Sigmoid())
    model = ModuleAutoencoder(encoder, decoder, image_shape=(1, 8, 8), device="cpu")
    x = image((1, 8, 8))
    means = model.encode(x[None]).mean[0]  # (2, 2, 2)
    assert saliency(latent_mean(model, 5), x).output == pytest.approx(
        float(means[1, 0, 1]), abs=1e-6
    )
    corner = np.zeros((8, 8), dtype=bool)
    corner[:4, 4:] = True
    target = decoded_region(model, corner)
    for given in (means, means.flatten()):
        found = saliency(target, given)
        # only the codes above the corner reach it: place (0, 1) of both channels
        assert np.flatnonzero(found.values).tolist() == [1, 5]
        assert np.allclose(lrp(target, given, bias="absorb").values[[0, 2, 3, 4, 6, 7]], 0)
    places = exact_shap(target, means, groups=np.arange(8) % 4).details["group_values"]
    assert np.allclose(places[[0, 2, 3]], 0, atol=1e-6) and abs(places[1]) > 1e-6


def test_a_conditional_model_is_its_own_classifier():
    net = ConvVAE((1, 8, 8), latents=3, widths=(4,), hidden=8, classes=4)
    model, x = ConditionalAutoencoder(net, label=1, device="cpu"), image((1, 8, 8))
    wanted = model.class_logits(x[None]).softmax(dim=1)[0, 2]
    target = class_score(model, model.class_logits, 2, path="input", modules=[model.net])
    found = saliency(target, x)
    assert found.output == pytest.approx(float(wanted), rel=1e-4) and found.values.any()
    assert len(target.modules) == 2


def test_input_that_does_not_fit_is_refused():
    target, x = latent_mean(linear_model(), 0), image()
    bad = [
        (torch.rand(2, 1, 6, 6), "shape"),
        (torch.rand(1, 5, 6), "shape"),
        (x * 255, "divide by 255"),
        (torch.full((1, 6, 6), float("nan")), "NaN"),
    ]
    for images, message in bad:
        with pytest.raises(InputError, match=message):
            saliency(target, images)
    for seed in (-1, 2**32, 1.5):
        with pytest.raises(InputError, match="seed"):
            saliency(target, x, seed=seed)
    with pytest.raises(InputError, match="latent 4 does not exist"):
        latent_mean(linear_model(), 4)
    with pytest.raises(InputError, match="kind"):
        Target("x", "pixels", "", lambda x: x)
    with pytest.raises(InputError, match="baseline has shape"):
        integrated_gradients(target, x, baseline=np.zeros((3, 3)))
    for same in (x[None], x.numpy(), x.double()):
        assert saliency(target, same).output == saliency(target, x).output


def test_a_broken_model_is_named():
    broken = Target("broken", "latent", "", lambda z: z.sum(dim=1) * float("nan"))
    with pytest.raises(ModelError, match="NaN or infinity"):
        saliency(broken, code())
    wide = Target("wide", "latent", "", lambda z: z)
    with pytest.raises(ModelError, match="one number for each"):
        saliency(wide, code())


def test_calls_are_counted_and_can_be_stopped():
    target, x = latent_mean(linear_model(), 0), image()
    seen = []
    found = integrated_gradients(watched(target, progress=seen.append), x, steps=20)
    assert found.model_calls == seen[-1] == 22  # both ends, and the steps between
    with pytest.raises(Cancelled):
        integrated_gradients(watched(target, cancel=lambda: True), x)


def test_the_global_generators_are_left_alone():
    target = latent_mean(linear_model(), 0)  # building layers draws from torch's generator
    torch.manual_seed(5)
    np.random.seed(5)
    wanted = (torch.rand(1).item(), np.random.rand())
    torch.manual_seed(5)
    np.random.seed(5)
    with explaining(target, image(), seed=9):
        first = torch.rand(1).item()
    assert (torch.rand(1).item(), np.random.rand()) == wanted
    with explaining(target, image(), seed=9):
        assert torch.rand(1).item() == first


def test_explains_inside_no_grad():
    with torch.no_grad():
        assert saliency(latent_mean(linear_model(), 0), image()).values.any()


def test_results_are_plain_data():
    found = integrated_gradients(latent_mean(linear_model(), 1), image(), steps=20)
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert told["method"] == "integrated-gradients" and told["model"] == "my-autoencoder"
    assert np.shape(told["values"]) == (1, 6, 6) and told["seconds"] >= 0
    assert told["relative_gap"] < 0.01


def test_maps_and_scales():
    values = np.array([[[1.0, -2.0]], [[3.0, 0.5]]])  # (2, 1, 2)
    signed = Attribution(values, "m", "t")
    sizes = Attribution(values, "m", "t", signed=False)
    assert signed.map().tolist() == [[4.0, -1.5]] and sizes.map().tolist() == [[3.0, 0.5]]
    assert signed.normalised().tolist() == [[1.0, 0.0]]
    assert Attribution(np.ones((1, 2, 2)), "m", "t").normalised().tolist() == [[0, 0], [0, 0]]
    assert signed.relative_gap is None
    gapped = Attribution(values, "m", "t", output=2.0, base=0.0, gap=0.01)
    assert gapped.relative_gap == pytest.approx(0.005)


def test_the_registry_calls_every_method_of_a_kind():
    model = conv_model()
    x, z = image((1, 16, 16)), code()
    targets = {
        "image": (latent_mean(model, 1), x),
        "latent": (decoded_region(model, np.eye(16, dtype=bool)), z),
    }
    codes = torch.randn(40, 4, generator=torch.Generator().manual_seed(0))
    small = {"samples": 20, "steps": 10, "codes": codes}
    for kind, (target, start) in targets.items():
        for method in methods_for(kind):
            given = {k: v for k, v in small.items() if k in method.settings}
            found = attribute(method.name, target, start, seed=3, **given)
            assert found.method == method.name and found.kind == kind
            assert found.seed == 3 and found.model_calls > 0
            wanted = (4,) if kind == "latent" else (16, 16)
            assert found.map().shape == wanted and np.isfinite(found.values).all()
            assert (found.gap is not None) == method.complete
            assert json.dumps(found.to_dict(), allow_nan=False)


def test_the_registry_refuses_what_it_cannot_call():
    model = linear_model()
    target = latent_mean(model, 0)
    with pytest.raises(InputError, match="no method 'magic'"):
        attribute("magic", target, image())
    with pytest.raises(InputError, match="explains latent targets"):
        attribute("shap", target, image())
    with pytest.raises(InputError, match="takes no 'step'"):
        attribute("integrated-gradients", target, image(), step=5)
    with pytest.raises(InputError, match="needs 'codes'"):
        attribute("lime-latents", decoded_region(model, np.ones((6, 6))), code())
    assert all(set(m.kinds) <= {"image", "latent"} and m.help and m.paper for m in METHODS.values())


def test_nothing_heavy_is_imported_before_it_is_used():
    heavy = ["torch", "captum", "shap", "lime", "sklearn", "scipy", "shapiq", "skimage"]
    text = (
        "import sys, genlens.latents, genlens.attribution.methods, genlens.attribution.gradients, "
        "genlens.attribution.guided, genlens.attribution.perturbation, genlens.attribution.lime, "
        "genlens.attribution.lrp, genlens.attribution.faithfulness, "
        "genlens.attribution.randomisation, "
        f"genlens.latents.activations; print([m for m in {heavy} if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
