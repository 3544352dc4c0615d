"""What is wrong with a model is said beside its picture, and on the command line."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

import vae_page
from genlens.cli import main as cli
from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.ui.latents.page import line_html

pytestmark = pytest.mark.apps


def test_the_head_of_the_page_warns_and_notes():
    study = vae_page.small_study()
    card = replace(study.model.card, notes=("its weights were float16",))
    study.model.card = card
    noted = replace(study, notes=(*card.notes, "this model draws <b>nothing</b>"))
    with vae_page.standing_in(noted) as model_id:
        shown = line_html(model_id, 0)
    assert '<p class="gl-note">Its weights were float16.</p>' in shown
    assert '<p class="gl-note gl-warn">This model draws &lt;b&gt;nothing&lt;/b&gt;.</p>' in shown
    with vae_page.standing_in(replace(study, notes=())) as model_id:
        assert "gl-note" not in line_html(model_id, 0)


def test_the_command_line_says_it(tmp_path, capsys):
    torch.manual_seed(0)
    ConvVAE((3, 16, 16), 4, (4, 6), 12).save(tmp_path / "untrained")
    for command in (["map", "--n", "20"], ["attribute"]):
        assert cli.main([command[0], str(tmp_path / "untrained"), *command[1:]]) == 0
        said = capsys.readouterr().out
        assert "note: this model rebuilds these pictures (emoji scenes" in said
        assert "no better than their mean picture" in said
