"""Headless Chromium by its DevTools pipe: open a page, look at it, press and click, take pictures."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
    "--remote-debugging-pipe",
)
_KEY_CODES = {
    " ": 32,
    "ArrowLeft": 37,
    "ArrowRight": 39,
    "ArrowUp": 38,
    "ArrowDown": 40,
    "Tab": 9,
    "Enter": 13,
}
_PATIENCE_SECONDS = 30.0


class Page:
    """One tab. problems: console errors and exceptions so far. asked: kinds of dialogs that were accepted."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._out, self._in = to_browser, from_browser
        self._last_id, self._rest = 0, b""
        self._session: str | None = None
        self.problems: list[str] = []
        self.requests: list[str] = []
        self.asked: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One DevTools command and its answer."""
        sent = self._send(method, **params)
        while True:
            answer = self._next()
            if answer.get("id") == sent:
                assert "error" not in answer, answer
                return answer["result"]
            self._note(answer)

    def _send(self, method: str, **params: Any) -> int:
        self._last_id += 1
        message: dict[str, Any] = {"id": self._last_id, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        return self._last_id

    def open(self, path: Path, *, width: int, height: int, scheme: str = "light") -> None:
        """Load a file at a window size and a colour scheme; done when its script has run."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", media="", features=[feature])
        self.call("Page.navigate", url=path.resolve().as_uri())
        self.wait_for("document.readyState === 'complete'")

    def value(self, expression: str) -> Any:
        """What a JavaScript expression gives."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def frame_value(self, expression: str) -> Any:
        """What an expression gives in the page that this one shows in its only frame; None before it is there."""
        frames = self.call("Page.getFrameTree")["frameTree"].get("childFrames", [])
        if not frames:
            return None
        (frame,) = frames
        world = self.call("Page.createIsolatedWorld", frameId=frame["frame"]["id"])["executionContextId"]
        answer = self.call("Runtime.evaluate", expression=expression, contextId=world, returnByValue=True)
        return answer["result"].get("value")

    def wait_for(self, expression: str, *, in_frame: bool = False) -> Any:
        """The first true value of an expression."""
        until = time.monotonic() + _PATIENCE_SECONDS
        value = self.frame_value if in_frame else self.value
        while time.monotonic() < until:
            found = value(expression)
            if found:
                return found
            time.sleep(0.02)
        raise AssertionError(f"never true: {expression}; problems: {self.problems}")

    def click(self, selector: str) -> None:
        """Scroll to an element and press the mouse in its middle."""
        box = self.value(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " e.scrollIntoView({block: 'center'}); const b = e.getBoundingClientRect();"
            " return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        self.click_at(*box)

    def drag(self, x: float, y: float, to_x: float) -> None:
        """Press the mouse at a place, move it across in two goes and let go."""
        held = {"y": y, "button": "left", "buttons": 1, "clickCount": 1}
        self.call("Input.dispatchMouseEvent", type="mousePressed", x=x, **held)
        for at in ((x + to_x) / 2, to_x):
            self.call("Input.dispatchMouseEvent", type="mouseMoved", x=at, **held)
        self.call("Input.dispatchMouseEvent", type="mouseReleased", x=to_x, **held)

    def save_downloads_in(self, folder: Path) -> None:
        """Let the page save files, into a folder and without asking."""
        self.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(folder))

    def click_at(self, x: float, y: float) -> None:
        """Press the mouse at a place of the window."""
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str, **changes: Any) -> None:
        """Press a key where the focus is. changes: code, modifiers (1 Alt, 2 Ctrl, 8 Shift)."""
        facts: dict[str, Any] = {
            "key": key,
            "windowsVirtualKeyCode": _KEY_CODES.get(key, ord(key[0].upper())),
        }
        facts |= changes
        if (len(key) == 1 or key == "Enter") and not changes.get("modifiers"):
            facts["text"] = "\r" if key == "Enter" else key
        self.call("Input.dispatchKeyEvent", type="keyDown", **facts)
        self.call("Input.dispatchKeyEvent", type="keyUp", **facts)

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """A PNG of the window, or of the whole page."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            block = os.read(self._in, 1 << 16)
            assert block, "the browser has ended"
            self._rest += block
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)

    def _note(self, event: dict[str, Any]) -> None:
        params = event.get("params", {})
        if event.get("method") == "Runtime.exceptionThrown":
            self.problems.append(str(params["exceptionDetails"]))
        elif event.get("method") == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            # That a page left without a gesture may not ask is the browser's rule, no problem of the page's.
            if params["entry"]["source"] != "intervention":
                self.problems.append(str(params["entry"]))
        elif event.get("method") == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
            self.problems.append(str(params["args"]))
        elif event.get("method") == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif event.get("method") == "Page.javascriptDialogOpening":
            # A page with unsaved changes asks before it is left: leave it. The answer is not waited for.
            self.asked.append(params["type"])
            self._send("Page.handleJavaScriptDialog", accept=True)


@contextmanager
def browser_page() -> Iterator[Page]:
    """A fresh Chromium with one tab, ended with the block."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(path for path in map(shutil.which, names) if path)
    commands_in, commands_out = os.pipe()
    answers_in, answers_out = os.pipe()
    with tempfile.TemporaryDirectory(prefix="browser", ignore_cleanup_errors=True) as profile:
        # Chromium reads commands from descriptor 3 and answers on 4, so a shell puts our pipes there.
        shell = 'exec "$@" 3<&"$FROM" 4>&"$TO"'
        process = subprocess.Popen(
            ["bash", "-c", shell, "bash", program, *_FLAGS, f"--user-data-dir={profile}"],
            pass_fds=(commands_in, answers_out),
            env={**os.environ, "FROM": str(commands_in), "TO": str(answers_out), "HOME": profile},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands_in)
        os.close(answers_out)
        try:
            yield Page(commands_out, answers_in)
        finally:
            os.close(commands_out)
            os.close(answers_in)
            process.terminate()
            process.wait(timeout=20)
