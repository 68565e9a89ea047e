// A lane for each part: curves, bands and numbered pins, the position, an axis, and an overview below.
const TICK_STEPS_SECONDS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600];
const TICK_PIXELS = 64;
const PIN_PIXELS = 25;
const PIN_ROWS = 3;
const HANDLES_FROM_PIXELS = 28;
const lanes = [];

function buildLanes() {
  for (const part of data.parts) {
    const figure = document.querySelector(`.part[data-part="${part.part}"]`);
    const lane = { part, figure, from: 0, to: part.duration };
    lanes.push(lane);
    lane.readout = el("span", { class: "readout", "aria-hidden": "true" });
    lane.zoom = el("span", { class: "zoom", role: "group" });
    for (const [name, sign] of [["zoom_out", "−"], ["zoom_in", "+"], ["zoom_all", "↔"]]) {
      lane.zoom.append(el("button", { type: "button", class: "icon small", "data-label": name, "data-hint": name, onclick: () => zoomBy(lane, name) }, sign));
    }
    figure.querySelector("figcaption").append(lane.readout, lane.zoom);
    fillTrack(lane);
    fillOverview(lane);
    watchLane(lane);
    new ResizeObserver(() => drawLane(lane)).observe(lane.track);
  }
}

function fillTrack(lane) {
  lane.track = lane.figure.querySelector(".track");
  lane.curve = scoreSvg(lane.part, "-");
  lane.window = el("div", { class: "clipped" }, lane.curve);
  lane.bands = el("div", { class: "bands" });
  lane.head = el("div", { class: "playhead", hidden: true });
  lane.cursor = el("div", { class: "cursor", hidden: true });
  lane.window.append(lane.bands, lane.cursor, lane.head);
  lane.scrub = el("div", { class: "scrub", role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuemax": Math.round(lane.part.duration), "aria-orientation": "horizontal" });
  lane.pins = el("div", { class: "pins" });
  lane.track.replaceChildren(lane.window, lane.scrub, lane.pins);
  lane.axis = el("div", { class: "axis", "aria-hidden": "true" });
  lane.track.after(lane.axis);
}

const shareOf = (lane, seconds) => (seconds - lane.from) / (lane.to - lane.from);
const percent = (share) => `${(100 * share).toFixed(3)}%`;
const isSeen = (lane, start, end) => end > lane.from && start < lane.to;

function drawLane(lane) {
  lane.curve.setAttribute("viewBox", `${lane.from} 0 ${lane.to - lane.from} ${CURVE_HEIGHT}`);
  drawBands(lane);
  drawPins(lane);
  drawAxis(lane);
  drawOverview(lane);
  showPosition();
}

// Ends that lie too close together are not dragged by accident: look closer first.
function hasHandles(lane, row) {
  const pixels = ((row.end - row.start) / (lane.to - lane.from)) * (lane.track.clientWidth || 0);
  return row.part === lane.part.part && isKept(row.id) && pixels >= HANDLES_FROM_PIXELS;
}

function bandOf(lane, row, kind) {
  const [left, right] = [row.start, row.end].map((seconds) => shareOf(lane, seconds));
  const node = el("span", { class: `band ${kind} ${kindOf(row.label)}`, style: `left:${percent(left)};width:${percent(right - left)}` });
  if (row.id === selected) {
    node.classList.add("selected");
    if (hasHandles(lane, row)) for (const edge of ["start", "end"]) node.append(el("i", { class: `handle ${edge}`, "data-edge": edge }));
  }
  return node;
}

function drawBands(lane) {
  const here = (rows) => rows.filter((row) => row.part === lane.part.part && isSeen(lane, row.start, row.end));
  lane.bands.replaceChildren(
    ...here(edit.out).map((row) => bandOf(lane, row, "out")),
    ...here(edit.kept).map((row) => bandOf(lane, row, "kept")),
  );
}

// Pins that would cover each other step up a row.
function drawPins(lane) {
  const width = lane.track.clientWidth || 1;
  const placed = edit.kept
    .map((row, index) => ({ row, index, share: shareOf(lane, (row.start + row.end) / 2) }))
    .filter(({ row, share }) => row.part === lane.part.part && share >= 0 && share <= 1)
    .sort((a, b) => a.share - b.share);
  const last = [];
  let tallest = 0;
  const pins = placed.map(({ row, index, share }, number) => {
    let level = [0, 1, 2].find((held) => share * width - (last[held] ?? -99) >= PIN_PIXELS);
    if (level === undefined) level = number % PIN_ROWS;
    last[level] = share * width;
    tallest = Math.max(tallest, level);
    return el("button", {
      type: "button",
      class: `pin row${level} ${kindOf(row.label)}`,
      "data-play": row.id,
      "aria-current": row.id === selected ? "true" : null,
      "aria-label": t("play_moment", { number: index + 1, text: textOf(row) }),
      title: textOf(row),
      style: `left:${percent(share)}`,
    }, el("b", {}, String(index + 1)));
  });
  const hadFocus = lane.pins.contains(document.activeElement) ? document.activeElement.dataset.play : null;
  lane.pins.replaceChildren(...pins);
  lane.track.style.setProperty("--rows", tallest);
  pins.find((pin) => pin.dataset.play === hadFocus)?.focus({ preventScroll: true });
}

function drawAxis(lane) {
  const { from, to, part } = lane;
  const most = Math.max(2, Math.floor((lane.track.clientWidth || 300) / TICK_PIXELS));
  const step = TICK_STEPS_SECONDS.find((seconds) => (to - from) / seconds <= most) ?? 3600;
  const marks = ticks(part, from, to, step).map(([seconds, text]) => {
    const share = shareOf(lane, seconds);
    return el("span", { class: share < 0.02 ? "first" : share > 0.98 ? "last" : "", style: `left:${percent(share)}` }, text);
  });
  lane.axis.replaceChildren(...marks);
}

// [seconds of the part, text] of every whole step of the match clock in view.
function ticks(part, from, to, step) {
  const base = part.part === "2" && language !== "ko" ? 45 : 0;
  if (!part.halves) return evenTicks(from - (part.kickoff ?? 0), to - (part.kickoff ?? 0), step, base).map(([at, text]) => [at + (part.kickoff ?? 0), text]);
  return part.halves.filter((half) => half.number in HALF_MINUTES && half.end > from && half.start < to).flatMap((half) => {
    const first = HALF_MINUTES[half.number][0];
    const [low, high] = [Math.max(from, half.start), Math.min(to, half.end)].map((seconds) => clockAt(half, seconds) - 60 * first);
    return evenTicks(low, high, step, language === "ko" ? 0 : first).map(([at, text]) => [secondsAtClock(half, 60 * first + at), text]);
  });
}

// From the kick-off on; counting up does not move a number that is larger than a safe one.
function evenTicks(low, high, step, base) {
  const found = [];
  for (let k = Math.max(0, Math.ceil(low / step)); Number.isSafeInteger(k) && k * step <= high; k += 1) {
    found.push([k * step, tickText(base, k * step, step)]);
  }
  return found;
}

function tickText(base, playedSeconds, step) {
  const minutes = base + Math.floor(playedSeconds / 60);
  if (step >= 60) return language === "ko" ? `${minutes}분` : `${minutes}'`;
  return `${minutes}:${String(Math.round(playedSeconds % 60)).padStart(2, "0")}`;
}

function nameLane(lane) {
  const { part, figure } = lane;
  const count = edit.kept.filter((row) => row.part === part.part).length;
  figure.querySelector(".count").textContent = countText(count);
  lane.curve.setAttribute("aria-label", t("scores_of", { part: t(`part_${part.part}`) }));
  lane.scrub.setAttribute("aria-label", t("position_of", { part: t(`part_${part.part}`) }));
  lane.zoom.setAttribute("aria-label", t("zoom_of", { part: t(`part_${part.part}`) }));
}

function showPosition() {
  for (const lane of lanes) {
    const isHere = lane.part.part === position.part && position.isChosen;
    const share = shareOf(lane, position.seconds);
    lane.head.hidden = !isHere || share < 0 || share > 1;
    lane.head.style.left = percent(share);
    lane.overviewHead.hidden = !isHere;
    lane.overviewHead.style.left = percent(position.seconds / lane.part.duration);
    const seconds = isHere ? position.seconds : 0;
    lane.scrub.setAttribute("aria-valuenow", Math.round(seconds));
    lane.scrub.setAttribute("aria-valuetext", readoutText(lane.part, seconds));
    if (!lane.isHovered) lane.readout.textContent = isHere ? readoutText(lane.part, seconds) : "";
  }
  $("add").disabled = !position.isChosen;
  showNow();
}
