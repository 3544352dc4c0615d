"""What the tab opens with, computed in advance: ``python -m genlens.ui.prompts.inside.opening``.

It has to be run again after the embedded model was trained anew; every file names its revision.
"""

from __future__ import annotations

from genlens.prompts.inside.edit.pictures import draw_edited
from genlens.prompts.inside.edit.rewrite import edit_word
from genlens.prompts.inside.features.learn import learn_features
from genlens.prompts.inside.features.paint import paint_feature
from genlens.prompts.inside.features.storage import save_features
from genlens.prompts.inside.features.strokes import SHAPED
from genlens.prompts.inside.layers.exchange import exchange_layers
from genlens.prompts.inside.storage import save_edit, save_exchange
from genlens.ui.prompts.inside import edits, features, layers, painting
from genlens.ui.prompts.opening import MODEL


def main() -> None:
    """Compute and store."""
    found = exchange_layers(MODEL, layers.PROMPT, layers.OTHER, layers.SEED)
    edit = edit_word(MODEL, edits.WORD, edits.TARGET)
    drawn = draw_edited(MODEL, edit, edits.CAPTIONS.split("\n"), layers.SEED)
    learned = learn_features(MODEL)
    nouns = [feature.noun for feature in learned.features]
    first = learned.features[nouns.index(features.NOUN) if features.NOUN in nouns else 0]
    brush = paint_feature(
        MODEL, learned, first.number, features.PROMPT, region=painting.REGION,
        strength=SHAPED, together=True, shaped=True,
    )  # fmt: skip
    for path in (
        save_exchange(found, layers.OPENING),
        save_edit(drawn, edits.OPENING),
        save_features(learned, brush, features.OPENING),
    ):
        print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
