"""The lines of the truth table: what each number is called, its unit, what it says, which way is
better. Numbers are read from ``LatentEvaluation.to_dict()``, so that a stored table can be shown
without measuring anything again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Numbers = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One measure. ``value`` reads it from a dictionary (None: not measured); ``form`` shows it, a
    format ("{:.2f}") or "%". ``better`` is 1 where more is better, -1 where less is, 0 where
    neither; rows of one ``group`` are rivals, the best of which may be marked."""

    title: str
    unit: str
    says: str
    value: Callable[[Numbers], float | None]
    form: str = "{:.2f}"
    better: int = 0
    group: str = ""

    def shown(self, numbers: Numbers) -> str:
        """The number with its unit's sign; "-" where there is none."""
        return show(self.value(numbers), self.form)


def show(value: float | None, form: str) -> str:
    """``value`` in ``form``, "-" for None."""
    if value is None:
        return "-"
    shown = f"{100 * value:.0f} %" if form == "%" else form.format(value)
    return shown.lstrip("+-") if float(shown.rstrip(" %").replace(",", "")) == 0 else shown


def _of(group: str, name: str) -> Callable[[Numbers], float | None]:
    return lambda space: (space[group] or {}).get(name)


def _map(method: str, name: str) -> Callable[[Numbers], float | None]:
    def read(space: Numbers) -> float | None:
        figures = next((m for m in space["maps"] if m["method"] == method), None)
        return figures[name] if figures else None

    return read


def _explained(space: Numbers) -> float | None:
    shares = next((m["explained"] for m in space["maps"] if m["method"] == "pca"), None)
    return sum(shares[:2]) if shares else None


def _cosine(side: str) -> Callable[[Numbers], float | None]:
    """Of the last layer before the code."""

    def read(space: Numbers) -> float | None:
        cosines = space["activations"]
        return cosines[side][max(0, len(cosines["layers"]) - 2)] if cosines else None

    return read


CONCLUSIONS: tuple[Row, ...] = (
    Row(
        "k-NN purity, codes", "% of 10 neighbours",
        "Of a picture’s ten nearest in latent space, how many have its class.",
        _of("latent_space", "purity"), "%", 1, "purity",
    ),
    Row(
        "k-NN purity, raw pixels", "% of 10 neighbours",
        "The same by pixels: a code that groups no better has learned little about classes.",
        _of("pixel_space", "purity"), "%", 1, "purity",
    ),
    Row(
        "k-NN purity, chance", "% of 10 neighbours",
        "The same if classes were dealt out at random.", _of("latent_space", "chance"), "%",
    ),
    Row(
        "silhouette, codes", "−1 to 1",
        "How much nearer a picture’s own class is than the next one; about 0: they overlap.",
        _of("latent_space", "silhouette"), "{:.2f}", 1, "silhouette",
    ),
    Row(
        "silhouette, raw pixels", "−1 to 1", "The same by pixels.",
        _of("pixel_space", "silhouette"), "{:.2f}", 1, "silhouette",
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
        "How much of what distinguishes codes a flat map can show.", _explained, "%",
    ),
    Row(
        "PCA axes for 90 % of it", "axes",
        "As many directions really vary.",
        lambda space: _map("pca", "axes_for_90")(space) or None, "{:.0f}",
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
        lambda space: space["psnr_db"], "{:.1f}",
    ),
    Row(
        "information in a code", "nats",
        "Divergence of the posterior from the prior: how much a code says of its picture.",
        lambda space: space["kl"], "{:.1f}",
    ),
    Row(
        "latents in use", "latents",
        "Those whose value depends on the picture at all.",
        lambda space: space["active"], "{:.0f}",
    ),
)  # fmt: skip

_COSTS: tuple[Row, ...] = (
    Row(
        "seconds", "s, median", "For one explanation, on the machine that measured.",
        lambda m: m["seconds"], "{:.3f}", -1,
    ),
    Row(
        "model calls", "inputs", "Inputs put through the model for one explanation, median.",
        lambda m: m["model_calls"], "{:,.0f}", -1,
    ),
    Row(
        "agreement of seeds", "rank corr., 1 best",
        "How alike two runs with different seeds are; 1 where nothing is random.",
        lambda m: m["seed_agreement"], "{:.2f}", 1,
    ),
    Row(
        "agreement under noise", "rank corr., 1 best",
        "How alike the map is when the input is shaken by noise one does not see.",
        lambda m: m["noise_agreement"], "{:.2f}", 1,
    ),
)  # fmt: skip
METHOD_COLUMNS: tuple[Row, ...] = (
    Row(
        "gain over random", "area, 0 is random",
        "How much sooner the number falls when what the method names is deleted first. Maps with "
        "signs delete what holds it up first, so they can push it below that of a blank input.",
        lambda m: m["gain"], "{:+.2f}", 1,
    ),
    Row(
        "random orders beaten", "%", "Part of random orders that make it fall more slowly.",
        lambda m: m["beats"], "%", 1,
    ),
    Row(
        "alike after shuffling", "rank corr., 0 best",
        "How alike the map stays when the model’s weights are shuffled: from 0.5 it is unreliable.",
        lambda m: m["randomised"], "{:.2f}", 0,
    ),
    *_COSTS,
)  # fmt: skip
COMPARISON_COLUMNS: tuple[Row, ...] = (
    *_COSTS,
    Row(
        "deletion AUC", "area, less is better",
        "Area under the number while what matters most is deleted first.",
        lambda m: m["deletion"], "{:.2f}", -1,
    ),
    Row(
        "deletion AUC of random orders", "area", "What deleting in any order gets.",
        lambda m: m["random"], "{:.2f}",
    ),
)  # fmt: skip


def best(values: Sequence[float | None], better: int) -> set[int]:
    """Places of the best of ``values``; none where fewer than two are known, ``better`` is 0, or
    more than three share the first place, which then says nothing."""
    known = [v for v in values if v is not None]
    if not better or len(known) < 2:
        return set()
    top = max(better * v for v in known)
    places = {i for i, v in enumerate(values) if v is not None and better * v >= top - 1e-12}
    return places if len(places) <= 3 else set()
