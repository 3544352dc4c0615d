"""The scenes' chain: its models measured and packed, and the whole of it once through."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from genlens.errors import ModelError
from genlens.zoo.recipes.scenes import chain, diffusion, few_steps, pack

pytestmark = pytest.mark.unit


class Ended:
    """A stage that is over, with this exit code."""

    def __init__(self, code: int) -> None:
        self.code, self.terminated = code, False

    def poll(self) -> int | None:
        return self.code

    def terminate(self) -> None:
        self.terminated = True


class Endless(Ended):
    """A stage that goes on until it is told to stop."""

    def poll(self) -> int | None:
        return 0 if self.terminated else None


def test_packing_splits_and_puts_together_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    (models / "a").mkdir(parents=True)
    (models / "a" / "weights").write_bytes(bytes(range(256)) * 200)
    monkeypatch.setattr(pack, "PART", 20_000)
    files = pack.pack(models, tmp_path / "out")
    assert len(files) == 5 and all(f.stat().st_size <= 20_000 for f in files)
    pack.unpack(tmp_path / "out", tmp_path / "back")
    assert (tmp_path / "back/a/weights").read_bytes() == (models / "a/weights").read_bytes()
    files[0].write_bytes(b"x" + files[0].read_bytes()[1:])
    with pytest.raises(ModelError, match="damaged"):
        pack.unpack(tmp_path / "out", tmp_path / "back")
    monkeypatch.setattr(pack, "PART", 2_000)
    with pytest.raises(ModelError, match="more than 8"):
        pack.pack(models, tmp_path / "out")


def test_the_whole_chain_runs_stops_and_goes_on(tmp_path: Path) -> None:
    ran: list[str] = []

    def start(module: str, arguments: list[str]) -> chain.Running:
        ran.append(" ".join([module.rsplit(".", 1)[1], *arguments[:1]]).split(" --")[0])
        importlib.import_module(module).main(arguments)
        return Ended(0)

    line = ["--preset", "tiny", "--run", str(tmp_path), "--device", "cpu", "--threads", "1"]
    assert not chain.main([*line, "--sitting", "0.1"], start) and not ran  # no time for a stage
    assert chain.main(line, start)
    assert sorted(ran) == sorted(s.module for s in chain.STAGES)
    at = {stage.name: ran.index(stage.module) for stage in chain.STAGES}
    assert all(at[name] < at[s.name] for s in chain.STAGES for name in s.needs)
    assert json.loads((tmp_path / "done.json").read_text()) == [s.name for s in chain.STAGES]
    packed = list((tmp_path / "packed").iterdir())
    assert len(packed) <= pack.MOST and all(p.stat().st_size <= pack.PART for p in packed)
    ran.clear()
    assert chain.main(line, start) and not ran  # nothing is left to do

    from genlens.models.text_to_image.diffusion import DiffusersTextToImage

    other = ["--start-from", str(tmp_path / "packed"), "--run", str(tmp_path / "again")]
    assert chain.main([*line[:2], *other, *line[4:]], start) and not ran  # another machine
    again = tmp_path / "again/models"
    figures = json.loads((again / "figures.json").read_text())
    assert figures["objects_present"]["n"] == 8 and (again / "sheet.webp").exists()
    model = DiffusersTextToImage.from_folder(again / "emoji-diffusion")
    images = model.generate(["a cat", "two dogs"], 0).images
    assert images.shape == (2, 3, 128, 128) and model.card.settings["steps"] == few_steps.STEPS


def test_what_was_carried_away_half_done_starts_from_what_it_had(tmp_path: Path) -> None:
    args = chain.options().parse_args(["--preset", "tiny", "--run", str(tmp_path)])
    going = chain.Chain(args)
    (tmp_path / "vae").mkdir()
    stage = next(s for s in chain.STAGES if s.name == "autoencoder")
    command = going.command(stage)
    assert command[command.index("--init") + 1] == str(tmp_path / "vae")
    (tmp_path / "autoencoder").mkdir()
    (tmp_path / "autoencoder/checkpoint.pt").touch()  # the checkpoint knows more
    assert "--init" not in going.command(stage)


def test_the_longest_way_leaves_time_for_starting_and_measuring() -> None:
    assert chain.longest(chain.STAGES) <= 0.9
    first = chain.Stage("a", "a", 0.2, (), needs=())
    after = [chain.Stage(n, n, share, (), needs=("a",)) for n, share in (("b", 0.3), ("c", 0.5))]
    assert chain.longest([first, *after]) == pytest.approx(0.7)


def test_a_stage_that_fails_stops_the_others_and_what_there_is_is_packed(tmp_path: Path) -> None:
    started: dict[str, Ended] = {}

    def start(module: str, arguments: list[str]) -> chain.Running:
        name = module.rsplit(".", 1)[1]
        run = Path(arguments[arguments.index("--run") + 1])
        if name == "data":
            run.mkdir(parents=True, exist_ok=True)
            (run / "complete").touch()
        if name == "autoencoder":
            (tmp_path / "vae").mkdir()
            (tmp_path / "vae/weights").write_bytes(b"half")
        started[name] = Ended(3) if name == "autoencoder" else Endless(0)
        if name == "data":
            started[name] = Ended(0)
        return started[name]

    with pytest.raises(ModelError, match="autoencoder failed"):
        chain.main(["--preset", "tiny", "--run", str(tmp_path)], start)
    assert started["referee"].terminated and "diffusion" not in started
    pack.unpack(tmp_path / "packed", tmp_path / "back")
    assert (tmp_path / "back/vae/weights").read_bytes() == b"half"
    assert json.loads((tmp_path / "back/done.json").read_text()) == ["scenes"]


def test_what_a_stage_is_still_writing_is_not_packed(tmp_path: Path) -> None:
    going = chain.Chain(chain.options().parse_args(["--preset", "tiny", "--run", str(tmp_path)]))
    for name in ("vae", "models/emoji-referee", "models/emoji-clip"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "weights").touch()
    going.pack(["referee"])
    pack.unpack(tmp_path / "packed", tmp_path / "back")
    assert sorted(p.parent.name for p in (tmp_path / "back").rglob("weights")) == [
        "emoji-clip",
        "vae",
    ]


@pytest.mark.parametrize(
    "text, said", [("{broken", "no JSON list"), ("3", "no JSON list"), ('["vae"]', "no stage")]
)
def test_a_list_of_stages_written_wrong_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "done.json").write_text(text)
    with pytest.raises(ModelError, match=said):
        chain.Chain(chain.options().parse_args(["--preset", "tiny", "--run", str(tmp_path)]))


def test_what_is_not_there_is_said_before_anything_is_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = str(tmp_path / "nowhere")
    for asked, options in (
        (chain.main, ["--run", str(tmp_path / "run"), "--start-from", nowhere]),
        (
            diffusion.main,
            ["--run", str(tmp_path / "run"), "--scenes", str(tmp_path / "s"), "--vae", nowhere],
        ),
    ):
        with pytest.raises(SystemExit):
            asked(options)
        assert f"there is no {nowhere}" in capsys.readouterr().err
        assert not list(tmp_path.iterdir())
    with pytest.raises(ModelError, match="packed files"):
        pack.unpack(tmp_path, tmp_path / "back")
