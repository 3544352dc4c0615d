"""Addresses of faces, against styles put together by hand; what is kept of visitors."""

from __future__ import annotations

import pytest
import torch

from genlens.errors import InputError
from genlens.models.generators.stylegan2.adapter import StyleGAN2Generator
from genlens.ui.steering import faces, link
from genlens.ui.steering.kept import Kept
from steering_page import small_stylegan

pytestmark = pytest.mark.apps


@pytest.fixture(scope="module")
def generator() -> StyleGAN2Generator:
    return StyleGAN2Generator(small_stylegan(), device="cpu")  # 6 layers


def of(generator: StyleGAN2Generator, seed: int) -> torch.Tensor:
    return generator.to_styles(generator.sample_latents(1, seed))[0]


def test_layers_come_from_where_the_address_says(generator: StyleGAN2Generator) -> None:
    a, b, c = (of(generator, seed) for seed in (7, 12, 3))
    found = faces.styles_of(generator, "7*2,12*3,3")
    assert torch.equal(found, torch.cat([a[:2], b[2:5], c[5:]]))
    assert torch.equal(faces.styles_of(generator, "7"), a)
    assert torch.equal(faces.styles_of(generator, "7*4"), a), "the last part goes on"
    assert torch.equal(faces.styles_of(generator, "7*9,12"), a), "what is beyond is left out"


def test_a_share_is_the_way_between_two(generator: StyleGAN2Generator) -> None:
    a, b = of(generator, 7), of(generator, 12)
    found = faces.styles_of(generator, "7>12@0.25*3,12")
    assert torch.allclose(found[:3], 0.75 * a[:3] + 0.25 * b[:3], atol=1e-6)
    assert torch.equal(found[3:], b[3:])


def test_an_address_is_written_as_it_is_read() -> None:
    for text in ("7", "7*4,12", "7>12@0.25", "0*1,7>12@0.5*2,3"):
        assert faces.address(faces.read(text)) == text


def test_a_kept_face_is_the_same_and_of_its_generator(generator: StyleGAN2Generator) -> None:
    styles = torch.randn(6, 8)
    name = faces.keep(styles)
    assert torch.equal(faces.styles_of(generator, name), styles)
    mixed = faces.styles_of(generator, f"{name}*2,7")
    assert torch.equal(mixed[:2], styles[:2]) and torch.equal(mixed[2:], of(generator, 7)[2:])
    with pytest.raises(InputError, match="another generator"):
        faces.styles_of(generator, faces.keep(torch.randn(1, 8)))


@pytest.mark.parametrize(
    "text",
    ["", " ", "x", "-1", "1.5", "7*x", "7*-1", "7>", "7>x@.5", "7>8@nan", "7>8@2", "7,,8",
     "9" * 30, "٣", "7" + ",7" * 2000],
)  # fmt: skip
def test_what_is_no_address_is_refused(generator: StyleGAN2Generator, text: str) -> None:
    with pytest.raises(InputError):
        faces.styles_of(generator, text)


def test_words_name_what_is_on_screen() -> None:
    assert faces.words("7", 6) == "Face of seed 7"
    assert faces.words("7*2,12", 6) == "Mix of faces 7 and 12"
    assert faces.words("7*2,12", 2) == "Face of seed 7", "one layer group has no second"
    assert faces.words("mine-x", 6) == "A face of your making"


def test_few_are_kept_and_none_for_long() -> None:
    kept: Kept[int] = Kept("number", most=2, seconds=1000)
    names = [kept.keep(i) for i in range(3)]
    assert kept.get(names[2]) == 2 and kept.get(names[1]) == 1
    with pytest.raises(InputError, match="no longer here"):
        kept.get(names[0])
    short: Kept[int] = Kept("number", seconds=-1)
    name = short.keep(5)
    short.tidy()
    with pytest.raises(InputError):
        short.get(name)
    assert len(set(names)) == 3 and all(len(name) > 20 for name in names)


def test_links_carry_nobodys_own() -> None:
    assert link.query(model="avatars-vae", face="7", assessor="") == "?model=avatars-vae&face=7"
    assert link.query(model="avatars-vae", face="mine-abc*2,7") == ""
    read = {"model": "a", "face": "7", "assessor": "x", "tab": "mix"}
    assert link.read(read, ["a"], ["x"], ["mix"]) == read
    for face in ("mine-abc", "7*2,mine-abc", "7>mine-abc@.5", "\0", ""):
        assert "face" not in link.read({"face": face}, [], [], [])
