"""The mixing board, against pictures mixed by hand; undo and redo; what is typed."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import tiny_vaes
from genlens.errors import InputError
from genlens.models.assessors.assessors import assessor
from genlens.models.generators.decoder import DecoderGenerator
from genlens.models.generators.stylegan2.adapter import StyleGAN2Generator
from genlens.ui.steering import faces
from genlens.ui.steering.mixing.board import blended, board, read_groups, read_sources
from genlens.ui.steering.mixing.files import as_json, csv_text, report_html, write_board
from genlens.ui.steering.mixing.history import History
from genlens.ui.steering.mixing.view import board_html, ordered_html
from genlens.ui.steering.shown import Shown
from steering_page import small_stylegan

pytestmark = pytest.mark.apps
GENERATOR = StyleGAN2Generator(small_stylegan(), device="cpu")  # 6 layers


def now(face: str = "0*2,9") -> Shown:
    styles = faces.styles_of(GENERATOR, face)
    return Shown("small", face, "brightness", GENERATOR, styles, assessor("brightness"))


def drawn(face: str) -> np.ndarray:
    return GENERATOR.synthesize(faces.styles_of(GENERATOR, face)[None])[0].numpy()


def test_a_cell_is_the_face_with_one_group_of_another() -> None:
    found = board(now(), "5, 6, 7", "1 2 3")
    own = found.now.styles
    for g, group in enumerate(found.groups):
        for j, name in enumerate(found.sources):
            styles = own.clone()
            styles[group.start : group.stop] = faces.source(GENERATOR, name)[
                group.start : group.stop
            ]
            picture = GENERATOR.synthesize(styles[None])[0].numpy()
            assert np.allclose(found.cells.images[found.cell(g, j)], picture, atol=1e-6)
    assert np.allclose(found.cells.images[0], drawn("0*2,9"), atol=1e-6)
    for j, name in enumerate(found.sources):
        assert np.allclose(found.cells.images[found.whole(j)], drawn(name), atol=1e-6)


@pytest.mark.parametrize("blend", [False, True])
def test_every_picture_has_an_address_that_draws_it(blend: bool) -> None:
    found = board(now("3>4@0.25*1,9"), "5, 6", "3", seed=1, blend=blend)
    assert len(found.addresses) == len(found.cells.images) == 1 + 3 * 2 + 2 + 12
    for image, face in zip(found.cells.images, found.addresses, strict=True):
        assert np.allclose(image, drawn(face), atol=1e-5), face
    mixed = [face for face in found.addresses[-12:] if ">" in face]
    assert bool(mixed) == blend


def test_random_mixes_come_highest_score_first_and_by_seed() -> None:
    found = board(now(), "5, 6, 7", "3", seed=4)
    scores = found.cells.scores[found.random]
    assert len(scores) == 12 and (np.diff(scores) <= 0).all() and np.ptp(scores) > 0
    assert np.allclose(scores, found.cells.images[found.random].mean((1, 2, 3)), atol=0.2)
    again, other = board(now(), "5, 6, 7", "3", seed=4), board(now(), "5, 6, 7", "3", seed=5)
    assert again.addresses == found.addresses and other.addresses != found.addresses


def test_the_face_s_own_styles_are_marked() -> None:
    found = board(now("0*2,9"), "0, 9, 5", "2 4")
    taken = [[found.taken(g, j) for j in range(3)] for g in range(2)]
    assert taken == [[True, False, False], [False, True, False]]
    assert board_html(found).count("gl-chosen") == 2


def test_a_blend_moves_one_group_and_its_end_is_the_other_face() -> None:
    here = now("0*2,9")
    groups = read_groups(here, "2 2 2")
    half = faces.styles_of(GENERATOR, blended(here, groups, 1, "5", 0.5))
    middle = (here.styles + faces.source(GENERATOR, "5")) / 2
    assert torch.allclose(half[2:4], middle[2:4], atol=1e-6)
    assert torch.equal(half[:2], here.styles[:2]) and torch.equal(half[4:], here.styles[4:])
    assert blended(here, groups, 1, "5", 0) == "0*2,9"
    whole = faces.styles_of(GENERATOR, blended(here, groups, 1, "5", 1))
    assert torch.allclose(whole[2:4], faces.source(GENERATOR, "5")[2:4], atol=1e-6)
    for wrong in ((3, "5", 0.5), (0, "x", 0.5), (0, "5", float("nan")), (0, "0", 0.5)):
        with pytest.raises(InputError):
            blended(here, groups, *wrong)


def test_a_generator_with_one_layer_has_nothing_to_mix() -> None:
    decoder = DecoderGenerator(tiny_vaes.conv_model())
    styles = faces.styles_of(decoder, "0*4,3")
    assert torch.equal(styles, faces.source(decoder, "0")), "its face is the first part's"
    here = Shown("decoder", "0", "brightness", decoder, styles, assessor("brightness"))
    with pytest.raises(InputError, match="one layer"):
        board(here, "1", "1")


@pytest.mark.parametrize(
    "text", ["", "x", "1, x", ", ".join(map(str, range(9))), "1>2@.5", "-1", "<b>"]
)
def test_what_names_no_sources_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_sources(text)


@pytest.mark.parametrize("text", ["", "x", "0", "7", "3 4", "1 1 1", "2.5", "-3", "1" * 50])
def test_groups_that_do_not_fit_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_groups(now(), text)


def test_a_picture_without_a_score_comes_last_and_says_so() -> None:
    class Picky:
        name, title, unit, help = "picky", "Picky", "x", ""
        range, differentiable = (0.0, 1.0), False

        def missing(self) -> str:
            return ""

        def score(self, images: torch.Tensor) -> torch.Tensor:
            means = images.mean((1, 2, 3))
            return torch.where(means < means.median(), torch.nan, means)

    here = now()
    asked = Shown(here.model_id, here.face, "picky", GENERATOR, here.styles, Picky())
    found = board(asked, "5, 6, 7", "2")
    scores = found.cells.scores[found.random]
    assert np.isnan(scores).any() and not np.isnan(scores[0]) and np.isnan(scores[-1])
    assert "no score" in board_html(found) + ordered_html(found)


def test_undo_and_redo_walk_through_what_was_on_screen() -> None:
    history = History().then("1").then("2").then("2").then("3")
    assert history.faces == ("1", "2", "3")
    back = history.back().back()
    assert back.faces[back.at] == "1" and back.then("1") == back
    assert back.forth().faces[back.forth().at] == "2"
    other = back.then("9")
    assert other.faces == ("1", "9"), "what was undone is gone after another step"
    with pytest.raises(InputError, match="nothing to undo"):
        back.back()
    with pytest.raises(InputError, match="nothing to redo"):
        history.forth()


def test_files_hold_every_picture_with_its_face_and_score() -> None:
    mine = faces.keep(torch.randn(6, 8))
    found = board(now(), f"5, {mine}", "2")
    rows = list(csv.DictReader(io.StringIO(csv_text(found))))
    assert len(rows) == len(found.addresses)
    assert mine not in csv_text(found) + json.dumps(as_json(found)) + report_html(found)
    for row in rows:
        if row["face"]:
            expected = drawn(row["face"])
            score = float(assessor("brightness").score(torch.from_numpy(expected)[None])[0])
            assert float(row["score (brightness)"]) == pytest.approx(score, abs=1e-4)
    assert sum(row["what"] == "random mix" for row in rows) == 12
    written = write_board(found, "2")
    assert set(written.paths) == {"csv", "json", "png", "html"} and written.link == ""
    assert write_board(board(now(), "5", "2"), "2").link.startswith("?model=small&face=0")
    page = Path(written.paths["html"]).read_text()
    assert "<script src" not in page and "http" not in page.replace("http://www.w3.org", "")
    assert Image.open(written.paths["png"]).width > 300
