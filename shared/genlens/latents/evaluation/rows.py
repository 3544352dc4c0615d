"""The lines of the truth table, as read from ``LatentEvaluation.to_dict()``."""

from __future__ import annotations

from collections.abc import Callable

from genlens.common.estimates import exact
from genlens.common.measure_rows import Numbers, Row, entries, measured, part
from genlens.common.measures import Measure


def _map(method: str, name: str) -> Callable[[Numbers], Measure]:
    def read(space: Numbers) -> Measure:
        found = (m for m in entries(space, "maps") if m.get("method") == method)
        return Measure.read(part(next(found, None), name))

    return read


def _cosine(side: str) -> Callable[[Numbers], Measure]:
    """Of the last layer before the code."""

    def read(space: Numbers) -> Measure:
        cosines = part(space, "activations", side)
        last = cosines[max(0, len(cosines) - 2)] if isinstance(cosines, list) and cosines else None
        return Measure.read(last)

    return read


CONCLUSIONS: tuple[Row, ...] = (
    Row(
        "k-NN purity, codes", "% of 10 neighbours",
        "Of a picture’s ten nearest in latent space, how many have its class.",
        measured("latent_space", "purity"), "%", 1, "purity",
    ),
    Row(
        "k-NN purity, raw pixels", "% of 10 neighbours",
        "The same by pixels: a code that groups no better has learned little about classes.",
        measured("pixel_space", "purity"), "%", 1, "purity",
    ),
    Row(
        "k-NN purity, chance", "% of 10 neighbours",
        "The same if classes were dealt out at random.", measured("latent_space", "chance"), "%",
    ),
    Row(
        "silhouette, codes", "−1 to 1",
        "How much nearer a picture’s own class is than the next one; about 0: they overlap.",
        measured("latent_space", "silhouette"), "{:.2f}", 1, "silhouette",
    ),
    Row(
        "silhouette, raw pixels", "−1 to 1", "The same by pixels.",
        measured("pixel_space", "silhouette"), "{:.2f}", 1, "silhouette",
    ),
    Row(
        "activations alike within classes", "cosine, −1 to 1",
        "How alike two pictures of one class are to the last hidden layer, its mean taken off.",
        _cosine("within"), "{:.2f}", 1, "cosine",
    ),
    Row(
        "activations alike between classes", "cosine, −1 to 1",
        "The same for two classes; “similar digits activate consistently” if this is lower.",
        _cosine("between"), "{:.2f}", 1, "cosine",
    ),
    Row(
        "variance on two PCA axes", "% of all variance",
        "How much of what distinguishes codes a flat map can show.", measured("two_axes"), "%",
    ),
    Row(
        "PCA axes for 90 % of it", "axes",
        "As many directions really vary.",
        measured("axes_for_90"), "{:.0f}",
    ),
    *(
        Row(
            f"{name}, {title}", "0.5 random, 1 best", says, _map(method, name), "{:.2f}", 1, name
        )
        for name, says in (
            ("trustworthiness", "Neighbours on this map are neighbours among codes."),
            ("continuity", "Neighbours among codes stay neighbours on this map."),
        )
        for method, title in (("pca", "PCA"), ("tsne", "t-SNE"), ("umap", "UMAP"))
    ),
    Row(
        "reconstruction PSNR", "dB, 20 rough, 30 close",
        "How near pictures rebuilt from their codes are to the originals.",
        measured("psnr_db"), "{:.1f}",
    ),
    Row(
        "information in a code", "nats",
        "Divergence of the posterior from the prior: how much a code says of its picture.",
        measured("kl"), "{:.1f}",
    ),
    Row(
        "latents in use", "latents",
        "Those whose value depends on the picture at all.",
        measured("active"), "{:.0f}",
    ),
)  # fmt: skip

CASES = Row(
    "cases", "inputs", "Inputs that the method was tested on; a table says what was left out.",
    lambda m: _cases(m), "{:.0f}", interval=False,
)  # fmt: skip
TESTS: tuple[Row, ...] = (
    Row(
        "alike after shuffling", "0 as unrelated maps, 1 unchanged",
        "How alike the map stays when the model’s weights are shuffled, in the order of its values "
        "or in its structure, whichever is more. To be reliable the interval has to end below 0.5.",
        measured("alike"), "{:.2f}",
    ),
    Row(
        "gain over random", "area, 0 is random",
        "How much sooner the number falls when what the method names is deleted first. Maps with "
        "signs delete what holds it up first, so they can push it below that of a blank input. To "
        "be reliable the interval has to begin above 0.",
        measured("gain"), "{:+.2f}", 1,
    ),
)  # fmt: skip
"""What the verdict rests on."""
_COSTS: tuple[Row, ...] = (
    Row(
        "seconds", "s, median", "For one explanation, on the machine that measured.",
        measured("seconds"), "{:.3f}", -1, interval=False,
    ),
    Row(
        "model calls", "inputs", "Inputs put through the model for one explanation, median.",
        measured("model_calls"), "{:,.0f}", -1, interval=False,
    ),
    Row(
        "agreement of seeds", "rank corr., 1 best",
        "How alike two runs with different seeds are; 1 where nothing is random.",
        measured("seed_agreement"), "{:.2f}", 1,
    ),
    Row(
        "agreement under noise", "rank corr., 1 best",
        "How alike the map is when the input is shaken by noise one does not see.",
        measured("noise_agreement"), "{:.2f}", 1,
    ),
)  # fmt: skip
DETAILS: tuple[Row, ...] = (
    Row(
        "random orders beaten", "%", "Part of random orders that make it fall more slowly.",
        measured("beats"), "%", 1,
    ),
    Row(
        "sizes alike after shuffling", "0 as unrelated maps, 1 unchanged",
        "The same of the values without their signs: of methods that multiply by the input, how "
        "much of the map is the input’s. It does not count for the verdict.",
        measured("sizes"), "{:.2f}",
    ),
    *_COSTS,
)  # fmt: skip
COMPARISON_COLUMNS: tuple[Row, ...] = (
    *_COSTS,
    Row(
        "deletion AUC", "area, less is better",
        "Area under the number while what matters most is deleted first.",
        measured("deletion"), "{:.2f}", -1,
    ),
    Row(
        "deletion AUC of random orders", "area", "What deleting in any order gets.",
        measured("random"), "{:.2f}",
    ),
)  # fmt: skip
REBUILD_COLUMNS: tuple[Row, ...] = (
    Row("won", "% of games", "Games in which the picture was rebuilt.", measured("won"), "%", 1),
    Row("moves", "median a game", "Sliders moved.", measured("moves"), "{:.0f}", -1),
    Row(
        "slider lengths", "median a game", "How far sliders were moved, in lengths of a slider.",
        measured("distance"), "{:.1f}", -1,
    ),
    Row(
        "agreement", "median at the end", "How near the rebuilt picture came.",
        measured("agreement"), "%", 1,
    ),
    Row(
        "MIG", "0 to 1", "Whether one latent, and no second one, knows each factor behind the "
        "pictures.", measured("mig"), "{:.3f}", 1,
    ),
)  # fmt: skip


def _cases(m: Numbers) -> Measure:
    """The smaller number of cases of the two tests."""
    return exact(min(Measure.read(part(m, name)).n for name in ("alike", "gain")))
