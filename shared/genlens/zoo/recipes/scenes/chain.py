"""Everything in one line: ``make zoo-gpu``, or ``python -m genlens.zoo.recipes.scenes.chain``.

Draws the scenes, then trains the autoencoder, sharpens its decoder, trains the referee, the
text-to-image model, its few-step student and the two companions, each by the clock, measures them,
and packs what there is.
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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from genlens.zoo.recipes.scenes.pack import pack, unpack

PACKAGE = "genlens.zoo.recipes.scenes"
MINUTES = 27.0
SPARE = 0.4  # minutes that a stage may take to start, to measure and to export
PRESETS = ("gpu", "cpu", "tiny")


@dataclass(frozen=True)
class Stage:
    """One training: its module, its share of all minutes, its arguments, in which ``{run}`` stands
    for the chain's folder, and where it leaves its model."""

    name: str
    module: str
    share: float
    arguments: tuple[str, ...]
    export: str = ""


SCENES = ("--scenes", "{run}/scenes", "--workers", "{workers}")
VAE, TEACHER = ("--vae", "{run}/vae"), "{run}/models/emoji-diffusion-8-steps"
STAGES = (
    Stage("autoencoder", "autoencoder", 0.22, SCENES, "{run}/vae"),
    Stage("sharpen", "sharpen", 0.06, (*SCENES, "--init", "{run}/vae"), "{run}/vae"),
    Stage("referee", "referee", 0.07, SCENES, "{run}/models/emoji-referee"),
    Stage("diffusion", "diffusion", 0.35, (*SCENES, *VAE), TEACHER),
    Stage(
        "few-steps",
        "few_steps",
        0.09,
        (*SCENES, *VAE, "--teacher", TEACHER, "--latents", "{run}/diffusion/latents.pt"),
        "{run}/models/emoji-diffusion",
    ),
    Stage("clip", "companions clip", 0.045, SCENES[2:], "{run}/models/emoji-clip"),
    Stage("sam", "companions sam", 0.045, SCENES[2:], "{run}/models/emoji-sam"),
    Stage("measure", "measure", 0.0, ("--models", "{run}/models")),
)
RESUMED = ("autoencoder", "diffusion")  # what goes on from its own export, without a checkpoint


Start = Callable[[str, list[str]], None]
"""Runs a module with arguments."""


def in_process_of_its_own(module: str, arguments: list[str]) -> None:
    subprocess.run([sys.executable, "-u", "-m", module, *arguments], check=True)


class Chain:
    """The state of a run, kept in its folder: which stages are done."""

    def __init__(self, args: argparse.Namespace, start: Start = in_process_of_its_own) -> None:
        self.args, self.run, self.start = args, Path(args.run), start
        self.until = time.time() + 60 * args.sitting if args.sitting else None
        self.state = self.run / "done.json"
        self.run.mkdir(parents=True, exist_ok=True)
        if args.start_from and not self.state.exists():
            unpack(args.start_from, self.run)
        self.done: list[str] = json.loads(self.state.read_text()) if self.state.exists() else []

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
        """Run what is left of the stages; true when nothing is."""
        for stage in STAGES:
            if stage.name in self.done:
                continue
            if self.left() <= SPARE:
                return False
            print(f"== {stage.name}", flush=True)
            marker = self.run / stage.name / "complete"
            marker.unlink(missing_ok=True)
            module, *rest = self.command(stage)
            self.start(module, rest)
            if not marker.exists():
                return False
            self.done.append(stage.name)
            self.state.write_text(json.dumps(self.done), encoding="utf-8")
        return True

    def pack(self) -> list[Path]:
        """Pack the models there are, and what is needed to go on from them on another machine."""
        chosen = self.run / "to-pack"
        shutil.rmtree(chosen, ignore_errors=True)
        chosen.mkdir()
        self.state.write_text(json.dumps(self.done), encoding="utf-8")
        shutil.copy(self.state, chosen)
        teacher = Path(TEACHER).name
        for name in ("vae", "models"):
            if (self.run / name).exists():
                shutil.copytree(self.run / name, chosen / name)
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
    parser.add_argument("--lpips", type=Path, help="file with the LPIPS weights")
    parser.add_argument("--start-from", type=Path, help="packed files of an earlier run")
    parser.add_argument("--out", type=Path, help="where the packed files go")
    return parser


def main(arguments: list[str] | None = None, start: Start = in_process_of_its_own) -> bool:
    """Run what is left, pack what there is; true when all stages are done."""
    chain = Chain(options().parse_args(arguments), start)
    finished = chain.go()
    for file in chain.pack():
        print(f"{file} {file.stat().st_size / 2**20:.1f} MiB", flush=True)
    print("all stages done" if finished else "not done: the same line goes on", flush=True)
    return finished


if __name__ == "__main__":
    main()
