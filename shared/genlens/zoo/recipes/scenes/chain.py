"""Everything in one line: ``make zoo-gpu``, or ``python -m genlens.zoo.recipes.scenes.chain``.

Draws the scenes, then trains the autoencoder, the text-to-image model and its few-step student,
each by the clock; beside them, as soon as what they need is there, the referee, the two companions
and the decoder's last touch: small networks leave a large card idle. Then it measures them and
packs what there is.
``--sitting 9`` stops after nine minutes, with everything saved and packed; the same line goes on
where it stopped; on another machine it goes on from the packed files with ``--start-from``. Each
training is a process of its own, so that the card's memory is free for the next.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from genlens.errors import ModelError
from genlens.zoo.recipes.common import WEIGHTS
from genlens.zoo.recipes.scenes.pack import pack, unpack
from genlens.zoo.recipes.scenes.training import existing

PACKAGE = "genlens.zoo.recipes.scenes"
MINUTES = 13.0
SPARE = 0.4  # minutes that a stage may take to start, to measure and to export
PRESETS = ("gpu", "cpu", "tiny")


@dataclass(frozen=True)
class Stage:
    """One training: its module, its share of all minutes, its arguments, in which ``{run}`` stands
    for the chain's folder, where it leaves its model, and the stages it waits for."""

    name: str
    module: str
    share: float
    arguments: tuple[str, ...]
    export: str = ""
    needs: tuple[str, ...] = ("scenes",)


SCENES = ("--scenes", "{run}/scenes", "--workers", "{workers}")
VAE, TEACHER = ("--vae", "{run}/vae-sharp"), "{run}/models/emoji-diffusion-8-steps"
KNOWN = str(WEIGHTS / "emoji-diffusion")  # what shipped before knows the words
CLIP, SAM = (
    (*SCENES[2:], "--learn-from", str(WEIGHTS / f"emoji-{which}")) for which in ("clip", "sam")
)
# The longest way stands first: what is beside it takes turns with it on the card.
STAGES = (
    Stage("scenes", "data", 0.08, SCENES, needs=()),
    Stage(
        "autoencoder",
        "autoencoder",
        0.2,
        (*SCENES, "--learn-from", f"{KNOWN}/vae"),
        "{run}/vae",
    ),
    Stage(
        "sharpen",
        "sharpen",
        0.07,
        (*SCENES, "--init", "{run}/vae"),
        VAE[1],
        ("scenes", "autoencoder"),
    ),
    Stage(
        "diffusion",
        "diffusion",
        0.42,
        (*SCENES, *VAE, "--learn-from", KNOWN),
        TEACHER,
        ("scenes", "sharpen"),
    ),
    Stage(
        "few-steps",
        "few_steps",
        0.12,
        (*SCENES, *VAE, "--teacher", TEACHER, "--latents", "{run}/diffusion/latents.pt"),
        "{run}/models/emoji-diffusion",
        ("scenes", "diffusion"),
    ),
    Stage("referee", "referee", 0.22, SCENES, "{run}/models/emoji-referee"),
    Stage("clip", "companions clip", 0.2, CLIP, "{run}/models/emoji-clip", ("referee",)),
    Stage("sam", "companions sam", 0.2, SAM, "{run}/models/emoji-sam", ("clip",)),
    Stage(
        "measure", "measure", 0.0, ("--models", "{run}/models"), needs=("few-steps", "clip", "sam")
    ),
)
RESUMED = ("autoencoder", "diffusion")  # what goes on from its own export, without a checkpoint
BESIDE = 2  # stages at a time


def longest(stages: Sequence[Stage]) -> float:
    """The share of all minutes that the longest chain of stages takes."""
    ends: dict[str, float] = {}
    for stage in stages:
        ends[stage.name] = stage.share + max((ends[name] for name in stage.needs), default=0.0)
    return max(ends.values())


class Running(Protocol):
    """A stage that was started: what of ``subprocess.Popen`` is used."""

    def poll(self) -> int | None: ...
    def terminate(self) -> None: ...


Start = Callable[[str, list[str]], Running]
"""Starts a module with arguments."""


def in_process_of_its_own(module: str, arguments: list[str]) -> Running:
    return subprocess.Popen([sys.executable, "-u", "-m", module, *arguments])


