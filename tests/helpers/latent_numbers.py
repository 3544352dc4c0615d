"""A stored truth table made up by hand, with a hostile name in it."""

from __future__ import annotations

HOSTILE = "<script>alert(1)</script>"


def method(name, kind="image", **more):
    return {
        "method": name,
        "title": name.title(),
        "kind": kind,
        "pictures": 16,
        "seconds": 0.5,
        "model_calls": 10.0,
        "deletion": 0.3,
        "random": 0.5,
        "gain": 0.2,
        "gain_error": 0.03,
        "beats": 0.9,
        "seed_agreement": 1.0,
        "noise_agreement": 0.8,
        "randomised": 0.1,
        "reliable": True,
        "better_than_random": True,
        **more,
    }


def space(**more):
    return {
        "n": 2000,
        "classes": 10,
        "mse": 0.01,
        "psnr_db": 20.5,
        "kl": 18.0,
        "active": 10,
        "latents": 10,
        "latent_space": {"purity": 0.9, "chance": 0.1, "silhouette": 0.12},
        "pixel_space": {"purity": 0.93, "chance": 0.1, "silhouette": 0.06},
        "activations": {
            "layers": ["conv1", "relu_hidden", "code"],
            "within": [0.2, 0.41, 0.5],
            "between": [-0.02, -0.05, -0.06],
        },
        "maps": [
            {
                "method": "pca", "n": 1000, "trustworthiness": 0.8, "continuity": 0.9,
                "explained": [0.2, 0.15, 0.1], "axes_for_90": 8,
            },
            {
                "method": "tsne", "n": 1000, "trustworthiness": 0.97, "continuity": 0.88,
                "explained": [], "axes_for_90": 0,
            },
        ],
        **more,
    }  # fmt: skip


def line(model, won):
    return {
        "standing": {
            "model": model, "player": "search", "games": 10, "won": won, "moves": 14.0,
            "seconds": 14.0, "distance": 3.2, "agreement": 0.8,
        },
        "latents": 10,
        "rules": {"measure": "overlap", "threshold": 0.75, "skip_after": 45.0, "tolerance": 0.5},
        "mig": None,
    }  # fmt: skip


def model(*methods, **more):
    return {
        "revision": "sha256:0",
        "data": "digits",
        "space": space(**more),
        "methods": list(methods),
        "rebuild": line("digits-vae", 0.7),
        "light": False,
        "left_out": {"shap, latent": "12 players at most"},
        "seconds": 60.0,
    }


def place(name, pointing, mass):
    return {
        "method": name, "title": name.title(), "pointing": pointing, "mass": mass,
        "mass_error": 0.01,
    }  # fmt: skip


def numbers():
    """A dictionary as ``LatentEvaluation.to_dict()`` gives it."""
    blind = method("guided-backprop", gain=0.4, randomised=0.8, reliable=False)
    return {
        "n": 2000,
        "pictures": 16,
        "models": {
            "digits-vae": model(
                method("saliency"),
                method("lrp", gain=0.3, seconds=0.1),
                blind,
                method("shap", "latent"),
                method("lime-latents", "latent", seed_agreement=0.9, gain=None, gain_error=None),
            ),
            HOSTILE: model(method("saliency"), latent_space=None, activations=None),
        },
        "faces": {
            "model": "avatars-vae",
            "parts": [
                {
                    "part": "glasses", "faces": 16, "effect": 4.2, "accuracy": 0.97,
                    "rival": "brows", "rival_effect": 0.21, "pointing_chance": 0.08,
                    "mass_chance": 0.04,
                    "scores": [
                        place("saliency", 0.5, 0.12), place("lrp", 0.75, 0.2),
                        place("edges", 0.1, 0.06), place("difference", 1.0, 0.9),
                    ],
                }
            ],
            "left_out": {"mouth": "the model hardly encodes it"},
        },
        "leaderboard": [line("digits-vae", 0.7)],
        "left_out": {"maritime-vae": "not shipped with this copy"},
        "made_by": {"seed": 0, "seconds": 300.0},
    }  # fmt: skip
