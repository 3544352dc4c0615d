from .again import (
    game_again as game_again,
)
from .attention.record import (
    attention_of as attention_of,
)
from .attention.regions import (
    boosted as boosted,
)
from .attention.results import (
    AttentionMaps as AttentionMaps,
)
from .attention.saliency import (
    LatentSaliency as LatentSaliency,
)
from .attention.saliency import (
    latent_saliency as latent_saliency,
)
from .estimators.estimator import (
    Estimator as Estimator,
)
from .estimators.estimators import (
    ESTIMATORS as ESTIMATORS,
)
from .estimators.estimators import (
    estimate as estimate,
)
from .estimators.of_prompt import (
    estimate_prompt as estimate_prompt,
)
from .estimators.results import (
    Estimate as Estimate,
)
from .evaluation.attention.evaluate import (
    evaluate_attention as evaluate_attention,
)
from .evaluation.estimators.evaluate import (
    evaluate_estimators as evaluate_estimators,
)
from .evaluation.evaluate import (
    evaluate_prompts as evaluate_prompts,
)
from .evaluation.inside.evaluate import (
    evaluate_inside as evaluate_inside,
)
from .evaluation.paper.evaluate import (
    evaluate_paper as evaluate_paper,
)
from .explain import (
    explain_prompt as explain_prompt,
)
from .game import (
    Game as Game,
)
from .game import (
    PromptGame as PromptGame,
)
from .game import (
    TableGame as TableGame,
)
from .inside.edit.pictures import (
    EditPictures as EditPictures,
)
from .inside.edit.pictures import (
    draw_edited as draw_edited,
)
from .inside.edit.rewrite import (
    WordEdit as WordEdit,
)
from .inside.edit.rewrite import (
    edit_word as edit_word,
)
from .inside.edit.rewrite import (
    edited as edited,
)
from .inside.features.learn import (
    FeatureSet as FeatureSet,
)
from .inside.features.learn import (
    learn_features as learn_features,
)
from .inside.features.paint import (
    PaintedFeature as PaintedFeature,
)
from .inside.features.paint import (
    paint_feature as paint_feature,
)
from .inside.layers.exchange import (
    LayerExchange as LayerExchange,
)
from .inside.layers.exchange import (
    exchange_layers as exchange_layers,
)
from .objects import (
    find_objects as find_objects,
)
from .objects import (
    link as link,
)
from .objects import (
    select_objects as select_objects,
)
from .opinions import (
    Opinions as Opinions,
)
from .opinions import (
    compare_payoffs as compare_payoffs,
)
from .opinions import (
    compare_payoffs_of as compare_payoffs_of,
)
from .opinions import (
    compare_removals as compare_removals,
)
from .payoffs.clip import (
    ClipSimilarity as ClipSimilarity,
)
from .payoffs.clip import (
    ClipTextSimilarity as ClipTextSimilarity,
)
from .payoffs.distances import (
    DistanceSimilarity as DistanceSimilarity,
)
from .payoffs.latents import (
    DiffusionSimilarity as DiffusionSimilarity,
)
from .payoffs.latents import (
    VaeSimilarity as VaeSimilarity,
)
from .payoffs.payoffs import (
    PAYOFFS as PAYOFFS,
)
from .payoffs.pixels import (
    PixelSimilarity as PixelSimilarity,
)
from .payoffs.similarity import (
    Similarity as Similarity,
)
from .removal import (
    REMOVALS as REMOVALS,
)
from .removal import (
    Removal as Removal,
)
from .results import (
    Links as Links,
)
from .results import (
    PromptExplanation as PromptExplanation,
)
from .results import (
    TokenAttribution as TokenAttribution,
)
from .subsets.joint import (
    ObjectsByWords as ObjectsByWords,
)
from .subsets.joint import (
    objects_by_words as objects_by_words,
)
from .subsets.upload import (
    PictureLinks as PictureLinks,
)
from .subsets.upload import (
    link_picture as link_picture,
)
from .trust.axioms import (
    AxiomReport as AxiomReport,
)
from .trust.axioms import (
    axioms_of as axioms_of,
)
from .trust.axioms import (
    check_axioms as check_axioms,
)
from .trust.fidelity import (
    FidelityReport as FidelityReport,
)
from .trust.fidelity import (
    fidelity_of as fidelity_of,
)
from .trust.fidelity import (
    fidelity_report as fidelity_report,
)
from .trust.noise import (
    NoiseReport as NoiseReport,
)
from .trust.noise import (
    explain_over_noises as explain_over_noises,
)
from .trust.noise import (
    over_noises as over_noises,
)
from .versus.compare import (
    compare_prompts as compare_prompts,
)
from .versus.results import (
    PromptComparison as PromptComparison,
)

__all__ = [
    "ESTIMATORS",
    "PAYOFFS",
    "REMOVALS",
    "AttentionMaps",
    "AxiomReport",
    "ClipSimilarity",
    "ClipTextSimilarity",
    "DiffusionSimilarity",
    "DistanceSimilarity",
    "EditPictures",
    "Estimate",
    "Estimator",
    "FeatureSet",
    "FidelityReport",
    "Game",
    "LatentSaliency",
    "LayerExchange",
    "Links",
    "NoiseReport",
    "ObjectsByWords",
    "Opinions",
    "PaintedFeature",
    "PictureLinks",
    "PixelSimilarity",
    "PromptComparison",
    "PromptExplanation",
    "PromptGame",
    "Removal",
    "Similarity",
    "TableGame",
    "TokenAttribution",
    "VaeSimilarity",
    "WordEdit",
    "attention_of",
    "axioms_of",
    "boosted",
    "check_axioms",
    "compare_payoffs",
    "compare_payoffs_of",
    "compare_prompts",
    "compare_removals",
    "draw_edited",
    "edit_word",
    "edited",
    "estimate",
    "estimate_prompt",
    "evaluate_attention",
    "evaluate_estimators",
    "evaluate_inside",
    "evaluate_paper",
    "evaluate_prompts",
    "exchange_layers",
    "explain_over_noises",
    "explain_prompt",
    "fidelity_of",
    "fidelity_report",
    "find_objects",
    "game_again",
    "latent_saliency",
    "learn_features",
    "link",
    "link_picture",
    "objects_by_words",
    "over_noises",
    "paint_feature",
    "select_objects",
]
