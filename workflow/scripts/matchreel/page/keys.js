// The keyboard. Letters go by their place on the keyboard too, so that they work while Hangul is typed.
const EDGE_KEYS = {
  "[": ["start", -0.2], "]": ["start", 0.2], "{": ["start", -1], "}": ["start", 1],
  ",": ["end", -0.2], ".": ["end", 0.2], "<": ["end", -1], ">": ["end", 1],
};

function keyOf(event) {
  if (/^Key[A-Z]$/.test(event.code) && !/^[a-z]$/i.test(event.key)) return event.code.slice(3).toLowerCase();
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

function skip(bySeconds) {
  if (playing.kind === "idle") seekTo(position.part, clamp(position.seconds + bySeconds, 0, partsOf[position.part].duration));
  else video.currentTime = clamp(video.currentTime + bySeconds, 0, video.duration || 0);
}

const playOrPause = () => (video.paused ? video.play().catch(() => {}) : video.pause());
const nextMode = () => switchMode({ reel: "clip", clip: "match", match: "reel" }[playing.kind] ?? mode);

function addHere() {
  if (!position.isChosen) return announce(t("add_first"));
  const row = addByHand(position.part, position.seconds);
  reveal(row.part, row.start, row.end);
}

function onEdgeKey(key) {
  const row = selectedRow();
  if (!row || !isKept(row.id)) return;
  nudge(row.id, ...EDGE_KEYS[key]);
  previewEdge(row, EDGE_KEYS[key][0]);
}

const laneOf = (node) => lanes.find((lane) => lane.scrub === node);
const laneHere = () => laneOf(document.activeElement) ?? lanes.find((lane) => lane.part.part === position.part);

function actionOf(key, event) {
  if (event.altKey) return { ArrowUp: () => selected && moveBy(selected, -1), ArrowDown: () => selected && moveBy(selected, 1) }[key];
  if (EDGE_KEYS[key]) return () => onEdgeKey(key);
  const lane = laneOf(event.target);
  if (lane && laneAction(lane, key, event)) return laneAction(lane, key, event);
  return {
    " ": event.target.closest("button, a, summary, input, select") ? undefined : playOrPause,
    ArrowLeft: () => skip(-SKIP_SECONDS),
    ArrowRight: () => skip(SKIP_SECONDS),
    n: () => step(1),
    p: () => step(-1),
    c: nextMode,
    x: () => selected && toggle(selected),
    a: addHere,
    z: undo,
    s: openSave,
    "?": openKeys,
    "+": () => zoomBy(laneHere(), "zoom_in"),
    "=": () => zoomBy(laneHere(), "zoom_in"),
    "-": () => zoomBy(laneHere(), "zoom_out"),
    0: () => zoomBy(laneHere(), "zoom_all"),
  }[key];
}

// On a timeline the arrows move the position: by a hundredth of what is shown, with Shift by a tenth.
function laneAction(lane, key, event) {
  const view = lane.to - lane.from;
  const isHere = position.part === lane.part.part && position.isChosen;
  const at = isHere ? position.seconds : lane.from;
  const by = Math.max(0.2, view / (event.shiftKey ? 10 : 100));
  const to = { ArrowLeft: at - by, ArrowRight: at + by, Home: 0, End: lane.part.duration, PageUp: at - view / 2, PageDown: at + view / 2 }[key];
  if (key === "Enter") return () => seekTo(lane.part.part, at);
  if (to === undefined) return null;
  return () => {
    const seconds = clamp(to, 0, lane.part.duration);
    seekTo(lane.part.part, seconds);
    reveal(lane.part.part, seconds, seconds);
  };
}

function onKey(event) {
  if (document.querySelector("dialog[open]")) return;
  if (event.target.closest?.("select, textarea, input") && event.key !== "Escape") return;
  const key = keyOf(event);
  const isUndo = (event.ctrlKey || event.metaKey) && key === "z" && !event.shiftKey;
  if ((event.ctrlKey || event.metaKey) && !isUndo) return;
  const action = actionOf(key, event);
  if (!action) return;
  event.preventDefault();
  event.stopPropagation();
  action();
}
