"""The guard's NMS against brute force, and what it opens the door to, each in a fresh process."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch

from genlens.common import torchvision_guard
from genlens.errors import ModelError

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[3]


def fresh_python(code: str, *, before: Path | None = None) -> str:
    """Run ``code`` in a new interpreter, with folder ``before`` ahead of everything; its stdout."""
    path = [str(p) for p in (before, ROOT / "shared") if p]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def brute_force(boxes: list[list[float]], scores: list[float], threshold: float) -> list[int]:
    """NMS as its definition reads, one pair of boxes at a time."""

    def iou(a: list[float], b: list[float]) -> float:
        width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
        height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
        union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height
        return width * height / union if union else 0.0

    kept: list[int] = []
    for i in sorted(range(len(boxes)), key=lambda i: -scores[i]):
        if all(iou(boxes[i], boxes[j]) <= threshold for j in kept):
            kept.append(i)
    return kept


def random_boxes(seed: int, n: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, 4) boxes on a coarse grid, so that exact ties of overlap and score do occur."""
    rng = torch.Generator().manual_seed(seed)
    low = torch.randint(0, 12, (n, 2), generator=rng)
    size = torch.randint(1, 9, (n, 2), generator=rng)
    scores = torch.randint(0, 6, (n,), generator=rng) / 5
    return torch.cat([low, low + size], dim=1).double(), scores.double()


@pytest.mark.parametrize("threshold", [0.0, 0.25, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("n", [0, 1, 2, 40])
def test_nms_equals_brute_force(n: int, threshold: float) -> None:
    for seed in range(10):
        boxes, scores = random_boxes(seed, n)
        kept = torchvision_guard.nms(boxes, scores, threshold)
        assert kept.dtype == torch.int64
        assert kept.tolist() == brute_force(boxes.tolist(), scores.tolist(), threshold)


def test_identical_boxes_with_equal_scores_keep_the_first() -> None:
    boxes = torch.tensor([[0.0, 0.0, 4.0, 4.0]]).repeat(5, 1)
    assert torchvision_guard.nms(boxes, torch.ones(5), 0.5).tolist() == [0]
    # At threshold 1 nothing overlaps by more than it, so all stay, in their order.
    assert torchvision_guard.nms(boxes, torch.ones(5), 1.0).tolist() == [0, 1, 2, 3, 4]


def test_boxes_without_area_are_all_kept() -> None:
    boxes = torch.tensor([[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 2.0, 2.0]])
    kept = torchvision_guard.nms(boxes, torch.tensor([0.3, 0.2, 0.9]), 0.0)
    assert kept.tolist() == [2, 0, 1]


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32, torch.float16, torch.bfloat16])
def test_narrow_dtypes_give_the_same_boxes(dtype: torch.dtype) -> None:
    boxes, scores = random_boxes(3, 30)
    expected = brute_force(boxes.tolist(), scores.tolist(), 0.3)
    assert torchvision_guard.nms(boxes.to(dtype), scores, 0.3).tolist() == expected


@pytest.mark.parametrize(
    ("boxes", "scores"),
    [((3, 5), (3,)), ((4,), (1,)), ((3, 4), (2,)), ((3, 4), (3, 1))],
)
def test_wrong_shapes_are_named(boxes: tuple[int, ...], scores: tuple[int, ...]) -> None:
    with pytest.raises(RuntimeError, match="should have shape"):
        torchvision_guard.nms(torch.zeros(boxes), torch.zeros(scores), 0.5)


def test_the_libraries_import_and_batched_nms_is_right() -> None:
    printed = fresh_python(
        """
        from genlens.common.torchvision_guard import ensure
        ensure()
        import torch, torchvision
        from torchvision.ops import batched_nms, nms
        boxes = torch.tensor([[0., 0, 10, 10], [1, 1, 10, 10], [20, 20, 30, 30]])
        scores = torch.tensor([0.5, 0.9, 0.1])
        print(nms(boxes, scores, 0.5).tolist())
        print(batched_nms(boxes, scores, torch.tensor([0, 1, 1]), 0.5).tolist())
        first = torchvision
        ensure()
        import torchvision
        print(torchvision is first)
        from diffusers import AutoencoderKL, StableDiffusionPipeline
        from transformers import CLIPTextModel
        import open_clip
        from segment_anything import SamAutomaticMaskGenerator
        print("all imported")
        """
    )
    assert printed.splitlines() == ["[1, 2]", "[1, 0, 2]", "True", "all imported"]


def test_many_threads_at_once() -> None:
    printed = fresh_python(
        """
        import threading
        from genlens.common.torchvision_guard import ensure
        wrong = []
        def one():
            try:
                ensure()
                import torchvision.ops
                torchvision.ops.nms
            except BaseException as error:
                wrong.append(repr(error))
        threads = [threading.Thread(target=one) for _ in range(8)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        print(wrong)
        """
    )
    assert printed.strip() == "[]"


def test_a_sound_torchvision_is_left_alone(tmp_path: Path) -> None:
    package = tmp_path / "torchvision"
    package.mkdir()
    (package / "__init__.py").write_text("from . import extension\n")
    (package / "extension.py").write_text("def _has_ops():\n    return 'its own'\n")
    printed = fresh_python(
        """
        import sys, torchvision
        before = {n: m for n, m in sys.modules.items() if n.startswith("torchvision")}
        from genlens.common import torchvision_guard
        torchvision_guard.ensure()
        after = {n: m for n, m in sys.modules.items() if n.startswith("torchvision")}
        print(before == after, torchvision.extension._has_ops(), torchvision_guard._library)
        print("torch" in sys.modules)
        """,
        before=tmp_path,
    )
    assert printed.splitlines() == ["True its own []", "False"]


@pytest.mark.parametrize(
    ("raises", "message"),
    [
        ("ModuleNotFoundError(\"No module named 'torchvision'\", name='torchvision')", "not inst"),
        ("ModuleNotFoundError(\"No module named 'xyz'\", name='xyz')", "No module named 'xyz'"),
        ("RuntimeError('different CUDA major versions')", "different CUDA major versions"),
    ],
)
def test_other_failures_are_explained(tmp_path: Path, raises: str, message: str) -> None:
    (tmp_path / "torchvision.py").write_text(f"raise {raises}\n")
    printed = fresh_python(
        """
        from genlens.errors import ModelError
        from genlens.common.torchvision_guard import ensure
        try:
            ensure()
        except ModelError as error:
            print(error)
        """,
        before=tmp_path,
    )
    assert message in printed and "pip install" in printed


def test_missing_altogether_is_a_model_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)  # Python's own mark for "not there"
    with pytest.raises(ModelError, match="pip install -r"):
        torchvision_guard.ensure()


def test_importing_genlens_imports_nothing_heavy() -> None:
    """Seconds depend on the machine; which modules came in does not."""
    printed = fresh_python(
        """
        import sys, genlens
        import genlens.errors, genlens.common.torchvision_guard
        import genlens.cli.main, genlens.hosting.deploy
        print(*sorted({name.split(".")[0] for name in sys.modules}))
        """
    )
    heavy = "torch torchvision numpy scipy PIL gradio plotly diffusers transformers open_clip"
    heavy += " segment_anything shap shapiq lime captum sklearn umap spaces fastapi pandas numba"
    loaded = set(printed.split())
    assert "genlens" in loaded
    assert not loaded & set(heavy.split())
