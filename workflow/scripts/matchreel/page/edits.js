// The edit: rows in the reel's order and those left out. Everything that changes it goes through change().
const STORE = `matchreel-edits:${data.game}`;
const MAX_UNDO = 200;
const MIN_SECONDS = 0.2;
// Around a moment added by hand: build-up before it, reaction after.
const HAND_BEFORE_SECONDS = 8;
const HAND_AFTER_SECONDS = 5;
const HAND_SCORE = 1;

const cuts = data.highlights.map((row, index) => ({ ...row, index }));
const cutOf = Object.fromEntries(cuts.map((row) => [row.id, row]));
const plain = ({ id, part, start, end, event, label, score, why, notes }) => ({
  id, part, start, end, event, label, score, why, notes,
});
const asCut = () => ({ kept: cuts.map(plain), out: data.leftOut.map(plain) });
const BASE = JSON.stringify(asCut());
let edit = asCut();
let saved = BASE;
let undone = [];
let selected = null;
const listeners = [];

const isHand = (row) => row.id.startsWith("hand-");
const rowOf = (id) => edit.kept.find((row) => row.id === id) ?? edit.out.find((row) => row.id === id) ?? null;
const isKept = (id) => edit.kept.some((row) => row.id === id);
const selectedRow = () => rowOf(selected);
const isDirty = () => JSON.stringify(edit) !== saved;

function isMoved(row) {
  const cut = cutOf[row.id];
  return !cut || cut.start !== row.start || cut.end !== row.end;
}

function isChanged(row) {
  return isMoved(row) || cutOf[row.id].label !== row.label;
}

function change(action, message) {
  const before = JSON.stringify(edit);
  action();
  if (JSON.stringify(edit) !== before) {
    undone.push({ edit: before, selected });
    if (undone.length > MAX_UNDO) undone.shift();
    remember();
  }
  refresh();
  announce(`${message()}. ${drawBar()}`);
}

function remember() {
  keep(STORE, isDirty() ? JSON.stringify({ base: BASE, edit }) : null);
}

function refresh() {
  for (const listener of listeners) listener();
}

// Unsaved changes of the last visit, unless the reel was cut anew since.
function restore() {
  try {
    const held = JSON.parse(recall(STORE));
    if (held?.base !== BASE) return false;
    edit = held.edit;
    return isDirty();
  } catch {
    return false;
  }
}

function undo() {
  const last = undone.pop();
  if (!last) return announce(t("nothing_to_undo"));
  edit = JSON.parse(last.edit);
  selected = rowOf(selected) ? selected : last.selected;
  remember();
  refresh();
  announce(t("done_undo"));
}

function reset() {
  change(() => {
    edit = asCut();
    selected = rowOf(selected) ? selected : null;
  }, () => t("done_reset"));
}

function select(id) {
  if (id === selected) return;
  selected = id;
  refresh();
}

function nudge(id, edge, bySeconds) {
  const row = rowOf(id);
  setEdge(id, edge, row[edge] + bySeconds);
}

function setEdge(id, edge, seconds) {
  const row = rowOf(id);
  const end = partsOf[row.part].duration;
  change(() => {
    if (edge === "start") row.start = toMilliseconds(clamp(seconds, 0, row.end - MIN_SECONDS));
    else row.end = toMilliseconds(clamp(seconds, row.start + MIN_SECONDS, Math.max(end, row.end)));
    // The event is a fact of the match: it stays, wherever the clip's ends go.
  }, () => t("done_nudge", { what: t(edge), clock: clockText(row[edge], 1) }));
}

function setLabel(id, label) {
  const row = rowOf(id);
  change(() => (row.label = label), () => t("done_label", { text: labelText(label) }));
}

function moveTo(id, place) {
  const from = edit.kept.findIndex((row) => row.id === id);
  if (from < 0) return;
  const to = clamp(place, 0, edit.kept.length - 1);
  change(() => edit.kept.splice(to, 0, ...edit.kept.splice(from, 1)), () => t("done_move", { number: to + 1, text: textOf(rowOf(id)) }));
}

const moveBy = (id, by) => moveTo(id, edit.kept.findIndex((row) => row.id === id) + by);

function reject(id) {
  const row = rowOf(id);
  change(() => {
    edit.kept = edit.kept.filter((other) => other !== row);
    edit.out.unshift(row);
  }, () => t("done_reject", { text: textOf(row) }));
}

const isBefore = (a, b) => a.part < b.part || (a.part === b.part && momentOf(a) < momentOf(b));

// Before the first moment of the reel that is later in the match.
function accept(id) {
  const row = rowOf(id);
  change(() => {
    edit.out = edit.out.filter((other) => other !== row);
    insert(row);
  }, () => t("done_accept", { text: textOf(row) }));
}

function insert(row) {
  const place = edit.kept.findIndex((other) => isBefore(row, other));
  edit.kept.splice(place < 0 ? edit.kept.length : place, 0, row);
}

const toggle = (id) => (isKept(id) ? reject(id) : accept(id));

function addByHand(part, seconds) {
  let milliseconds = Math.round(seconds * 1000);
  while (rowOf(`hand-${part}-${milliseconds}`)) milliseconds += 1;
  const row = {
    id: `hand-${part}-${milliseconds}`,
    part,
    start: toMilliseconds(Math.max(0, seconds - HAND_BEFORE_SECONDS)),
    end: toMilliseconds(Math.min(partsOf[part].duration, seconds + HAND_AFTER_SECONDS)),
    event: toMilliseconds(seconds),
    label: "Moment",
    score: HAND_SCORE,
    why: {},
    notes: [],
  };
  change(() => {
    insert(row);
    selected = row.id;
  }, () => t("done_add", { text: textOf(row) }));
  return row;
}

// The reel's length in whole frames, by the rules of reel_frames.py: what the next run cuts.
const MICRO = 1e6;

function framesOf(row) {
  const [rate, per] = data.joins.rate;
  const seconds = Math.min(row.end, partsOf[row.part].duration) - Math.max(row.start, 0);
  const twice = 2 * Math.round(seconds * MICRO) * rate; // of a frame's millionths
  return Math.max(1, Math.floor((twice + per * MICRO) / (2 * per * MICRO)));
}

function totalFrames() {
  if (!edit.kept.length) return 0;
  const { card, fade, leastFade, clipPerFade } = data.joins;
  const lengths = [...(card ? [card] : []), ...edit.kept.map(framesOf)];
  const most = lengths.map((length) => Math.min(fade, Math.floor(length / clipPerFade)));
  const fades = most.slice(1).map((frames, index) => Math.min(frames, most[index]));
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  return sum(lengths) - sum(fades.filter((frames) => frames >= leastFade));
}

const totalSeconds = () => (totalFrames() * data.joins.rate[1]) / data.joins.rate[0];

function editsText() {
  const highlights = edit.kept.map((row) => ({
    id: row.id,
    part: row.part,
    start_seconds: row.start,
    end_seconds: row.end,
    event_seconds: row.event,
    label: row.label,
    score: row.score,
    why: row.why,
    ...(row.notes.length ? { notes: row.notes } : {}),
  }));
  return `${JSON.stringify({ version: 1, game: data.game, highlights }, null, 1)}\n`;
}