def read_done(file: Path) -> set[str]:
    """The stages that ``done.json`` lists, which may have been written by hand.

    Raises:
        ModelError: it is no list of stages.
    """
    names = [stage.name for stage in STAGES]
    try:
        done = set(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise ModelError(f"{file} is no JSON list of stages: {error}") from error
    if unknown := sorted(done.difference(names)):
        raise ModelError(f"{file} lists {unknown[0]}, which is no stage: take {', '.join(names)}")
    return done


class Chain:
    """The state of a run, kept in its folder: which stages are done."""

    def __init__(self, args: argparse.Namespace, start: Start = in_process_of_its_own) -> None:
        self.args, self.run, self.start = args, Path(args.run), start
        self.until = time.time() + 60 * args.sitting if args.sitting else None
        self.state = self.run / "done.json"
        self.run.mkdir(parents=True, exist_ok=True)
        if args.start_from and not self.state.exists():
            unpack(args.start_from, self.run)
        self.done = read_done(self.state) if self.state.exists() else set()
        if len(self.done) < len(STAGES) and not (self.run / "scenes" / "captions.json").exists():
            self.done.discard("scenes")  # they do not travel

    def left(self) -> float:
        """Minutes left in this sitting."""
        return float("inf") if self.until is None else (self.until - time.time()) / 60

    def command(self, stage: Stage) -> list[str]:
        """The module that trains ``stage``, or goes on with it, and its arguments."""
        fill = {"run": str(self.run), "workers": str(self.args.workers)}
        line = f"{PACKAGE}.{stage.module}".split()
        line += ["--preset", self.args.preset, "--run", str(self.run / stage.name)]
        line += [part.format(**fill) for part in stage.arguments]
        if stage.export:
            line += ["--export", stage.export.format(**fill)]
            known = (
                Path(line[-1]).exists() and not (self.run / stage.name / "checkpoint.pt").exists()
            )
            if known and stage.name in RESUMED:
                line += ["--init", line[-1]]
        line += ["--minutes", f"{stage.share * self.args.minutes:.3f}"]
        if self.until is not None:
            line += ["--until", f"{self.until - 60 * SPARE:.0f}"]
        if self.args.threads:
            line += ["--threads", str(self.args.threads)]
        if self.args.device:
            line += ["--device", self.args.device]
        if stage.name in ("autoencoder", "sharpen") and self.args.lpips:
            line += ["--lpips", str(self.args.lpips)]
        return line

    def go(self) -> bool:
        """Run what is left of the stages, those beside each other that wait for nothing; true when
        nothing is left."""
        running: dict[str, Running] = {}
        tried = set(self.done)
        while True:
            for stage in STAGES:
                waits = stage.name in tried or not self.done.issuperset(stage.needs)
                if not waits and len(running) < BESIDE and self.left() > SPARE:
                    tried.add(stage.name)
                    running[stage.name] = self.begin(stage)
            if not running:
                return self.done.issuperset(stage.name for stage in STAGES)
            for name, process in list(running.items()):
                code = process.poll()
                if code is not None:
                    del running[name]
                    self.end(name, code, running)
            time.sleep(0.05)

    def begin(self, stage: Stage) -> Running:
        print(f"== {stage.name} begins", flush=True)
        (self.run / stage.name / "complete").unlink(missing_ok=True)
        module, *rest = self.command(stage)
        return self.start(module, rest)

    def end(self, name: str, code: int, running: dict[str, Running]) -> None:
        """Note that a stage is complete; if it failed, the others save and stop."""
        if code:
            for other in running.values():
                other.terminate()
            raise ModelError(f"the stage {name} failed (exit {code}): see what it printed above")
        if (self.run / name / "complete").exists():
            print(f"== {name} is complete", flush=True)
            self.done.add(name)
            self.note()
            self.pack(running)  # a lent machine can be gone before the last stage is over

    def note(self) -> None:
        names = [stage.name for stage in STAGES if stage.name in self.done]
        self.state.write_text(json.dumps(names), encoding="utf-8")

    def pack(self, running: Collection[str] = ()) -> list[Path]:
        """Pack the models there are, and what is needed to go on from them on another machine.
        Stages that are ``running`` may be writing theirs: those are left out."""
        chosen = self.run / "to-pack"
        shutil.rmtree(chosen, ignore_errors=True)
        chosen.mkdir()
        self.note()
        shutil.copy(self.state, chosen)
        teacher = Path(TEACHER).name
        busy = {Path(s.export).name for s in STAGES if s.name in running}

        def written(_folder: str, names: list[str]) -> set[str]:
            return busy.intersection(names)

        for name in ("vae-sharp" if "sharpen" in self.done else "vae", "models"):
            if (self.run / name).exists():
                shutil.copytree(self.run / name, chosen / name, ignore=written)
        # the teacher's autoencoder is the student's
        shutil.rmtree(chosen / "models" / teacher / "vae", ignore_errors=True)
        return pack(chosen, Path(self.args.out or self.run / "packed"))


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", choices=PRESETS, default="gpu")
    parser.add_argument("--run", type=Path, required=True, help="folder of all that is made")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="of all trainings together")
    parser.add_argument("--sitting", type=float, help="stop after this many minutes")
    parser.add_argument("--workers", type=int, default=1, help="processes that draw scenes")
    parser.add_argument("--threads", type=int, help="CPU threads of a training")
    parser.add_argument("--device", help="cpu or cuda (left out: the card, if there is one)")
    parser.add_argument("--lpips", type=existing, help="file with the LPIPS weights")
    parser.add_argument("--start-from", type=existing, help="packed files of an earlier run")
    parser.add_argument("--out", type=Path, help="where the packed files go")
    return parser


def main(arguments: list[str] | None = None, start: Start = in_process_of_its_own) -> bool:
    """Run what is left, pack what there is; true when all stages are done."""
    chain = Chain(options().parse_args(arguments), start)
    try:
        finished = chain.go()
    finally:  # what there is is worth keeping when a stage fails, too
        for file in chain.pack():
            print(f"{file} {file.stat().st_size / 2**20:.1f} MiB", flush=True)
    print("all stages done" if finished else "not done: the same line goes on", flush=True)
    return finished


if __name__ == "__main__":
    main()
