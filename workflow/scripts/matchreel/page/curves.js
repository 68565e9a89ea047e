// Curves of a part as SVG, in seconds across and 0 to 100 down, so that zooming is a change of the view box.
const SVG = "http://www.w3.org/2000/svg";
const CURVE_HEIGHT = 100;
const shown = new Set();

function svg(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function pointsOf(part, name) {
  const values = part.curves[name] ?? [];
  return values.map((value, index) => `${part.times[index]},${CURVE_HEIGHT - (0.96 * CURVE_HEIGHT * value) / 1000}`).join(" ");
}

function scoreSvg(part, label) {
  const times = part.times;
  const points = pointsOf(part, SCORE);
  const node = svg("svg", { viewBox: `0 0 ${part.duration} ${CURVE_HEIGHT}`, preserveAspectRatio: "none" });
  if (label) {
    node.setAttribute("role", "img");
    node.setAttribute("aria-label", label);
  } else node.setAttribute("aria-hidden", "true");
  const ends = [times[0], times[times.length - 1]].map((time) => `${time},${CURVE_HEIGHT}`);
  node.append(svg("polygon", { class: "area", points: `${ends[0]} ${points} ${ends[1]}` }));
  node.append(svg("polyline", { class: "line", points }));
  return node;
}

// The curves beside the score: at most this many styles, told apart by colour and by dashes.
const NUM_STYLES = 6;
const reasonNames = () => data.curves.map((curve) => curve.name).filter((name) => name !== SCORE);
const styleOf = (name) => `reason${reasonNames().indexOf(name) % NUM_STYLES}`;

function drawReasons(part, node) {
  node.querySelectorAll(".reason").forEach((line) => line.remove());
  for (const name of reasonNames()) {
    if (shown.has(name)) node.append(svg("polyline", { class: `reason ${styleOf(name)}`, points: pointsOf(part, name) }));
  }
}

function valueAt(part, name, seconds) {
  const times = part.times;
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < seconds) low = middle + 1;
    else high = middle;
  }
  if (low > 0 && seconds - times[low - 1] < times[low] - seconds) low -= 1;
  return ((part.curves[name]?.[low] ?? 0) / 1000) * data.curves.find((curve) => curve.name === name).top;
}

function readoutText(part, seconds) {
  const names = [SCORE, ...reasonNames().filter((name) => shown.has(name))];
  const values = names.map((name) => `${curveText(name)} ${valueAt(part, name, seconds).toFixed(2)}`);
  return t("readout", { minute: minuteText(part.part, seconds), clock: clockText(seconds), values: values.join(" · ") });
}

const curveText = (name) => (name === SCORE ? t("curve_score") : labelText(name));

function buildLegend() {
  const cues = Object.keys(data.highlights[0]?.why ?? {});
  for (const name of reasonNames()) if (cues.includes(name) || !data.labels.includes(name)) shown.add(name);
}

function drawLegend() {
  const chips = reasonNames().map((name) =>
    el("button", {
      type: "button",
      class: `chip ${styleOf(name)}`,
      "data-curve": name,
      "aria-pressed": shown.has(name),
      onclick: () => {
        if (!shown.delete(name)) shown.add(name);
        redrawReasons();
      },
    }, swatch(name), labelText(name)));
  const score = el("span", { class: "chip fixed" }, el("i", { class: "area-swatch" }), t("curve_score"));
  $("legend").replaceChildren(score, ...chips, el("span", { class: "muted" }, t("curve_note")));
}

function swatch(name) {
  const node = svg("svg", { viewBox: "0 0 18 8", class: "swatch", "aria-hidden": "true" });
  node.append(svg("line", { x1: 0, x2: 18, y1: 4, y2: 4, class: `reason ${styleOf(name)}` }));
  return node;
}

function redrawReasons() {
  for (const lane of lanes) drawReasons(lane.part, lane.curve);
  for (const node of $("legend").querySelectorAll("[data-curve]")) node.setAttribute("aria-pressed", shown.has(node.dataset.curve));
  showPosition();
}
