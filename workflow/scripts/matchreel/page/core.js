// What everything else stands on: the page's data, its words, and small helpers.
const data = JSON.parse(document.getElementById("data").textContent);
const partsOf = Object.fromEntries(data.parts.map((part) => [part.part, part]));
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

// As match_minute of timeline.py; Korean counts each half from its own start.
function minuteText(part, seconds) {
  const played = Math.max(0, seconds - (partsOf[part].kickoff ?? 0));
  const minute = Math.floor(played / 60) + 1;
  const [first, last] = { 1: [0, 45], 2: [language === "ko" ? 0 : 45, language === "ko" ? 45 : 90] }[part] ?? [0, Infinity];
  const shown = first + minute > last ? `${last}+${first + minute - last}` : `${first + minute}`;
  return (partsOf[part].kickoff === null ? "~" : "") + t(`minute_${part}`, { minute: shown });
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
