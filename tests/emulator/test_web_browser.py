"""The pages in a real browser, when there is one."""

from __future__ import annotations

import shutil
import struct
import subprocess
import zlib

import numpy as np
import pytest

import xnat_emulator
from xnat_emulator.mode import Mode

from .conftest import log_in

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="module")
def browser():
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"There is no {' or '.join(BROWSERS)} on this machine")
    return found


@pytest.fixture(scope="module")
def open_demo():
    """The demo archive on a site that needs no login."""
    with xnat_emulator.start(demo=True, mode=Mode(require_login=False)) as server:
        log_in(server).put("/data/projects/sandbox/accessibility/public")
        yield server


def photograph(browser, url, folder, width):
    """Return the pixels of a page in a window of a width."""
    target = folder / f"{width}.png"
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--user-data-dir={folder / 'profile'}",
    ]
    options += [f"--window-size={width},900", f"--screenshot={target}"]
    subprocess.run([browser, *options, url], check=True, capture_output=True, timeout=120)
    return pixels_of(target.read_bytes())


def pixels_of(data):
    """Return the pixels of a PNG file."""
    columns, rows, _, colour = struct.unpack(">2L2B", data[16:26])
    packed, place = b"", 8
    while place < len(data):
        size, name = struct.unpack(">L4s", data[place : place + 8])
        packed += data[place + 8 : place + 8 + size] if name == b"IDAT" else b""
        place += size + 12
    samples = {2: 3, 6: 4}[colour]
    lines = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(rows, 1 + columns * samples)
    image = np.zeros((rows, columns, samples), np.uint8)
    above = np.zeros((columns, samples), np.uint8)
    for row, line in enumerate(lines):
        above = image[row] = unfiltered(line[0], line[1:].reshape(columns, samples), above)
    return image[..., :3]


def unfiltered(kind, line, above):
    if kind == 0:
        return line
    if kind == 1:
        return np.cumsum(line, axis=0, dtype=np.uint8)
    if kind == 2:
        return line + above
    found, left, corner = np.zeros_like(line), np.zeros(line.shape[1], int), np.zeros(line.shape[1], int)
    for column, value in enumerate(line):
        up = above[column].astype(int)
        guess = (left + up) // 2 if kind == 3 else paeth(left, up, corner)
        left, corner = (value + guess) % 256, up
        found[column] = left
    return found


def paeth(left, up, corner):
    best = left + up - corner
    distances = np.abs([best - left, best - up, best - corner])
    return np.choose(np.argmin(distances, axis=0), [left, up, corner])


@pytest.mark.parametrize("width", [1280, 400])
def test_session_page_shows_pictures_without_scrolling_sideways(browser, open_demo, tmp_path, width):
    found = photograph(browser, f"{open_demo.url}/browse/experiments/XNAT_E00001", tmp_path, width)
    assert found.shape[1] == width
    ground = found[-1, -1]
    assert (found[200:, -8:] == ground).all(axis=(1, 2)).mean() > 0.95
    black = (found < 8).all(axis=2)
    assert black.sum() > 5_000
    gray = (found.max(axis=2) - found.min(axis=2) == 0) & ~black & (found[..., 0] < 200)
    assert len(np.unique(found[gray][:, 0])) > 50
