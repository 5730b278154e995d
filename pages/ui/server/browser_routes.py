"""Addresses that scripts of the pages call: modules, weights, images, single steps, drawings.

Event loop thread; weights and steps are read in others.
"""

import asyncio
import gzip
import hashlib
import json
from collections.abc import Callable
from functools import cache
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from pages.ui import browser
from pages.ui.browser.bundle import bundle
from pages.ui.server.pad_memory import MAX_BYTES, PadMemory
from pages.ui.server.static_files import LASTING

# Address of a model's weights: its run, and a hash of the numbers.
WEIGHTS_PATH = "/models/{run_id}/{digest}.bin"
# Below a model's address: the test images that excite a unit most. Both count from 0.
EXCITING_PATH = "/models/{run_id}/{digest}/exciting/{layer:int}/{unit:int}.json"
BUNDLE_PATH = "/bundles/{digest}/{name}.js"
BATCH_PATH = "/batch/{run_id}"
PAD_PATH = "/pad/{tab}"
BUNDLES = ("class_page",)  # modules that are sent with all that they import
NOT_FOUND = 404
JAVASCRIPT = "text/javascript; charset=utf-8"
_KEPT = {"cache-control": LASTING, "x-content-type-options": "nosniff"}
Weights = Callable[[str, str], bytes | None]
Exciting = Callable[[str, str, int, int], list[dict[str, Any]] | None]
Batch = Callable[[str], bytes | None]


def browser_routes(
    weights: Weights, exciting: Exciting, batch: Batch, memory: Callable[[], PadMemory]
) -> list[Route]:
    """Return the routes.

    Args:
        weights: takes a run's id and the hash in the address, both as any browser may write them;
            returns, compressed by gzip, little-endian float32 numbers, layer by layer the kernel,
            row by row, then the bias; None if there is no such model. Called in any thread.
        exciting: takes the same, a layer and a unit, both 0 or more; returns images in plain types;
            None if there is no such model or unit. Called in any thread.
        batch: takes a run's id, as any browser may write it; returns the report of its last single
            step, as `training.loop.batch_report` has it; None if there is none. In any thread.
        memory: returns the memory of drawings.
    """

    async def module(request: Request) -> Response:
        name = f"{request.path_params['name']}.js"
        if request.url.path != f"{browser.modules_path()}/{name}" or name not in browser.scripts():
            return Response(status_code=NOT_FOUND)
        return _kept(request, _compressed(name), JAVASCRIPT)

    async def style(request: Request) -> Response:
        if request.url.path != browser.style_address():
            return Response(status_code=NOT_FOUND)
        return _kept(request, _compressed(browser.STYLE), "text/css; charset=utf-8")

    async def bundled(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in BUNDLES or request.url.path != bundle_path(name):
            return Response(status_code=NOT_FOUND)
        return _kept(request, _compressed_bundle(name), JAVASCRIPT)

    async def model(request: Request) -> Response:
        place = request.path_params
        body = await asyncio.to_thread(weights, place["run_id"], place["digest"])
        if body is None:
            return Response(status_code=NOT_FOUND)
        return _kept(request, body, "application/octet-stream")

    async def images(request: Request) -> Response:
        place = request.path_params
        names = (place["run_id"], place["digest"], place["layer"], place["unit"])
        found = await asyncio.to_thread(exciting, *names)
        if found is None:
            return Response(status_code=NOT_FOUND)
        return Response(json.dumps(found), 200, _KEPT, "application/json")

    async def step(request: Request) -> Response:
        body = await asyncio.to_thread(batch, request.path_params["run_id"])
        if body is None:
            return Response(status_code=NOT_FOUND)
        headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
        return Response(body, 200, headers, "application/octet-stream")

    async def pad(request: Request) -> Response:
        try:
            drawing = json.loads(await read_body(request, MAX_BYTES))
        except ClientDisconnect:
            return Response(status_code=400)
        except (ValueError, RecursionError):
            return Response(status_code=422)
        if not isinstance(drawing, dict) or not isinstance(drawing.get("strokes"), list):
            return Response(status_code=422)
        known = memory().replace(request.path_params["tab"], drawing)
        return Response(status_code=204 if known else NOT_FOUND)

    return [
        Route("/modules/{digest}/{name}.js", module),
        Route(f"/modules/{{digest}}/{browser.STYLE}", style),
        Route(BUNDLE_PATH, bundled),
        Route(WEIGHTS_PATH, model),
        Route(EXCITING_PATH, images),
        Route(BATCH_PATH, step),
        Route(PAD_PATH, pad, methods=["POST"]),
    ]


def _kept(request: Request, body: bytes, kind: str) -> Response:
    """Return an answer that browsers keep; `body` is compressed, for Streamlit would do so anew."""
    headers = {**_KEPT, "vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(body, 200, {**headers, "content-encoding": "gzip"}, kind)
    return Response(gzip.decompress(body), 200, headers, kind)


@cache
def _compressed(name: str) -> bytes:
    return gzip.compress(browser.read(name).encode(), mtime=0)


@cache
def _bundle(name: str) -> bytes:
    return bundle(name).encode()


@cache
def _compressed_bundle(name: str) -> bytes:
    return gzip.compress(_bundle(name), mtime=0)


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body of a request.

    One that is too long is read to its end and dropped: many clients hear no answer before.

    Raises:
        ValueError: if it is longer than `limit` bytes.
    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size <= limit:
            parts.append(part)
    if size > limit:
        raise ValueError
    return b"".join(parts)


@cache
def bundle_path(name: str) -> str:
    """Return the address of one of `BUNDLES`: another one with each change of its modules."""
    digest = hashlib.sha256(_bundle(name)).hexdigest()[:16]
    return BUNDLE_PATH.format(digest=digest, name=name)


def weights_path(run_id: str, digest: str) -> str:
    """Return the address of a model's weights."""
    return WEIGHTS_PATH.format(run_id=run_id, digest=digest)


def batch_path(run_id: str) -> str:
    """Return the address of the report of a run's last single step."""
    return BATCH_PATH.format(run_id=run_id)


def pad_path(tab: str) -> str:
    """Return the address that takes the drawing of one tab of a browser."""
    return PAD_PATH.format(tab=tab)
