// What everything else stands on: the page's data, its words, and small helpers.
const data = JSON.parse(document.getElementById("data").textContent);
const partsOf = Object.fromEntries(data.parts.map((part) => [part.part, part]));
const scoreAfter = Object.fromEntries([...data.highlights, ...data.leftOut].map((row) => [row.id, row.scoreAfter]));
const SCORE = "score";
let language = "en";

const $ = (id) => document.getElementById(id);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const toMilliseconds = (seconds) => Math.round(seconds * 1000) / 1000;

// Pages opened from disk may be refused storage: then nothing is kept, and nothing breaks.
function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key, text) {
  try {
    if (text === null) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  } catch {
    // Not kept.
  }
}

function t(key, fills = {}) {
  return data.words[language][key].replace(/\{(\w+)\}/g, (_, name) => fills[name]);
}

function labelText(name) {
  const held = data.labelWords[language];
  const words = name.replaceAll("_", " ").trim();
  return Object.hasOwn(held, name) ? held[name] : words.charAt(0).toUpperCase() + words.slice(1);
}

function kindOf(label) {
  return `kind-${Object.hasOwn(data.slugs, label) ? data.slugs[label] : "moment"}`;
}

// An element with attributes and children; text is always text, never markup.
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name.startsWith("aria-") && value !== null) node.setAttribute(name, String(value));
    else if (value !== false && value !== null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

function clockText(seconds, digits = 0) {
  const unit = 10 ** digits;
  const whole = Math.floor(seconds * unit + 1e-6);
  const minutes = Math.floor(whole / (60 * unit));
  const rest = (whole - minutes * 60 * unit) / unit;
  return `${String(minutes).padStart(2, "0")}:${rest.toFixed(digits).padStart(digits ? 3 + digits : 2, "0")}`;
}

const lengthText = (seconds) => clockText(Math.round(seconds)).replace(/^0/, "");

// The clock that a half begins with and ends at before added time, in minutes; penalties (5) have none.
const HALF_MINUTES = { 1: [0, 45], 2: [45, 90], 3: [90, 105], 4: [105, 120] };

// The piecewise even line through points, one for one outside them.
function along(points, at) {
  if (at <= points[0][0]) return points[0][1] + at - points[0][0];
  for (let k = 1; k < points.length; k += 1) {
    const [[left, low], [right, high]] = [points[k - 1], points[k]];
    if (at < right) return low + ((high - low) * (at - left)) / (right - left);
  }
  const [left, low] = points.at(-1);
  return low + at - left;
}

const clockAt = (half, seconds) => along(half.anchors, seconds);
const secondsAtClock = (half, clock) => along(half.anchors.map(([at, held]) => [held, at]), clock);

function halfAt(halves, seconds) {
  const gap = (half) => Math.max(half.start - seconds, seconds - half.end);
  const inside = halves.find((half) => half.start <= seconds && seconds < half.end);
  return inside ?? halves.reduce((best, half) => (gap(half) < gap(best) ? half : best));
}

// As match_clock.py; Korean counts each half from its own start.
function minuteText(part, seconds) {
  const { halves, kickoff, isEstimate } = partsOf[part];
  if (halves) return halfMinuteText(halfAt(halves, seconds), seconds);
  const played = Math.max(0, seconds - (kickoff ?? 0));
  const minute = Math.floor(played / 60) + 1;
  const [first, last] = { 1: [0, 45], 2: [language === "ko" ? 0 : 45, language === "ko" ? 45 : 90] }[part] ?? [0, Infinity];
  const shown = first + minute > last ? `${last}+${first + minute - last}` : `${first + minute}`;
  return (kickoff === null || isEstimate ? "~" : "") + t(`minute_${part}`, { minute: shown });
}

function halfMinuteText(half, seconds) {
  const ends = HALF_MINUTES[half.number];
  if (!ends) return t("minute_5");
  const clock = clockAt(half, clamp(seconds, half.start, half.end));
  const minute = Math.max(Math.floor(Math.max(clock, 0) / 60), ends[0]) + 1;
  const zero = language === "ko" ? ends[0] : 0;
  const shown = minute > ends[1] ? `${ends[1] - zero}+${minute - ends[1]}` : `${minute - zero}`;
  return t(`minute_${half.number}`, { minute: shown });
}

const momentOf = (row) => row.event ?? (row.start + row.end) / 2;
const textOf = (row) => `${labelText(row.label)}, ${minuteText(row.part, momentOf(row))}`;
const countText = (count) => (count === 1 ? t("count_one") : t("count_many", { count }));

function announce(text) {
  $("spoken").textContent = text;
}

// The texts that Python wrote, and those of the templates, in the chosen language.
function translate() {
  document.documentElement.lang = language;
  document.title = t("page_title", { title: data.title });
  for (const node of document.querySelectorAll("[data-t]")) {
    node.textContent = t(node.dataset.t, JSON.parse(node.dataset.f ?? "{}"));
  }
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
  for (const node of document.querySelectorAll("[data-hint]")) node.title = t(node.dataset.hint);
  for (const node of document.querySelectorAll("[data-language]")) {
    node.setAttribute("aria-pressed", node.dataset.language === language);
  }
}

function firstLanguage() {
  const kept = recall("matchreel-language");
  if (kept in data.words) return kept;
  const wanted = (navigator.languages ?? [navigator.language]).map((name) => name.slice(0, 2));
  return wanted.find((name) => name in data.words) ?? "en";
}
