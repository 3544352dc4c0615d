"""The prompt page as a server: every named endpoint through gradio_client, good input and bad.

Runs on the embedded models; where a checkout has no weights, on tiny random ones in the same
formats, since what is tested here is the page, not what the models know.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from page_server import missing_weights, served

pytestmark = pytest.mark.apps

MODEL = "emoji-diffusion"


@pytest.fixture(scope="module")
def client(tiny_pipeline_dir: Path, tiny_clip_dir: Path, tiny_sam_dir: Path) -> Iterator[Client]:
    from genlens.models import catalog

    tiny = {MODEL: tiny_pipeline_dir, "emoji-clip": tiny_clip_dir, "emoji-sam": tiny_sam_dir}
    with pytest.MonkeyPatch.context() as patch:
        if missing_weights():
            patch.setattr(catalog, "weights_folder", tiny.__getitem__)
        with served("prompt_attribution", "prompt_page_of_endpoint_tests") as address:
            yield Client(address, verbose=False)
        catalog.unload()


@pytest.fixture(scope="module")
def explained(client: Client) -> dict:
    return client.predict("a red cat", 3, MODEL, 0, 0, api_name="/explain_prompt")


def test_endpoints_are_named_and_described_for_people_and_machines(client: Client) -> None:
    described = client.view_api(return_format="dict")["named_endpoints"]
    assert set(described) == {
        "/explain_prompt",
        "/generate",
        "/segment",
        "/second_opinions",
        "/put_to_the_test",
        "/estimate_words",
        "/where_it_looks",
        "/objects_by_words",
        "/compare_prompts",
        "/which_layer_reads",
        "/edit_a_word",
        "/features_inside",
        "/paint_a_feature",
        "/link_picture",
    }
    for endpoint in described.values():
        assert endpoint["description"]
    names = [p["parameter_name"] for p in described["/explain_prompt"]["parameters"]]
    assert names == ["prompt", "seed", "model", "steps", "guidance", "encoder", "segmenter"]


def test_explain_prompt_gives_values_that_add_up(explained: dict) -> None:
    assert explained["tokens"] == ["a", "red", "cat"]
    assert sum(explained["values"]) == pytest.approx(
        explained["full_value"] - explained["base_value"], abs=1e-5
    )
    assert len(explained["payoffs"]) == 8
    assert explained["made_by"]["seed"] == 3
    assert explained["made_by"]["model"] == MODEL


def test_the_encoder_can_be_chosen_and_a_foreign_one_is_refused(client: Client) -> None:
    asked = ("a red cat", 3, MODEL, 0, 0)
    chosen = client.predict(*asked, "emoji-clip", "", api_name="/explain_prompt")
    assert chosen["made_by"]["settings"]["encoder"] == "emoji-clip"
    with pytest.raises(AppError, match="Value|does not offer"):
        client.predict(*asked, "somebody/encoder", "", api_name="/explain_prompt")


def test_second_opinions_come_from_the_same_images_and_other_removals(client: Client) -> None:
    answer = client.predict(
        "red cat", 3, MODEL, ["clip", "pixels", "diffusion"], ["delete", "blank", "neutral"],
        api_name="/second_opinions",
    )  # fmt: skip
    payoffs, removals = answer["payoffs"], answer["removals"]
    assert [o["name"] for o in payoffs["opinions"]] == ["clip", "pixels", "diffusion"]
    assert [o["name"] for o in removals["opinions"]] == ["delete", "blank", "neutral"]
    assert "too few words" in payoffs["agreements"][0]["why_not"]
    for opinion in (*payoffs["opinions"], *removals["opinions"]):
        told = opinion["payoffs"]
        assert sum(opinion["attribution"]["values"]) == pytest.approx(told[-1] - told[0], abs=1e-5)
    with pytest.raises(AppError, match="o payoff is called"):
        client.predict("red cat", 3, MODEL, ["x"], api_name="/second_opinions")


def test_an_explanation_is_put_to_the_test(client: Client) -> None:
    answer = client.predict("red cat", 3, MODEL, 2, api_name="/put_to_the_test")
    found = {(f["axiom"], f["method"]): f["holds"] for f in answer["axioms"]["findings"]}
    assert all(
        found[name, "shapley"] for name in ("efficiency", "symmetry", "null-player", "linearity")
    )
    assert [t["method"] for t in answer["fidelity"]["trials"]][:2] == ["shapley", "lime"]
    assert answer["noises"]["seeds"] == [3, 4] and answer["noises"]["sentence"]
    with pytest.raises(AppError, match="pass a whole number from 2 to 30"):
        client.predict("red cat", 3, MODEL, 1, api_name="/put_to_the_test")


def test_two_prompts_are_compared_for_programs(client: Client) -> None:
    told = client.predict("red cat", "blue cat", 3, MODEL, 2, api_name="/compare_prompts")
    assert [pair["kind"] for pair in told["pairs"]] == ["swapped", "kept"]
    assert told["seeds"] == [3, 4] and told["repeated"] < 0.01
    same = client.predict("red cat", "red cat", 3, MODEL, 2, api_name="/compare_prompts")
    assert all(pair["change"]["value"] == 0 for pair in same["pairs"])
    assert same["changed_pixels"]["value"] == 0
    named = client.predict(
        "red cat", "blue cat", 3, MODEL, 2, 0, 0, "emoji-clip", api_name="/compare_prompts"
    )
    assert named["pairs"] == told["pairs"]
    assert named["made_by"]["settings"]["encoder"] == "emoji-clip"
    with pytest.raises(AppError, match="no-such-encoder"):
        client.predict(
            "red cat", "blue cat", 3, MODEL, 2, 0, 0, "no-such-encoder", api_name="/compare_prompts"
        )
    with pytest.raises(AppError, match="is a Segmenter"):  # a model, but one that compares nothing
        client.predict(
            "red cat", "blue cat", 3, MODEL, 2, 0, 0, "emoji-sam", api_name="/compare_prompts"
        )


def test_the_same_question_has_the_same_answer(client: Client, explained: dict) -> None:
    again = client.predict("a red cat", 3, MODEL, 0, 0, api_name="/explain_prompt")
    assert again["values"] == pytest.approx(explained["values"], abs=1e-5)


def test_generate_gives_an_image_that_depends_on_the_seed(client: Client) -> None:
    def drawn(seed: int) -> np.ndarray:
        answer = client.predict("a red cat", seed, MODEL, 0, 0, api_name="/generate")
        return np.asarray(Image.open(answer if isinstance(answer, str) else answer["path"]))

    assert np.array_equal(drawn(1), drawn(1))
    assert not np.array_equal(drawn(1), drawn(2))


def test_segment_gives_boxes_inside_the_image(client: Client, tmp_path: Path) -> None:
    pixels = np.full((48, 64, 3), 240, dtype=np.uint8)
    pixels[10:40, 16:44] = (200, 30, 30)
    Image.fromarray(pixels).save(tmp_path / "square.png")
    for found in client.predict(handle_file(tmp_path / "square.png"), api_name="/segment"):
        x0, y0, x1, y1 = found["box"]
        assert 0 <= x0 < x1 <= 64
        assert 0 <= y0 < y1 <= 48
        assert 0 < found["area"] <= 48 * 64
        assert found["mask"].startswith("data:image/png")


def test_segment_sees_the_same_in_every_kind_of_file(client: Client, tmp_path: Path) -> None:
    shades = np.tile(np.linspace(60, 200, 64), (64, 1))
    shades[16:44, 20:46] = 10
    grey = shades.astype(np.uint8)
    colour = np.repeat(grey[..., None], 3, axis=2)
    see_through = np.dstack([colour, np.full((64, 64), 255, np.uint8)])
    turned = Image.Exif()
    turned[0x0112] = 3  # upside down
    files = {
        "plain.png": Image.fromarray(colour),
        "grey.png": Image.fromarray(grey),
        "16-bit.png": Image.fromarray(grey.astype(np.uint16) * 257),
        "16-bit.tiff": Image.fromarray(grey.astype(np.uint16) * 257),
        "float.tif": Image.fromarray((grey / 255).astype(np.float32)),
        "alpha.webp": Image.fromarray(see_through),
        "palette.png": Image.fromarray(grey).convert("P"),
        "turned.png": Image.fromarray(np.ascontiguousarray(colour[::-1, ::-1])),
        "cmyk.tiff": Image.fromarray(255 - np.dstack([colour, colour[..., :1] * 0 + 255]), "CMYK"),
    }
    found = {}
    for name, image in files.items():
        more = {"exif": turned} if name == "turned.png" else {}
        image.save(tmp_path / name, **(more | {"lossless": True} if "webp" in name else more))
        answer = client.predict(handle_file(tmp_path / name), api_name="/segment")
        found[name] = [(o["box"], o["area"], o["mask"]) for o in answer]
    assert {k for k, objects in found.items() if objects != found["plain.png"]} == set()
    assert found["plain.png"], "something was found"
    two_levels = Image.fromarray(np.where(colour > 127, 255, 0).astype(np.uint8))
    two_levels.save(tmp_path / "two.png")
    cut = client.predict(handle_file(tmp_path / "two.png"), api_name="/segment")
    assert [o["mask"] for o in cut] != [m for _, _, m in found["plain.png"]]


def test_segment_refuses_what_is_no_picture(client: Client, tmp_path: Path) -> None:
    whole = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    Image.fromarray(whole).save(tmp_path / "whole.png")
    bytes_ = (tmp_path / "whole.png").read_bytes()
    Image.new("RGB", (1, 1)).save(tmp_path / "one.png")
    for name, content, says in (
        ("cut.png", bytes_[: len(bytes_) // 2], "damaged"),
        ("text.png", b"hello", "not a picture"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        ("one.png", None, "1 x 1 pixels"),
    ):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(AppError, match=says):
            client.predict(handle_file(tmp_path / name), api_name="/segment")


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        ("", "empty"),
        ("a" * 10_000, "10,000 characters"),
        ("one two three four five six seven eight nine", "9 words"),
        ("a \x00 cat", r"U\+0000"),
    ],
)
def test_bad_prompts_get_a_clear_message(client: Client, prompt: str, says: str) -> None:
    for endpoint in ("/explain_prompt", "/generate"):
        with pytest.raises(AppError, match=says):
            client.predict(prompt, 0, MODEL, 0, 0, api_name=endpoint)


def test_other_bad_values_get_a_message_too(client: Client, tmp_path: Path) -> None:
    with pytest.raises(AppError, match="model|Value"):
        client.predict("a cat", 0, "../../etc", 0, 0, api_name="/generate")
    with pytest.raises(AppError):
        client.predict("a cat", -1, MODEL, 0, 0, api_name="/generate")
    with pytest.raises(AppError, match="o image was given"):
        client.predict(None, api_name="/segment")
    Image.new("RGB", (2000, 10)).save(tmp_path / "wide.png")
    with pytest.raises(AppError, match="2000 x 10"):
        client.predict(handle_file(tmp_path / "wide.png"), api_name="/segment")


def test_words_of_other_scripts_are_words_that_the_model_has_not_learned(client: Client) -> None:
    answer = client.predict("cat 🐱 قطة", 0, MODEL, 0, 0, api_name="/explain_prompt")
    assert answer["tokens"] == ["cat", "🐱", "قطة"] and len(answer["pixel_values"]) == 3


def test_a_script_in_the_prompt_is_a_word_like_any_other(client: Client) -> None:
    answer = client.predict(
        "a <script>alert(1)</script>", 0, MODEL, 0, 0, api_name="/explain_prompt"
    )
    assert answer["tokens"] == ["a", "<script>alert(1)</script>"]


def test_a_refusal_leaves_the_server_and_its_answers_as_they_were(
    client: Client, explained: dict
) -> None:
    with pytest.raises(AppError):
        client.predict("", 0, MODEL, 0, 0, api_name="/explain_prompt")
    again = client.predict("a red cat", 3, MODEL, 0, 0, api_name="/explain_prompt")
    assert again["tokens"] == explained["tokens"]


def test_session_state_can_be_copied(client: Client) -> None:
    import sys

    import gradio as gr

    demo = sys.modules["prompt_page_of_endpoint_tests"].demo
    states = [b for b in demo.blocks.values() if isinstance(b, gr.State)]
    assert states
    for state in states:
        copy.deepcopy(state.value)
        assert state.time_to_live is not None


def test_where_it_looks_tells_attention_by_word_and_step(client: Client) -> None:
    asked = ("a red cat", 3, MODEL)
    answer = client.predict(*asked, "guided", 1, -1, -1, api_name="/where_it_looks")
    assert answer["tokens"] == ["a", "red", "cat"]
    assert len(answer["heat"]) == 3
    assert all(0 < word["maximum"] <= 1 for word in answer["heat"])
    assert answer["heat"][0]["map"].startswith("data:image/png")
    assert len(answer["shares_by_step"]) == len(answer["timesteps"])
    assert 0 < sum(answer["shares"]) < 1
    with pytest.raises(AppError, match="no way .mean. to join"):
        client.predict(*asked, "mean", 0, -1, -1, api_name="/where_it_looks")
    with pytest.raises(AppError, match="Step is 999"):
        client.predict(*asked, "daam", 999, -1, -1, api_name="/where_it_looks")


def test_objects_by_words_and_own_pictures(client: Client, tmp_path: Path) -> None:
    answer = client.predict("red cat", 3, MODEL, "regions", api_name="/objects_by_words")
    assert answer["words"] == ["red", "cat"]
    assert answer["cost"]["pictures"] == 2 ** len(answer["boxes"])
    assert len(answer["values"]) == len(answer["boxes"])
    own = tmp_path / "own.png"
    Image.fromarray(np.full((64, 64, 3), 230, np.uint8)).save(own)
    linked = client.predict(handle_file(own), "a red cat", api_name="/link_picture")
    assert linked["words"] == ["a", "red", "cat"]
    assert len(linked["links"]["scores"]) == len(linked["links"]["word_of"])
