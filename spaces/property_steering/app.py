"""What does a classifier react to: property steering. Widgets and events only; the work is
below."""

from __future__ import annotations

import spaces  # noqa: F401  (before anything starts CUDA)

from genlens.ui import theme
from genlens.ui.serving.page import Page
from genlens.ui.steering.page import SteeringPage, register_endpoints

OPTIONS = {"max_file_size": "300mb"}  # two folders of pictures, to train a classifier on

with Page("genlens: what does a classifier react to") as demo:
    register_endpoints()  # first, so that theirs are the plain names
    demo.banner(
        "What does a classifier react to?",
        "Change a face one thing at a time, watch the score, and see your hypothesis hold or fall.",
    )
    SteeringPage().wire(demo)

demo.queue(max_size=40)

if __name__ == "__main__":
    demo.launch(**theme.launch_options(**OPTIONS))
