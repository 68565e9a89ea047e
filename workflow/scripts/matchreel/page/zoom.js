// Looking closer: buttons, keys, wheel, pinch and the overview's window all set which seconds a lane shows.
const ZOOM = 1.5;
const MIN_VIEW_SECONDS = 4;
const DRAG_PIXELS = 4;

function setView(lane, from, seconds) {
  const length = clamp(seconds, Math.min(MIN_VIEW_SECONDS, lane.part.duration), lane.part.duration);
  lane.from = clamp(from, 0, lane.part.duration - length);
  lane.to = lane.from + length;
  drawLane(lane);
}

// Keeps the moment at `share` of the width where it is.
function zoomAt(lane, factor, share) {
  const seconds = lane.to - lane.from;
  const held = clamp(seconds / factor, MIN_VIEW_SECONDS, lane.part.duration);
  setView(lane, lane.from + share * (seconds - held), held);
}

function zoomBy(lane, how) {
  if (how === "zoom_all") return setView(lane, 0, lane.part.duration);
  const share = position.part === lane.part.part && position.isChosen ? shareOf(lane, position.seconds) : 0.5;
  zoomAt(lane, how === "zoom_in" ? ZOOM : 1 / ZOOM, share >= 0 && share <= 1 ? share : 0.5);
}

const panBy = (lane, share) => setView(lane, lane.from + share * (lane.to - lane.from), lane.to - lane.from);

// A moment that is chosen elsewhere is brought into view.
function reveal(part, start, end) {
  const lane = lanes.find((held) => held.part.part === part);
  const seconds = lane.to - lane.from;
  if (start < lane.from || end > lane.to) setView(lane, (start + end) / 2 - seconds / 2, seconds);
}

function secondsAt(lane, clientX) {
  const box = lane.track.getBoundingClientRect();
  return lane.from + clamp((clientX - box.left) / box.width, 0, 1) * (lane.to - lane.from);
}

function watchLane(lane) {
  lane.scrub.addEventListener("pointermove", (event) => {
    const seconds = secondsAt(lane, event.clientX);
    lane.isHovered = event.pointerType === "mouse";
    lane.cursor.hidden = !lane.isHovered;
    lane.cursor.style.left = percent(shareOf(lane, seconds));
    if (lane.isHovered) lane.readout.textContent = readoutText(lane.part, seconds);
    lane.scrub.style.cursor = handleAt(lane, event.clientX) ? "ew-resize" : "";
  });
  lane.scrub.addEventListener("pointerleave", () => {
    lane.isHovered = false;
    lane.cursor.hidden = true;
    showPosition();
  });
  lane.scrub.addEventListener("wheel", (event) => onWheel(lane, event), { passive: false });
  watchFingers(lane);
}

// The page scrolls as always, unless the timeline was chosen or the wheel is meant for it.
function onWheel(lane, event) {
  const isOurs = document.activeElement === lane.scrub;
  const across = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
  if (event.ctrlKey || event.metaKey || (isOurs && !across)) {
    event.preventDefault();
    zoomAt(lane, Math.exp(-event.deltaY / 300), shareOf(lane, secondsAt(lane, event.clientX)));
  } else if (across && lane.to - lane.from < lane.part.duration) {
    event.preventDefault();
    panBy(lane, across / (lane.track.clientWidth || 1));
  }
}

