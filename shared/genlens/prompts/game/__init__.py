"""The game that is explained: its players are the words of a prompt."""

from genlens.prompts.game.drawn import DEFAULT_ENCODER, PromptGame
from genlens.prompts.game.table import Game, TableGame, as_coalitions

__all__ = ["DEFAULT_ENCODER", "Game", "PromptGame", "TableGame", "as_coalitions"]
