"""Waiting for what a page knows. Its security policy forbids evaluating texts, so it is asked from outside, again and
again: Playwright's own `wait_for_function` fails wherever the first answer is no."""

from __future__ import annotations

from playwright.sync_api import Page

PAUSE_MS = 50
STORED = """() => new Promise((resolve) => {
  const opening = indexedDB.open('outbox');
  opening.onsuccess = () => {
    const all = opening.result.transaction('messages').objectStore('messages').getAll();
    all.onsuccess = () => { opening.result.close(); resolve(all.result.length); };
  };
})"""


def until(page: Page, script: str, *, seconds: float = 10) -> None:
    """Wait until the script, an expression or a function, says something that is true."""
    for _time in range(round(seconds * 1000 / PAUSE_MS)):
        if page.evaluate(script):
            return
        page.wait_for_timeout(PAUSE_MS)
    raise AssertionError(f"never true: {script}")


def holds(page: Page, number: int) -> None:
    """Wait until the outbox of this phone stores so many messages: one that the server has is out of it only when its
    answer has come back, and a page that closes before asks again."""
    for _time in range(200):
        if page.evaluate(STORED) == number:
            return
        page.wait_for_timeout(PAUSE_MS)
    raise AssertionError(f"never stored {number}: {page.evaluate(STORED)}")