// One pointer: a click seeks, a drag moves an end of the chosen moment or the view. Two: pinch.
function watchFingers(lane) {
  const down = new Map();
  let drag = null;
  lane.scrub.addEventListener("pointerdown", (event) => {
    down.set(event.pointerId, event.clientX);
    lane.scrub.setPointerCapture(event.pointerId);
    drag = { x: event.clientX, from: lane.from, edge: handleAt(lane, event.clientX), isMoved: false };
    if (down.size === 2) drag = { pinch: spread(down), from: lane.from, to: lane.to, share: shareOf(lane, secondsAt(lane, middle(down))) };
  });
  lane.scrub.addEventListener("pointermove", (event) => {
    if (!drag || !down.has(event.pointerId)) return;
    down.set(event.pointerId, event.clientX);
    if (drag.pinch) return pinch(lane, drag, spread(down));
    drag.isMoved ||= Math.abs(event.clientX - drag.x) > DRAG_PIXELS;
    if (!drag.isMoved) return;
    if (drag.edge) dragEdge(lane, drag, secondsAt(lane, event.clientX));
    else setView(lane, drag.from - ((event.clientX - drag.x) / lane.track.clientWidth) * (lane.to - lane.from), lane.to - lane.from);
  });
  lane.scrub.addEventListener("pointerup", (event) => {
    const isClick = drag && !drag.pinch && !drag.isMoved;
    if (drag?.edge && drag.isMoved) dropEdge(lane, drag, secondsAt(lane, event.clientX));
    else if (isClick) seekTo(lane.part.part, secondsAt(lane, event.clientX));
    down.delete(event.pointerId);
    drag = null;
  });
  lane.scrub.addEventListener("pointercancel", (event) => {
    down.delete(event.pointerId);
    drag = null;
  });
}

const spread = (down) => Math.max(8, Math.abs([...down.values()][0] - [...down.values()][1]));
const middle = (down) => ([...down.values()][0] + [...down.values()][1]) / 2;

function pinch(lane, drag, now) {
  const seconds = ((drag.to - drag.from) * drag.pinch) / now;
  setView(lane, drag.from + drag.share * (drag.to - drag.from - seconds), seconds);
}

const HANDLE_PIXELS = 7;

function handleAt(lane, clientX) {
  const row = selectedRow();
  if (!row || !hasHandles(lane, row)) return null;
  const box = lane.track.getBoundingClientRect();
  const away = (edge) => Math.abs(box.left + shareOf(lane, row[edge]) * box.width - clientX);
  const edge = away("start") < away("end") ? "start" : "end";
  return away(edge) <= HANDLE_PIXELS ? edge : null;
}

function dragEdge(lane, drag, seconds) {
  const row = selectedRow();
  const ends = { ...row, [drag.edge]: seconds };
  const band = lane.bands.querySelector(".selected");
  if (!band || ends.end - ends.start < MIN_SECONDS) return;
  band.style.left = percent(shareOf(lane, ends.start));
  band.style.width = percent((ends.end - ends.start) / (lane.to - lane.from));
}

function dropEdge(lane, drag, seconds) {
  const row = selectedRow();
  setEdge(row.id, drag.edge, seconds);
  previewEdge(row, drag.edge);
}

function fillOverview(lane) {
  lane.view = el("div", { class: "view" });
  lane.overviewHead = el("div", { class: "playhead", hidden: true });
  lane.overviewBands = el("div", { class: "bands" });
  lane.overview = el("div", { class: "overview", "aria-hidden": "true", "data-hint": "overview" }, scoreSvg(lane.part, ""), lane.overviewBands, lane.overviewHead, lane.view);
  lane.axis.after(lane.overview);
  const move = (event) => {
    const box = lane.overview.getBoundingClientRect();
    const seconds = lane.to - lane.from;
    setView(lane, ((event.clientX - box.left) / box.width) * lane.part.duration - seconds / 2, seconds);
  };
  lane.overview.addEventListener("pointerdown", (event) => {
    lane.overview.setPointerCapture(event.pointerId);
    move(event);
  });
  lane.overview.addEventListener("pointermove", (event) => event.buttons && move(event));
}

function drawOverview(lane) {
  const { duration, part } = lane.part;
  const isWhole = lane.to - lane.from >= duration - 0.001;
  lane.overview.hidden = isWhole;
  lane.view.style.left = percent(lane.from / duration);
  lane.view.style.width = percent((lane.to - lane.from) / duration);
  lane.zoom.querySelectorAll("button").forEach((button, index) => (button.disabled = index !== 1 && isWhole));
  const bands = edit.kept.filter((row) => row.part === part).map((row) => el("span", {
    class: `band ${kindOf(row.label)}`,
    style: `left:${percent(row.start / duration)};width:${percent((row.end - row.start) / duration)}`,
  }));
  lane.overviewBands.replaceChildren(...bands);
}
