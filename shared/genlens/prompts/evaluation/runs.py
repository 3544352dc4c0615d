"""Explaining many prompts and judging each, in one process or in several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from genlens.common.progress import Cancel
from genlens.common.records import MadeBy
from genlens.common.side_by_side import side_by_side
from genlens.errors import Cancelled, InputError
from genlens.models.contracts import ImageTextEncoder, Segmenter, TextToImage
from genlens.prompts.evaluation.judgement import Row, judge_explanation
from genlens.prompts.evaluation.link_truth import Intruded, with_intruder
from genlens.prompts.evaluation.truth import PromptTruth, RefereeLike, world_truth
from genlens.prompts.evidence import LinkSettings
from genlens.prompts.explain import explain_prompt, loaded
from genlens.prompts.results import PromptExplanation


@dataclass(frozen=True)
class Bench:
    """What explains and judges: models (or names for ``genlens.load``), settings of
    ``explain_prompt``, the referee (None: the shipped one), and what is known of a prompt."""

    model: TextToImage | str = "emoji-diffusion"
    encoder: ImageTextEncoder | str = "emoji-clip"
    segmenter: Segmenter | str = "emoji-sam"
    referee: RefereeLike | None = None
    truth: Callable[[str], PromptTruth] = world_truth
    steps: int | None = None
    guidance: float | None = None
    link_settings: LinkSettings | None = None
    batch_size: int = 64

    @property
    def eyes(self) -> RefereeLike:
        """The referee."""
        from genlens.zoo.referee import load_referee

        return self.referee if self.referee is not None else load_referee()

    def explain(self, prompt: str, seed: int, cancel: Cancel | None = None) -> PromptExplanation:
        """The explanation of one prompt."""
        return explain_prompt(
            self.model,
            prompt,
            seed,
            encoder=self.encoder,
            segmenter=self.segmenter,
            steps=self.steps,
            guidance=self.guidance,
            link_settings=self.link_settings,
            batch_size=self.batch_size,
            noises=0,
            cancel=cancel,
        )

    def intruded(
        self, explanation: PromptExplanation, nouns: Sequence[str], seed: int
    ) -> Intruded | str:
        """``link_truth.with_intruder`` by this bench's models."""
        encoder = loaded(self.encoder, "ImageTextEncoder")
        return with_intruder(explanation, encoder, loaded(self.segmenter, "Segmenter"), nouns, seed)

    def judged(self, prompt: str, seed: int, cancel: Cancel | None = None) -> tuple[Row, MadeBy]:
        """The answers of one prompt, and what made them."""
        explanation, truth, referee = (
            self.explain(prompt, seed, cancel),
            self.truth(prompt),
            self.eyes,
        )
        intruded = self.intruded(explanation, sorted(set(truth.nouns.values())), seed)
        row = judge_explanation(explanation, truth, referee, intruded)
        more = {"links": explanation.links.settings, "referee": type(referee).__name__}
        made = explanation.made_by
        return row, replace(made, settings={**made.settings, **more}, stages={})


def rows_of(
    bench: Bench,
    prompts: Sequence[str],
    seed: int,
    *,
    processes: int = 1,
    cancel: Cancel | None = None,
) -> Iterator[tuple[Row, MadeBy]]:
    """The answers of each prompt, in order; prompt i is drawn with noise ``seed + i``.

    Raises:
        InputError: several processes, and models that are not named.
        Cancelled: ``cancel()`` said so.
    """
    if processes == 1:
        for i, prompt in enumerate(prompts):
            _ask(cancel, i, len(prompts))
            yield bench.judged(prompt, seed + i, cancel)
        return
    if not all(isinstance(m, str) for m in (bench.model, bench.encoder, bench.segmenter)):
        raise InputError(
            f"processes is {processes}, and each loads its own models: name them, or pass 1"
        )
    tasks = [(prompt, seed + i) for i, prompt in enumerate(prompts)]
    yield from side_by_side(bench.judged, tasks, processes, cancel=cancel)


def _ask(cancel: Cancel | None, done: int, total: int) -> None:
    if cancel is not None and cancel():
        raise Cancelled(f"stopped after {done} of {total} prompts")
