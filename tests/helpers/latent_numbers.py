"""A stored truth table made up by hand, with a hostile name in it."""

from __future__ import annotations

HOSTILE = "<script>alert(1)</script>"


def figure(value, reach=0.02, n=16, **left_out):
    """A measure as ``to_dict`` writes it, with an interval of ``reach`` on both sides."""
    ends = (None, None) if value is None else (value - reach, value + reach)
    return {
        "value": value, "low": ends[0], "high": ends[1], "n": n,
        "left_out": {reason.replace("_", " "): count for reason, count in left_out.items()},
    }  # fmt: skip


def method(name, kind="image", **more):
    numbers = {
        "method": name,
        "title": name.title(),
        "kind": kind,
        "control": False,
        "alike": figure(0.1),
        "gain": figure(0.2, 0.03),
        "sizes": figure(0.3),
        "deletion": figure(0.3),
        "random": figure(0.5),
        "beats": figure(0.9),
        "seconds": figure(0.5),
        "model_calls": figure(10.0, 0),
        "seed_agreement": figure(1.0, 0),
        "noise_agreement": figure(0.8),
        "left_out": {},
        "verdict": "reliable",
        "reliable": True,
        **more,
    }
    return numbers | {"reliable": numbers["verdict"] == "reliable"}


def space(**more):
    return {
        "n": 2000,
        "classes": 10,
        "latents": 10,
        "mse": figure(0.01, 0.001),
        "psnr_db": figure(20.5, 0.1),
        "kl": figure(18.0, 0.1),
        "active": figure(10, 0),
        "two_axes": figure(0.35),
        "axes_for_90": figure(8, 0),
        "latent_space": {
            "purity": figure(0.9), "chance": figure(0.1, 0), "silhouette": figure(0.12, 0.01),
        },
        "pixel_space": {
            "purity": figure(0.93), "chance": figure(0.1, 0), "silhouette": figure(0.06, 0.01),
        },
        "activations": {
            "layers": ["conv1", "relu_hidden", "code"],
            "within": [figure(0.2), figure(0.41), figure(0.5)],
            "between": [figure(-0.02), figure(-0.05), figure(-0.06)],
        },
        "maps": [
            {"method": "pca", "trustworthiness": figure(0.8), "continuity": figure(0.9)},
            {"method": "tsne", "trustworthiness": figure(0.97), "continuity": figure(0.88)},
        ],
        **more,
    }  # fmt: skip


def rebuild(model, won):
    return {
        "model": model, "latents": 10, "threshold": 0.75, "won": figure(won, 0.2, 10),
        "moves": figure(14.0, 3, 10), "distance": figure(3.2, 0.4, 10),
        "agreement": figure(0.8, 0.02, 10), "mig": None,
    }  # fmt: skip


def model(*methods, **more):
    return {
        "data": "digits",
        "pictures": 16,
        "space": space(**more),
        "methods": list(methods),
        "rebuild": rebuild("digits-vae", 0.7),
        "light": False,
        "left_out": {"shap, latent": "12 players at most"},
        "made_by": {"model": "digits-vae", "revision": "sha256:0", "seconds": 60.0},
    }


def place(name, pointing, mass):
    return {
        "method": name, "title": name.title(), "pointing": figure(pointing, 0.1, 36),
        "mass": figure(mass, 0.01, 36),
    }  # fmt: skip


def numbers():
    """A dictionary as ``LatentEvaluation.to_dict()`` gives it."""
    blind = method("guided-backprop", gain=figure(0.4), alike=figure(0.8), verdict="unchanged")
    return {
        "n": 2000,
        "pictures": 16,
        "models": {
            "digits-vae": model(
                method("saliency", alike=figure(0.1, the_map_is_flat=3)),
                method("lrp", gain=figure(0.3, 0.03), seconds=figure(0.1)),
                blind,
                method("edges", control=True, alike=figure(1.0, 0), verdict="unchanged"),
                method("shap", "latent"),
                method("lime-latents", "latent", seed_agreement=figure(0.9), gain=figure(None)),
            ),
            HOSTILE: model(method("saliency"), latent_space=None, activations=None),
        },
        "faces": {
            "model": "avatars-vae",
            "parts": [
                {
                    "part": "glasses", "draws": 6, "faces": 36, "kept": 314, "having": 431,
                    "left_out": {"the part does not move the score": 117},
                    "effect": figure(4.2, 0.1, 6), "accuracy": figure(0.97, 0.01, 800),
                    "rival": "brow_shape", "rival_effect": 0.21,
                    "pointing_chance": figure(0.08, 0.01), "mass_chance": figure(0.04, 0.01),
                    "scores": [
                        place("saliency", 0.5, 0.12), place("lrp", 0.75, 0.2),
                        place("edges", 0.1, 0.06), place("difference", 1.0, 0.9),
                    ],
                }
            ],
            "left_out": {"mouth": "the model hardly encodes it"},
        },
        "left_out": {"maritime-vae": "not shipped with this copy"},
        "made_by": {"seed": 0, "seconds": 300.0},
    }  # fmt: skip
