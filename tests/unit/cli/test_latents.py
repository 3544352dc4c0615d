"""``genlens attribute``, ``genlens map`` and ``genlens evaluate latents``, on a tiny VAE."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import genlens
from genlens.cli import attribute as cli_attribution
from genlens.cli import main as cli
from genlens.errors import InputError
from genlens.latents.evaluation import evaluate as evaluation
from genlens.latents.questions import Question
from genlens.study import generated, study
from tiny_vaes import conv_model

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def tiny():
    images = np.random.default_rng(0).random((30, 1, 16, 16)).astype(np.float32)
    return study.study_of(
        conv_model(), images, labels=np.arange(30) % 2, names=("a", "<b>"), data="noise"
    )


@pytest.fixture
def run(tiny, monkeypatch, capsys, tmp_path):
    """The command's (status, stdout, stderr) in an empty folder, whatever model it names."""
    monkeypatch.setattr(generated, "study_named", lambda *_: tiny)
    monkeypatch.chdir(tmp_path)

    def call(*words):
        status = cli.main(list(words))
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def test_attribute_prints_writes_and_draws(run, tmp_path):
    asked = ["attribute", "x", "--picture", "3", "--target", "latent:2", "--method"]
    status, out, err = run(
        *asked, "integrated-gradients", "--set", "steps=20", "--json", "a.json", "--out", "a.png"
    )
    assert status == 0, err
    assert "mean of z2" in out and "base" in out and "weight" in out
    numbers = json.loads((tmp_path / "a.json").read_text())
    assert numbers["picture"] == 3 and numbers["made_by"]["settings"]["steps"] == 20
    assert np.shape(numbers["values"]) == (1, 16, 16)
    assert Image.open(tmp_path / "a.png").width > 500
    status, out, err = run(
        "attribute", "x", "--target", "region:2,2,9,9", "--method", "shap", "--out", "b.html"
    )
    assert status == 0, err
    assert "z3" in out
    page = (tmp_path / "b.html").read_text("utf-8")
    assert page.startswith("<!doctype html") and "gl-bars" in page
    status, out, err = run("attribute", "x", "--target", "error", "--by", "latents")
    assert status == 0 and "z0" in out


def test_attribute_repeats_with_a_seed(run, tmp_path):
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        told = ["--method", "smoothgrad", "--seed", seed, "--json", f"{name}.json"]
        assert run("attribute", "x", *told)[0] == 0
    a, b, c = (json.loads((tmp_path / f"{n}.json").read_text())["values"] for n in "abc")
    assert a == b != c


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["attribute", "x", "--method", "magic"], "no method"),
        (["attribute", "x", "--target", "mood"], "not known"),
        (["attribute", "x", "--target", "latent:z"], "latent:3"),
        (["attribute", "x", "--target", "latent:99"], "latent"),
        (["attribute", "x", "--target", "region:1,2,3"], "4 whole numbers"),
        (["attribute", "x", "--target", "region"], "which region"),
        (["attribute", "x", "--target", "elbo"], "--by latents"),
        (["attribute", "x", "--target", "latent:1", "--method", "shap"], "--by pixels"),
        (["attribute", "x", "--picture", "30"], "picture"),
        (["attribute", "x", "--set", "steps"], "key=value"),
        (["attribute", "x", "--set", "steps=20"], "steps"),
        (["attribute", "x", "--out", "a.pdf"], ".png or .html"),
        (["attribute", "x", "--json", "no/such/folder.json"], "make the folder"),
        (["map", "x", "--out", "a.png"], ".svg or .html"),
        (["evaluate", "latents", "--n", "3"], "pictures is 3"),
    ],
)
def test_refusals_exit_2_with_one_message(run, tmp_path, words, says):
    status, out, err = run(*words)
    assert status == 2 and out == "" and err.startswith("genlens: ") and says in err
    assert list(tmp_path.iterdir()) == []


def test_targets_are_read():
    read = cli_attribution.read_target
    assert read("latent:3", "pixels") == Question("latent", latent=3)
    assert read("class:4", "pixels") == Question("class", label="class/4")
    assert read("class:glasses/glasses", "latents").label == "glasses/glasses"
    assert read("class:4", "latents").target == "decoded-class"
    assert read("probability:4", "pixels") == Question("probability", label="class/4")
    assert read("region:1,2,30,40", "latents").box == (1, 2, 30, 40)
    assert read("region:glasses", "pixels") == Question("region", region="glasses")
    assert read("elbo", "latents") == Question("elbo")
    with pytest.raises(InputError, match="by pixels"):
        read("latent:3", "latents")
    settings = cli_attribution.read_settings(["steps=20", "against=mean", "relu=false"])
    assert settings == {"steps": 20, "against": "mean", "relu": False}


def test_map_prints_its_quality_and_is_drawn(run, tmp_path):
    status, out, err = run("map", "x", "--out", "m.svg", "--json", "m.json")
    assert status == 0, err
    assert "trustworthiness" in out and "30 codes of noise" in out
    numbers = json.loads((tmp_path / "m.json").read_text())
    assert np.shape(numbers["points"]) == (30, 2) and numbers["names"] == ["a", "<b>"]
    svg = ElementTree.fromstring((tmp_path / "m.svg").read_text("utf-8"))
    assert svg.tag.endswith("svg") and len(svg.findall(".//*[@data-i]")) == 30
    told = ["--method", "tsne", "--perplexity", "4"]
    status, out, err = run("map", "x", *told)
    assert status == 0 and "perplexity 4" in out, err
    assert run("map", "x", *told[:3], "0")[0] == 2
    assert run("map", "x", "--out", "m.html")[0] == 0
    assert "&lt;b&gt;" in (tmp_path / "m.html").read_text("utf-8")


def test_evaluate_latents_prints_and_writes(run, tiny, monkeypatch, tmp_path):
    asked, workers = [], []

    def small(n=40, *, quick=False, seed=0, **more):
        asked.append((n or 40, quick, seed))
        workers.append(more.pop("processes"))  # others could not load the stand-in by its name
        least = replace(evaluation.QUICK, pictures=1)
        more |= {"models": (tiny, "gone-vae"), "size": least, "methods": ("saliency",)}
        return evaluate(n or 40, seed, quick=quick, **more)

    evaluate = evaluation.evaluate_latents
    monkeypatch.setattr(evaluation, "evaluate_latents", small)
    status, out, err = run("evaluate", "latents", "--n", "30", "--json", "l.json")
    assert status == 0, err
    assert "what the codes are worth" in out and "gone-vae: not shipped" in out
    numbers = json.loads((tmp_path / "l.json").read_text())
    assert numbers["n"] == 30 and list(numbers["models"]) == [tiny.id]
    assert asked == [(30, False, 0)] and numbers["quick"] is False
    assert run("evaluate", "latents", "--quick", "--seed", "5", "--processes", "3")[0] == 0
    assert asked[1] == (40, True, 5)
    assert workers[0] >= 1 and workers[1] == 3


def test_public_names():
    for name in ("attribute", "Attribution", "load_study", "study_of", "load", "shapley"):
        assert name in genlens.__all__ and callable(getattr(genlens, name))
