"""The page of every app: gradio's ``Blocks`` with what a public server needs around each event."""

from __future__ import annotations

import asyncio
import html
import os
import sys
from collections.abc import Mapping
from inspect import signature
from typing import Any

import gradio as gr
from pydantic import ValidationError

from genlens.errors import InputError
from genlens.figures.sentences import sentence_case
from genlens.ui import jobs
from genlens.ui.serving import guard, heap, numbers
from genlens.ui.serving.lifetimes import tidy_regularly

SWEEP_S, KEPT_S = 60, 3300
"""How often uploaded and written files are looked over, and how old they get: with it below an
hour."""
QUEUE_REST_S, PROGRESS_REST_S = 0.02, 0.1
"""How long gradio's queue rests before it looks whether there is an event, or progress to tell."""


class Page(gr.Blocks):
    """A ``gr.Blocks`` whose events read uploaded files only, take numbers within their fields'
    limits, and stop when nobody waits for them.

    However it is served (launched, mounted into another server, as a Space), all events pass
    through here.
    """

    def __init__(self, title: str) -> None:
        super().__init__(title=title, delete_cache=(SWEEP_S, KEPT_S), analytics_enabled=False)
        tidy_regularly(self, _give_back, SWEEP_S)
        self._banner: gr.HTML | None = None
        self._heading = ""

    def queue(self, *more: Any, **named: Any) -> Page:
        """As gradio's, without its statistics: after each event it would put all past ones into a
        pandas table, for a dashboard that no page has. And it looks for events less often: a
        thousand times a second, a page that nobody visits took 8 % of a core (measured)."""
        os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(sys.maxsize))
        super().queue(*more, **named)
        self._queue.sleep_when_free = QUEUE_REST_S
        self._queue.progress_update_sleep_when_free = PROGRESS_REST_S
        return self

    def launch(self, *more: Any, **named: Any) -> Any:
        """As gradio's, without its question whether localhost answers: that gives the page three
        seconds, and a busy laptop (or CI) that needs four was told to share the page with the
        whole internet."""
        return super().launch(*more, **{"_frontend": False, **named})

    def banner(self, heading: str, text: str) -> None:
        """The page's first lines, to be called inside it; both are plain text."""
        self._heading = f"<h1>{html.escape(heading)}</h1><p>{html.escape(text)}</p>"
        self._banner = gr.HTML(self._head(""), apply_default_css=False)

    def link_to(self, pages: Mapping[str, str], here: str) -> None:
        """Name the pages that are served beside this one in its banner.

        Args:
            pages: address -> title, this page among them.
            here: the address of this page.
        """
        if self._banner is None or len(pages) < 2:
            return
        links = "".join(
            f'<a href="{html.escape(address)}"{" aria-current=page" * (address == here)}>'
            f"{html.escape(title)}</a>"
            for address, title in pages.items()
        )
        self._banner.value = self._head(f'<nav aria-label="Pages of genlens">{links}</nav>')

    def _head(self, links: str) -> str:
        return f'<div class="gl" id="gl-banner">{links}{self._heading}</div>'

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], *more: Any, **named: Any
    ) -> Any:
        """As gradio's, after ``guard.check_files`` and ``numbers.check_numbers``."""
        try:
            guard.check_files(inputs)
            numbers.check_count(block_fn.inputs, inputs)
            numbers.check_texts(block_fn.inputs, inputs, list(signature(block_fn.fn).parameters))
            if block_fn.preprocess:  # else the handler checks them itself (kit.RAW)
                numbers.check_numbers(block_fn.inputs, inputs)
        except InputError as error:
            text = str(error)
            raise gr.Error(sentence_case(text), print_exception=False) from error
        try:
            return await super().preprocess_data(block_fn, inputs, *more, **named)
        except gr.Error as error:  # a choice that is none: the visitor's mistake, not the server's
            error.print_exception = False
            raise
        except ValidationError as error:  # a number, say, where a file belongs
            text = (
                "A picture or a file is not in the form that gradio sends: pass what its upload "
                "returned, {'path': ..., 'meta': {'_type': 'gradio.FileData'}}, as gradio_client's "
                "handle_file does."
            )
            raise gr.Error(text, print_exception=False) from error

    async def call_function(
        self,
        block_fn: Any,
        processed_input: list[Any],
        iterator: Any = None,
        requests: Any = None,
        event_id: str | None = None,
        *more: Any,
        **named: Any,
    ) -> Any:
        """As gradio's; what runs in it can ask ``jobs.stopped`` whether anybody still waits."""
        event = self._queue.event_ids_to_events.get(event_id or "")
        job = jobs.Job(self._queue, event) if event is not None else None
        with jobs.at_work(job):
            try:
                return await super().call_function(
                    block_fn, processed_input, iterator, requests, event_id, *more, **named
                )
            except asyncio.CancelledError:
                # gradio gives up waiting for the thread that works, but cannot stop it.
                if job is not None:
                    job.stop()
                raise


def _give_back(page: Page) -> None:
    heap.give_back()
